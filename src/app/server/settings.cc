// SPDX-License-Identifier: Apache-2.0
#include "app/server/settings.h"

#include <charconv>

#include "base/loopback.h"

namespace dray::server {

namespace {
base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}
}  // namespace

base::Result<ListenAddress> ParseListenAddress(std::string_view text) {
  auto bad = [&] {
    return Invalid("--listen takes HOST:PORT, such as 127.0.0.1:8000, not '" + std::string(text) +
                   "'");
  };
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return bad();
  std::string_view host = text.substr(0, colon);
  std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad();
  }
  ListenAddress address{.host = std::string(host)};
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (host.empty() || error != std::errc() || end != digits.data() + digits.size()) return bad();
  return address;
}

base::Status CheckSettings(const Settings& settings) {
  ASSIGN_OR_RETURN(ListenAddress address, ParseListenAddress(settings.listen));
  bool has_tls = !settings.tls_certificate_file.empty();
  if (has_tls == settings.tls_key_file.empty()) {
    return Invalid("--tls-cert and --tls-key go together");
  }
  if (!base::IsLoopback(address.host)) {
    if (settings.dev) {
      return Invalid("--dev takes any signature, so it listens on loopback only, not on " +
                     address.host);
    }
    if (!has_tls && !settings.insecure_http) {
      return Invalid(
          "Listening on " + address.host +
          " without TLS lets others on the network read what clients send. Give --tls-cert "
          "and --tls-key, or --insecure-http if something in front of Dray encrypts.");
    }
  }
  return base::Ok();
}

}  // namespace dray::server
