// SPDX-License-Identifier: Apache-2.0
// The managed policies that every account has. Few of AWS's are meaningful here: these are.
#pragma once

#include <span>
#include <string_view>

#include "storage/identities/identity.h"

namespace dray::identities {

std::span<const ManagedPolicy> AwsManagedPolicies();               // by name
const ManagedPolicy* FindAwsManaged(std::string_view policy_arn);  // or nullptr

}  // namespace dray::identities
