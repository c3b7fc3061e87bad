// SPDX-License-Identifier: Apache-2.0
// A small blocking HTTP/1.1 client for `dray` itself: the admin socket and health checks; TCP or a
// local socket. One request a connection.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dray::http {

struct ClientRequest {
  std::string local_socket_path = {};  // or
  std::string host = {};
  uint16_t port = 0;
  std::string method = "GET";
  std::string target = "/";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  int64_t timeout_ms = 10'000;
};
struct ClientResponse {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};
// kUnavailable when nobody listens there.
base::Result<ClientResponse> Call(const ClientRequest& request);

}  // namespace dray::http
