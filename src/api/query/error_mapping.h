// SPDX-License-Identifier: Apache-2.0
// The one table of the query APIs' wire names.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::query {

namespace reason {
inline constexpr std::string_view kUnknownOperation = "query_unknown_operation";
inline constexpr std::string_view kMalformedInput = "query_malformed_input";
inline constexpr std::string_view kValidation = "query_validation";
inline constexpr std::string_view kInvalidInput = "query_invalid_input";
inline constexpr std::string_view kMalformedPolicy = "query_malformed_policy";
inline constexpr std::string_view kUnusableToken = "query_unusable_token";  // not for this API
inline constexpr std::string_view kPackedPolicyTooLarge = "query_packed_policy_too_large";
}  // namespace reason

struct WireError {
  int status = 400;
  std::string code;
  std::string message;
};

WireError MapError(const base::Error& error);
// <ErrorResponse xmlns="..."> with type, code, message and request id.
std::string RenderError(const WireError& error, std::string_view xmlns,
                        std::string_view request_id);

}  // namespace dray::query
