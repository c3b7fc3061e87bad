// SPDX-License-Identifier: Apache-2.0
// The requests of a job, and the context in which the services see them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "security/doctor/doctor.h"
#include "security/policy/policy.h"

namespace dray::doctor {

// The value of aws:CalledVia in a job.
inline constexpr std::string_view kService = "dynamodb.amazonaws.com";

struct SimulatedCall {
  std::string name;
  Need need = Need::kNeeded;
  std::optional<Side> resource;  // whose policy the resource has; absent: none is asked
  // The caller is not the one whose policies are known: its own side is taken to allow.
  bool is_of_another = false;
  policy::Request request;
};

// kInvalidArgument for ARNs, accounts and names that are none.
base::Result<policy::Principal> PrincipalOf(const Facts& facts);

std::vector<SimulatedCall> CallsOf(const Facts& facts, const policy::Principal& caller);

// [prefix/]AWSDynamoDB/
std::string ExportFolder(const std::string& prefix);
std::string BucketRegionOf(const Facts& facts);

}  // namespace dray::doctor
