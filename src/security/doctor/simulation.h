// SPDX-License-Identifier: Apache-2.0
// The calls of an export, and the request context in which S3 sees them.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "security/doctor/doctor.h"
#include "security/policy/policy.h"

namespace dray::doctor {

struct SimulatedCall {
  std::string name;
  bool is_needed = false;
  policy::Request request;
};

// kInvalidArgument for ARNs, accounts and names that are none.
base::Result<policy::Principal> PrincipalOf(const Facts& facts);

std::vector<SimulatedCall> CallsOfExport(const Facts& facts, const policy::Principal& caller);

}  // namespace dray::doctor
