// SPDX-License-Identifier: Apache-2.0
// Whether a host name or address always means this machine. A pure function.
#pragma once

#include <string_view>

namespace dray::base {

// "localhost" and the addresses 127.x.x.x and ::1, the latter with or without brackets, in any
// case. Names that begin with "127." are somebody else's.
bool IsLoopback(std::string_view host);

}  // namespace dray::base
