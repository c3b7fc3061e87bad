// SPDX-License-Identifier: Apache-2.0
// A request with its policies as one line of JSON, and the decision as another: what
// `dray policy simulate` reads and writes (docs/policy-simulate.md has the members).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace dray::policy {

struct SimulationAnswer {
  std::string json;  // {"id", "decision", "result", "explanation"}, or {"id", "error"}
  bool is_error = false;
  std::vector<std::string> unknown_members;  // of the line; they were not looked at
};

// `line_number` counts from 1 and stands in the texts of errors. Where the context says nothing of
// them, the keys that follow from the rest are added: those of the principal, of the resource's
// account and of the call chain (aws:CalledViaFirst, aws:CalledViaLast, aws:ViaAWSService).
SimulationAnswer Simulate(std::string_view line, size_t line_number);

}  // namespace dray::policy
