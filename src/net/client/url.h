// SPDX-License-Identifier: Apache-2.0
// The part of a URL that names a server.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::http_client {

struct Url {
  std::string scheme;  // http or https
  std::string host;    // an IPv6 address with its brackets
  uint16_t port = 0;

  // As clients send it: without the scheme's own port.
  std::string HostHeader() const;
  std::string Origin() const { return scheme + "://" + HostHeader(); }
};

// http://HOST[:PORT] or https://HOST[:PORT], with at most one '/' behind it: no path, no query, no
// user. The error says so.
base::Result<Url> ParseUrl(std::string_view text);

}  // namespace dray::http_client
