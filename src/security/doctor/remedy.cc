// SPDX-License-Identifier: Apache-2.0
#include "security/doctor/remedy.h"

#include "security/policy/principal.h"

namespace dray::doctor {

std::string GenerateCommand(const Facts& facts, const policy::Principal& caller,
                            const std::string& document) {
  const std::string role = policy::RoleArnOf(caller);
  const std::string table = facts.table_arn.empty() ? "TABLE" : facts.table_arn;
  const std::string place =
      "s3://" + facts.bucket + (facts.prefix.empty() ? "" : "/" + facts.prefix);
  std::string command = "`dray policy generate ";
  command +=
      facts.job == Job::kExport ? "export " + table + " " + place : "import " + place + " " + table;
  command +=
      " --principal " + (caller.type == policy::Principal::Type::kAssumedRole ? role : caller.arn);
  if (facts.bucket_owner != caller.account) command += " --bucket-owner " + facts.bucket_owner;
  if (!facts.kms_key.empty()) command += " --kms-key " + facts.kms_key;
  return command + " --document " + document + "`";
}

}  // namespace dray::doctor
