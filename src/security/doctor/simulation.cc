// SPDX-License-Identifier: Apache-2.0
// The model of a forward access session: DynamoDB writes as the caller, with aws:CalledVia set and
// without the keys of networks and of service principals (aws:SourceVpce, aws:SourceArn, ...).
// aws:SourceIp is left out: AWS's own pages disagree about its value.
#include "security/doctor/simulation.h"

#include "security/policy/arn_pattern.h"
#include "security/policy/global_keys.h"
#include "security/policy/principal.h"

namespace dray::doctor {

namespace {

constexpr std::string_view kService = "dynamodb.amazonaws.com";

base::Error InvalidFact(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

policy::Context ContextOf(const Facts& facts, const policy::Principal& caller) {
  policy::Context context;
  policy::AddPrincipalKeys(caller, context);
  context.Set("aws:SecureTransport", "true");
  context.Set("aws:ResourceAccount", facts.bucket_owner);
  context.Set("s3:ResourceAccount", facts.bucket_owner);
  context.Set("s3:signatureversion", "AWS4-HMAC-SHA256");
  context.Set("s3:authType", "REST-HEADER");
  std::vector<std::string> called_via;
  if (!facts.is_direct) called_via.emplace_back(kService);
  policy::AddCallChainKeys(called_via, context);
  return context;
}

std::string SomeSessionOf(const policy::Principal& role) {
  policy::ArnFields arn = policy::SplitArn(role.role_arn).value_or(policy::ArnFields());
  return "arn:" + std::string(arn[1]) + ":sts::" + role.account + ":assumed-role" +
         role.role_arn.substr(role.role_arn.rfind('/')) + "/session";
}

}  // namespace

base::Result<policy::Principal> PrincipalOf(const Facts& facts) {
  auto found = policy::PrincipalOfArn(facts.caller_arn);
  if (!found)
    return InvalidFact("not the ARN of a root user, user, role or session: " + facts.caller_arn);
  policy::Principal caller = *std::move(found);
  // A role acts through sessions; any of them will do.
  if (caller.arn == caller.role_arn) caller.arn = SomeSessionOf(caller);
  if (!facts.caller_account.empty() && facts.caller_account != caller.account)
    return InvalidFact("the caller " + facts.caller_arn + " is not of account " +
                       facts.caller_account);
  if (!policy::IsAccountId(facts.bucket_owner))
    return InvalidFact("the bucket's owner is an account id of 12 digits: " + facts.bucket_owner);
  if (facts.bucket.empty()) return InvalidFact("the bucket has no name");
  return caller;
}

std::vector<SimulatedCall> CallsOfExport(const Facts& facts, const policy::Principal& caller) {
  const std::string root = "arn:aws:s3:::" + facts.bucket + "/" +
                           (facts.prefix.empty() ? "" : facts.prefix + "/") +
                           "AWSDynamoDB/01700000000000-0a1b2c3d/";
  const std::string data = root + "data/0123456789abcdefghijklmnop.json.gz";
  struct Shape {
    std::string name;
    std::string action;
    std::string resource;
    bool is_needed;
  };
  // Dray and AWS send no ACL, and who started an upload may abort it: the last two are documented
  // by AWS as needed, but no export fails without them as long as nothing else does.
  const Shape shapes[] = {
      {"PutObject _started", "s3:PutObject", root + "_started", true},
      {"PutObject data", "s3:PutObject", data, true},
      {"PutObject manifest", "s3:PutObject", root + "manifest-summary.json", true},
      {"AbortMultipartUpload", "s3:AbortMultipartUpload", data, false},
      {"PutObjectAcl", "s3:PutObjectAcl", data, false},
  };
  std::vector<SimulatedCall> calls;
  for (const Shape& shape : shapes) {
    SimulatedCall call;
    call.name = shape.name;
    call.is_needed = shape.is_needed;
    call.request.principal = caller;
    call.request.action = shape.action;
    call.request.resource = shape.resource;
    call.request.resource_account = facts.bucket_owner;
    call.request.context = ContextOf(facts, caller);
    if (shape.action == "s3:PutObject")
      call.request.context.Set("s3:x-amz-server-side-encryption",
                               facts.has_kms_encryption ? "aws:kms" : "AES256");
    calls.push_back(std::move(call));
  }
  return calls;
}

}  // namespace dray::doctor
