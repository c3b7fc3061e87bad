// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 requests to other servers, over TCP or TLS with the server's certificate checked. One
// attempt a call: who knows what may be sent twice retries (backoff.h). libcurl stays in client.cc.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dray::http_client {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method = "GET";
  std::string url;  // whole, and encoded: it is sent as it is
  Headers headers = {};
  std::string body = {};
};

struct Response {
  int status = 0;
  Headers headers;
  std::string body;
  std::string_view Header(std::string_view name) const;  // any case; "" when absent
};

struct Options {
  int64_t connect_timeout_ms = 10'000;
  int64_t total_timeout_ms = 60'000;  // from the call to the last byte of the answer
  std::string ca_file = {};           // PEM; empty: the system's certificates
  std::string user_agent = {};
  size_t body_bytes_max = 64 << 20;
};

// Keeps connections between calls. Used by one thread at a time.
class Client {
 public:
  // `is_cancelled` is asked some times a second while a call waits, from the calling thread.
  static std::unique_ptr<Client> Make(Options options, std::function<bool()> is_cancelled);
  virtual ~Client() = default;
  // kUnavailable when no whole answer came: nobody there, too slow, cut off; kAccessDenied when the
  // server's certificate is not trusted; kLimitExceeded for a larger body; kCancelled.
  // Redirects are not followed: an answer is an answer.
  virtual base::Result<Response> Send(const Request& request) = 0;
};

}  // namespace dray::http_client
