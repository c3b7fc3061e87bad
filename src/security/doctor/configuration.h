// SPDX-License-Identifier: Apache-2.0
// What stops a job, or spoils its result, and is no policy.
#pragma once

#include <vector>

#include "security/doctor/doctor.h"
#include "security/policy/policy.h"

namespace dray::doctor {

// Those that are errors end the job.
std::vector<Finding> ExamineConfiguration(const Facts& facts, const policy::Principal& caller);

}  // namespace dray::doctor
