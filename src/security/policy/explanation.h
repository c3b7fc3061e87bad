// SPDX-License-Identifier: Apache-2.0
// Decisions in words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "security/policy/policy.h"
#include "security/policy/statement.h"

namespace dray::policy {

// One trace for each statement of every policy in the set.
std::vector<StatementTrace> TraceAll(const RequestView& view, const PolicySet& policies);

// The paragraph of a decision whose result, side and trace are known. `missing`: the sides that
// allow nothing, where more than one is wanted.
std::string ExplainDecision(const RequestView& view, const PolicySet& policies,
                            const Decision& decision, const std::vector<std::string_view>& missing);

// How people call a side: "identity" -> "identity policy".
std::string_view SideName(std::string_view side);

// How people call the caller: its ARN, or "an anonymous caller".
std::string PrincipalName(const Principal& principal);

}  // namespace dray::policy
