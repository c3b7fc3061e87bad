// SPDX-License-Identifier: Apache-2.0
// The one table of CloudWatch Logs' wire names.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::logs {

namespace reason {
inline constexpr std::string_view kUnknownOperation = "logs_unknown_operation";
inline constexpr std::string_view kSerialization = "logs_serialization";
inline constexpr std::string_view kInvalidParameter = "logs_invalid_parameter";
inline constexpr std::string_view kNotFound = "logs_not_found";
}  // namespace reason

struct WireError {
  int status = 400;
  std::string name;  // of __type
  std::string message;
};

WireError MapError(const base::Error& error);
// {"__type":"...","message":"..."}
std::string RenderError(const WireError& error);

}  // namespace dray::logs
