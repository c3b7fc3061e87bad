// SPDX-License-Identifier: Apache-2.0
// The condition keys that a policy asks for.
#pragma once

#include <string>
#include <vector>

#include "security/policy/document.h"

namespace dray::policy {

// Of its conditions and of the variables in its resources and values, as they are written there; a
// key that is written in two ways comes twice.
std::vector<std::string> ContextKeysOf(const Statement& statement, bool has_variables);

}  // namespace dray::policy
