// SPDX-License-Identifier: Apache-2.0
// What S3's texts leave out about a bucket policy that cannot be read.
#pragma once

#include <string>
#include <string_view>

namespace dray::doctor {

// A half sentence about the first Principal that has no valid form; empty when there is none.
std::string InvalidPrincipalIn(std::string_view policy_json);

}  // namespace dray::doctor
