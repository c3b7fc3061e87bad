// SPDX-License-Identifier: Apache-2.0
// The model of a forward access session: DynamoDB writes as the caller, with aws:CalledVia set and
// without the keys of networks and of service principals (aws:SourceVpce, aws:SourceArn, ...).
// aws:SourceIp is left out: AWS's own pages disagree about its value.
#include "security/doctor/simulation.h"

#include "security/policy/arn_pattern.h"
#include "security/policy/document.h"

namespace dray::doctor {

namespace {

using Type = policy::Principal::Type;

constexpr std::string_view kService = "dynamodb.amazonaws.com";

base::Error InvalidFact(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

policy::Context ContextOf(const Facts& facts, const policy::Principal& caller) {
  policy::Context context;
  context.Set("aws:PrincipalAccount", caller.account);
  context.Set("aws:PrincipalArn", caller.role_arn.empty() ? caller.arn : caller.role_arn);
  context.Set("aws:PrincipalIsAWSService", "false");
  context.Set("aws:PrincipalType", caller.type == Type::kRoot          ? "Account"
                                   : caller.type == Type::kUser        ? "User"
                                   : caller.type == Type::kAssumedRole ? "AssumedRole"
                                                                       : "FederatedUser");
  if (caller.type == Type::kRoot) context.Set("aws:userid", caller.account);
  if (caller.type == Type::kUser)
    context.Set("aws:username", std::string_view(caller.arn).substr(caller.arn.rfind('/') + 1));
  context.Set("aws:SecureTransport", "true");
  context.Set("aws:ResourceAccount", facts.bucket_owner);
  context.Set("s3:ResourceAccount", facts.bucket_owner);
  context.Set("s3:signatureversion", "AWS4-HMAC-SHA256");
  context.Set("s3:authType", "REST-HEADER");
  context.Set("aws:ViaAWSService", facts.is_direct ? "false" : "true");
  if (!facts.is_direct) {
    context.SetMany("aws:CalledVia", {std::string(kService)});
    context.Set("aws:CalledViaFirst", kService);
    context.Set("aws:CalledViaLast", kService);
  }
  return context;
}

}  // namespace

base::Result<policy::Principal> PrincipalOf(const Facts& facts) {
  auto entry = policy::ParseAwsPrincipal(facts.caller_arn);
  auto arn = policy::SplitArn(facts.caller_arn);
  if (!entry || !arn)
    return InvalidFact("not the ARN of a root user, user, role or session: " + facts.caller_arn);
  policy::Principal caller;
  caller.account = entry->account;
  caller.arn = facts.caller_arn;
  switch (entry->form) {
    case policy::PrincipalEntry::Form::kAccount:
      caller.type = Type::kRoot;
      break;
    case policy::PrincipalEntry::Form::kUser:
      caller.type = Type::kUser;
      break;
    case policy::PrincipalEntry::Form::kRole:
      // A role acts through sessions; any of them will do.
      caller.type = Type::kAssumedRole;
      caller.role_arn = facts.caller_arn;
      caller.arn = "arn:" + std::string((*arn)[1]) + ":sts::" + entry->account + ":assumed-role/" +
                   facts.caller_arn.substr(facts.caller_arn.rfind('/') + 1) + "/session";
      break;
    case policy::PrincipalEntry::Form::kAssumedRole:
      caller.type = Type::kAssumedRole;
      break;
    case policy::PrincipalEntry::Form::kFederatedUser:
      caller.type = Type::kFederatedUser;
      break;
    default:
      return InvalidFact("not a caller: " + facts.caller_arn);
  }
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
