// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <string>

#include "app/cli/commands.h"
#include "base/file_system.h"
#include "security/doctor/doctor.h"

namespace dray::cli {

base::Status Run(const PolicyGenerateCommand& command) {
  ASSIGN_OR_RETURN(std::string policy,
                   doctor::GenerateSeedPolicy(command.account_id, command.bucket));
  std::fputs(policy.c_str(), stdout);
  return base::Ok();
}

base::Result<bool> Run(const PolicyCheckCommand& command) {
  base::FileSystem& files = base::PosixFileSystem();
  doctor::Facts facts;
  if (!command.bucket_policy_file.empty()) {
    ASSIGN_OR_RETURN(facts.bucket_policy, base::ReadFile(files, command.bucket_policy_file));
  }
  for (const std::string& path : command.identity_policy_files) {
    ASSIGN_OR_RETURN(std::string policy, base::ReadFile(files, path));
    facts.identity_policies.push_back(std::move(policy));
  }
  facts.caller_arn = command.caller_arn;
  facts.caller_account = command.caller_account;
  facts.bucket = command.bucket;
  facts.bucket_owner = command.bucket_owner;
  facts.prefix = command.prefix;
  facts.s3_bucket_owner = command.s3_bucket_owner;
  facts.has_kms_encryption = command.has_kms_encryption;
  facts.is_direct = command.is_direct;
  ASSIGN_OR_RETURN(doctor::Report report, doctor::Check(facts));
  std::string text = command.as_json ? doctor::RenderJson(report) : doctor::RenderText(report);
  if (!text.ends_with('\n')) text.push_back('\n');
  std::fputs(text.c_str(), stdout);
  return report.succeeds;
}

}  // namespace dray::cli
