// SPDX-License-Identifier: Apache-2.0
#include "base/loopback.h"

#include "base/text_encoding.h"

namespace dray::base {

bool IsLoopback(std::string_view host) {
  if (EqualsIgnoreCase(host, "localhost") || host == "::1" || host == "[::1]") return true;
  return host.starts_with("127.") &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace dray::base
