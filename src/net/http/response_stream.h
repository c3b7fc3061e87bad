// SPDX-License-Identifier: Apache-2.0
// The response of one request onto a transport: status line, framing headers, body bytes. Either
// blocking, or deferred: then what does not go out at once is kept for the I/O thread, so that a
// slow reader holds no handler thread. Internal to net/http.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/http/server.h"
#include "net/http/transport.h"

namespace dray::http {

struct ResponseStreamOptions {
  bool is_deferred = false;
  bool is_head_request = false;  // headers only
  bool is_http10 = false;        // no chunks
  int64_t timeout_ms = 0;
  // Asked once, when the head is made: may another request follow on this connection?
  std::function<bool()> keep_alive;
};

class ResponseStream final : public ResponseWriter {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  ResponseStream(Transport& transport, ResponseStreamOptions options)
      : transport_(transport), options_(std::move(options)) {}

  base::Status Start(int status, const Headers& headers,
                     std::optional<uint64_t> content_length) override;
  base::Status Write(std::string_view bytes) override;
  base::Status Finish() override;
  base::Status Send(int status, const Headers& headers, std::string_view body) override;
  bool is_started() const override { return is_started_; }

  // The whole response was written or is in pending(); otherwise the connection must be cut, so
  // that the client sees that something is missing.
  bool is_complete() const { return is_finished_ && !has_failed_; }
  bool keep_alive() const { return keep_alive_; }
  std::string TakePending() { return std::move(unsent_); }

 private:
  void MakeHead(int status, const Headers& headers, std::optional<uint64_t> content_length);
  base::Status Emit(std::string_view bytes);

  Transport& transport_;
  const ResponseStreamOptions options_;
  std::string unsent_;  // the head until the first body bytes; deferred: all that is left
  bool is_started_ = false, is_finished_ = false, has_failed_ = false;
  bool keep_alive_ = false;
  bool has_body_ = true;  // of this status and method
  bool is_chunked_ = false;
  std::optional<uint64_t> remaining_;
};

}  // namespace dray::http
