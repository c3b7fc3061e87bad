// SPDX-License-Identifier: Apache-2.0
// Reading the headers and the query of RequestParts. Internal to this module.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "security/sigv4/sigv4.h"

namespace dray::sigv4 {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kTerminator = "aws4_request";

// The first header of that name (lower case), or nullopt.
std::optional<std::string_view> FindHeader(const RequestParts& request, std::string_view name);

// A query parameter as it was sent, split at its first '='.
struct RawParameter {
  std::string_view name, value;
};
std::vector<RawParameter> SplitQuery(std::string_view query);

// The decoded value of the first query parameter whose decoded name is `name`.
std::optional<std::string> FindParameter(std::string_view query, std::string_view name);

// Percent-decoded; as it is when it cannot be decoded.
std::string DecodeOrKeep(std::string_view text);

}  // namespace dray::sigv4
