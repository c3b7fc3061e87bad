// SPDX-License-Identifier: Apache-2.0
// NextToken of the job lists: where the next page starts (the ARN of the last job of this page), in
// AWS's form of 112 to 1024 hex digits in groups of 16.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace dray::dynamodb {

std::string MakePageToken(std::string_view last_arn);
// nullopt when it is none of ours.
std::optional<std::string> ReadPageToken(std::string_view token);

}  // namespace dray::dynamodb
