// SPDX-License-Identifier: Apache-2.0
// The command that writes what is missing.
#pragma once

#include <string>

#include "security/doctor/doctor.h"
#include "security/policy/policy.h"

namespace dray::doctor {

// `dray policy generate export Music s3://bucket/p --principal ARN --bucket-owner ID --document
// bucket`, in backquotes; TABLE stands for a table that is not known.
std::string GenerateCommand(const Facts& facts, const policy::Principal& caller,
                            const std::string& document);

}  // namespace dray::doctor
