// SPDX-License-Identifier: Apache-2.0
// What SimulateCustomPolicy and SimulatePrincipalPolicy have in common: inputs of many kinds become
// requests, each is evaluated as the server would, and told as AWS tells it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/iam/parameter_rules.h"
#include "security/policy/document.h"

namespace dray::iam {

// A policy that takes part, with the name that results call it by.
struct SimulatedPolicy {
  std::string id;  // "PolicyInputList.1", "role_NAME_POLICY", "AdministratorAccess"
  std::string json;
  policy::DocumentRef document;
};

struct Simulation {
  policy::Principal caller;
  bool knows_caller = false;    // otherwise only its account
  policy::Context caller_tags;  // aws:PrincipalTag/...
  std::vector<SimulatedPolicy> identity;
  std::vector<SimulatedPolicy> boundaries;  // at most one
  std::vector<SimulatedPolicy> resource;    // at most one
  std::string resource_owner;               // account id, or empty: the caller's
  std::vector<std::string> actions;
  std::vector<std::string> resources;  // empty: "*"
  policy::Context given;               // ContextEntries
  size_t first = 0;                    // of the results, each action with each resource
  size_t results_max = 100;
};

// InvalidInput.
base::Error InvalidInput(std::string message);

// `name`.member.N as policies called NAME.N, behind those that are there. InvalidInput for one that
// is none.
base::Status AddPolicies(std::string_view name, const std::vector<std::string>& documents,
                         policy::DocumentKind kind, std::vector<SimulatedPolicy>& policies);

// The parameters that both operations have; what they say of policies is checked by Prepare.
struct SimulationInput {
  std::vector<std::string> policies, boundaries;
  std::string resource_policy, caller_arn;
};
SimulationInput ReadSimulation(query::Parameters& in, Simulation& simulation);
// Compiles the policies and finds the caller. `simulation.caller` is the default.
base::Status Prepare(const SimulationInput& input, Simulation& simulation);

// One page of results, IsTruncated and Marker. A page whose policies are long ends early.
void WriteResults(const Simulation& simulation, xml::Writer& out);

}  // namespace dray::iam
