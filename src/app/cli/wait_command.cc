// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>

#include "app/cli/commands.h"
#include "app/server/data_folder.h"
#include "app/server/settings.h"
#include "base/clock.h"
#include "net/http/client.h"

namespace dray::cli {

namespace {

constexpr int64_t kPauseMs = 100;

base::Result<http::ClientRequest> HealthRequestOf(const WaitCommand& command) {
  http::ClientRequest request{.target = "/_dray/health"};
  if (command.endpoint_url.empty()) {
    request.local_socket_path = server::DataFolder::AdminSocketPath(command.data_folder);
    return request;
  }
  std::string_view url = command.endpoint_url;
  constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "--endpoint-url takes http://HOST:PORT; where the server speaks TLS, wait "
                       "with --data"};
  }
  url.remove_prefix(kScheme.size());
  while (url.ends_with('/')) url.remove_suffix(1);
  std::string address(url);
  bool has_port = address.rfind(':') != std::string::npos && !address.ends_with(']');
  if (!has_port) address += ":80";
  auto parsed = server::ParseListenAddress(address);
  if (!parsed) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "--endpoint-url takes http://HOST:PORT, not " + command.endpoint_url};
  }
  request.host = parsed->host;
  request.port = parsed->port;
  return request;
}

}  // namespace

base::Status Run(const WaitCommand& command) {
  ASSIGN_OR_RETURN(http::ClientRequest request, HealthRequestOf(command));
  int64_t end_micros = base::SteadyMicros() + command.timeout_seconds * base::kMicrosPerSecond;
  while (true) {
    int64_t left_ms = (end_micros - base::SteadyMicros()) / 1000;
    request.timeout_ms = std::clamp<int64_t>(left_ms, 100, 5'000);
    auto response = http::Call(request);
    if (response && response->status == 200) return base::Ok();
    if (left_ms <= 0) {
      return base::Error{base::ErrorKind::kUnavailable,
                         "no healthy server within " + std::to_string(command.timeout_seconds) +
                             " s: " +
                             (response ? "it answered " + std::to_string(response->status)
                                       : response.error().message)};
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(std::min(kPauseMs, left_ms)));
  }
}

}  // namespace dray::cli
