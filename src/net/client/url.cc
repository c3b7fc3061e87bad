// SPDX-License-Identifier: Apache-2.0
#include "net/client/url.h"

#include <charconv>

#include "base/text_encoding.h"

namespace dray::http_client {

namespace {

constexpr uint16_t PortOf(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

bool IsHostCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_';
}

bool IsHost(std::string_view host) {
  bool is_address = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (is_address) {
    return host.find_first_not_of("0123456789abcdefABCDEF:.", 1) == host.size() - 1;
  }
  for (char c : host) {
    if (!IsHostCharacter(c)) return false;
  }
  return !host.empty();
}

}  // namespace

std::string Url::HostHeader() const {
  return port == PortOf(scheme) ? host : host + ":" + std::to_string(port);
}

base::Result<Url> ParseUrl(std::string_view text) {
  base::Error wrong{base::ErrorKind::kInvalidArgument,
                    "'" + std::string(text) + "' is not http://HOST[:PORT] or https://HOST[:PORT]"};
  Url url;
  size_t colon = text.find("://");
  if (colon == std::string_view::npos) return wrong;
  url.scheme = base::ToLower(text.substr(0, colon));
  if (url.scheme != "http" && url.scheme != "https") return wrong;
  std::string_view rest = text.substr(colon + 3);
  if (rest.ends_with('/')) rest.remove_suffix(1);
  url.port = PortOf(url.scheme);
  size_t port_colon = rest.rfind(':');
  if (port_colon != std::string_view::npos && !rest.ends_with(']')) {
    std::string_view digits = rest.substr(port_colon + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (error != std::errc() || end != digits.data() + digits.size() || url.port == 0) return wrong;
    rest = rest.substr(0, port_colon);
  }
  if (!IsHost(rest)) return wrong;
  url.host = rest;
  return url;
}

}  // namespace dray::http_client
