// SPDX-License-Identifier: Apache-2.0
// The least policies with which one job works.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "security/doctor/doctor.h"

namespace dray::doctor {

// Who may run which job.
struct JobAccess {
  Job job = Job::kExport;
  std::string
      principal;  // ARN of a user, role, session (its role counts) or root; or an account id
  std::string bucket;
  std::string bucket_owner;   // account id; empty: the principal's account
  std::string bucket_region;  // of keys; empty: the table's
  std::string prefix;         // S3Prefix or S3KeyPrefix
  std::string table_arn;
  std::string kms_key;  // full ARN; empty: no key
};

// Documents, indented, with a newline at their end.
struct JobPolicies {
  std::string bucket;    // empty: within one account the identity policy does it
  std::string identity;  // of the principal; empty: a root user has none
  std::string key;       // the whole policy of the key; empty: no key
};

// kInvalidArgument says which member is wrong.
base::Result<JobPolicies> GenerateJobPolicies(const JobAccess& access);

// The bucket policy that lets account `account_id` export into `bucket` through DynamoDB, indented,
// with a newline at its end.
base::Result<std::string> GenerateSeedPolicy(std::string_view account_id, std::string_view bucket);

bool IsBucketName(std::string_view name);

}  // namespace dray::doctor
