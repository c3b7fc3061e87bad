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

// Percent-decoded; as it is when it cannot be decoded.
std::string DecodeOrKeep(std::string_view text);

// The same of a query's names and values, where '+' is a space: that is how the APIs read them, and
// what is signed has to be what is read.
std::string DecodeQueryOrKeep(std::string_view text);

}  // namespace dray::sigv4
