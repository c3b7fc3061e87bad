// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace dray::identities {

// Random, never used twice: the prefix tells what it names ("AIDA" a user, "AROA" a role, "ANPA" a
// managed policy), 17 characters of base32 follow, as on AWS. Access keys ("AKIA", "ASIA") have 16.
std::string NewUniqueId(std::string_view prefix);
std::string NewAccessKeyId(std::string_view prefix);

}  // namespace dray::identities
