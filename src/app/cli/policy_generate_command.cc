// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "app/cli/commands.h"
#include "security/doctor/generate.h"

namespace dray::cli {

namespace {

base::Error Absent(const std::string& why) { return {base::ErrorKind::kInvalidArgument, why}; }

// `  "Name": {...}` as a member of an object.
void AppendMember(const char* name, std::string document, std::string& out) {
  if (document.empty()) return;
  document.pop_back();  // the newline
  std::string indented;
  for (char c : document) {
    indented += c;
    if (c == '\n') indented += "  ";
  }
  out += (out.empty() ? "" : ",\n") + ("  \"" + std::string(name) + "\": " + indented);
}

base::Result<std::string> Chosen(const doctor::JobPolicies& policies, const std::string& document) {
  if (document == "bucket" && policies.bucket.empty())
    return Absent("the bucket is of the same account: the identity policy is all it takes");
  if (document == "identity" && policies.identity.empty())
    return Absent("a root user has no identity policy, and needs none");
  if (document == "key" && policies.key.empty()) return Absent("without --kms-key there is no key");
  if (document == "bucket") return policies.bucket;
  if (document == "identity") return policies.identity;
  if (document == "key") return policies.key;
  std::string members;
  AppendMember("BucketPolicy", policies.bucket, members);
  AppendMember("IdentityPolicy", policies.identity, members);
  AppendMember("KeyPolicy", policies.key, members);
  return members.empty() ? "{}\n" : "{\n" + members + "\n}\n";
}

}  // namespace

base::Status Run(const PolicyGenerateCommand& command) {
  std::string text;
  if (command.access) {
    ASSIGN_OR_RETURN(doctor::JobPolicies policies, doctor::GenerateJobPolicies(*command.access));
    ASSIGN_OR_RETURN(text, Chosen(policies, command.document));
  } else {
    ASSIGN_OR_RETURN(text, doctor::GenerateSeedPolicy(command.account_id, command.bucket));
  }
  std::fputs(text.c_str(), stdout);
  return base::Ok();
}

}  // namespace dray::cli
