// SPDX-License-Identifier: Apache-2.0
// The model of a forward access session: DynamoDB acts as the caller, with aws:CalledVia set and
// without the keys of networks and of service principals (aws:SourceVpce, aws:SourceArn, ...).
// aws:SourceIp is left out: AWS's own pages disagree about its value.
#include "security/doctor/simulation.h"

#include <algorithm>
#include <array>

#include "base/text_encoding.h"
#include "security/policy/arn_pattern.h"
#include "security/policy/global_keys.h"
#include "security/policy/principal.h"

namespace dray::doctor {

namespace {

constexpr const char* kRegion = "us-east-1";

base::Error InvalidFact(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

// A role acts through sessions; any of them will do.
policy::Principal AsSession(policy::Principal principal) {
  if (principal.role_arn.empty() || principal.arn != principal.role_arn) return principal;
  policy::ArnFields arn = policy::SplitArn(principal.role_arn).value_or(policy::ArnFields());
  principal.arn = "arn:" + std::string(arn[1]) + ":sts::" + principal.account + ":assumed-role" +
                  principal.role_arn.substr(principal.role_arn.rfind('/')) + "/session";
  return principal;
}

bool IsOfNetwork(std::string_view lower_case_key) {
  constexpr auto kKeys = std::to_array<std::string_view>(
      {"aws:sourceip", "aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip"});
  return std::find(kKeys.begin(), kKeys.end(), lower_case_key) != kKeys.end();
}

std::string FieldOf(const std::string& arn, size_t index) {
  auto fields = policy::SplitArn(arn);
  return fields ? std::string((*fields)[index]) : "";
}

class Scenario {
 public:
  Scenario(const Facts& facts, const policy::Principal& caller) : facts_(facts), caller_(caller) {
    if (facts.way == Way::kRemoteTarget)
      target_ = AsSession(policy::PrincipalOfArn(facts.remote_target_arn).value());
  }

  std::vector<SimulatedCall> Calls() {
    AddTrust();
    AddDynamoDb();
    if (facts_.job == Job::kExport)
      AddWrites();
    else
      AddReads();
    AddKms();
    if (facts_.job == Job::kImport) AddLogs();
    return std::move(calls_);
  }

 private:
  std::string Arn(std::string_view service, std::string_view region, const std::string& account,
                  const std::string& resource) const {
    return "arn:" + FieldOf(facts_.caller_arn, 1) + ":" + std::string(service) + ":" +
           std::string(region) + ":" + account + ":" + resource;
  }

  policy::Context ContextOf(const policy::Principal& principal, bool via_service,
                            const std::string& owner, const std::string& region) const {
    policy::Context context;
    policy::AddPrincipalKeys(principal, context);
    policy::AddCallChainKeys(
        via_service ? std::vector<std::string>{std::string(kService)} : std::vector<std::string>(),
        context);
    context.Set("aws:SecureTransport", via_service || !facts_.is_plain_http ? "true" : "false");
    context.Set("aws:ResourceAccount", owner);
    context.Set("aws:RequestedRegion", region);
    for (const auto& [key, value] : facts_.context) {
      if (via_service && IsOfNetwork(base::ToLower(key))) continue;
      if (policy::IsMultivaluedKey(base::ToLower(key)))
        context.SetMany(key, {value});
      else
        context.Set(key, value);
    }
    return context;
  }

  SimulatedCall& Add(std::string name, Need need, std::optional<Side> side, std::string action,
                     std::string resource, const std::string& owner, const std::string& region,
                     bool via_service) {
    SimulatedCall call;
    call.name = std::move(name);
    call.need = need;
    call.resource = side;
    call.request.principal = caller_;
    call.request.action = std::move(action);
    call.request.resource = std::move(resource);
    call.request.resource_account = owner;
    call.request.context = ContextOf(caller_, via_service, owner, region);
    return calls_.emplace_back(std::move(call));
  }

  // Who assumes the role brings policies of its own, which are not known.
  void AddTrust() {
    if (facts_.assumed_by.empty()) return;
    SimulatedCall& call = Add("AssumeRole", Need::kNeeded, Side::kTrust, "sts:AssumeRole",
                              policy::RoleArnOf(caller_), caller_.account, TableRegion(), false);
    call.request.principal = AsSession(policy::PrincipalOfArn(facts_.assumed_by).value());
    call.request.context = ContextOf(call.request.principal, false, caller_.account, TableRegion());
    call.is_of_another = true;
  }

  std::string TableRegion() const {
    std::string region = FieldOf(facts_.table_arn, 3);
    return region.empty() ? kRegion : region;
  }

  void AddDynamoDb() {
    if (facts_.table_arn.empty()) return;
    const bool is_export = facts_.job == Job::kExport;
    const std::string owner = FieldOf(facts_.table_arn, 4);
    auto add = [&](const std::string& operation, Need need, const std::string& resource) {
      Add(operation, need, Side::kTable, "dynamodb:" + operation, resource, owner, TableRegion(),
          false);
    };
    add(is_export ? "ExportTableToPointInTime" : "ImportTable", Need::kNeeded, facts_.table_arn);
    add(is_export ? "DescribeExport" : "DescribeImport", Need::kWatching,
        facts_.table_arn + (is_export ? "/export/" : "/import/") + "01700000000000-0a1b2c3d");
  }

  // A request to the bucket, by whoever signs it.
  void AddToBucket(const std::string& name, Need need, const std::string& action,
                   const std::string& key, const policy::Context& more) {
    std::string resource = "arn:" + FieldOf(facts_.caller_arn, 1) + ":s3:::" + facts_.bucket;
    if (!key.empty()) resource += "/" + key;
    const std::string region = BucketRegionOf(facts_);
    auto complete = [&](SimulatedCall& call) {
      policy::Context& context = call.request.context;
      context.Set("s3:ResourceAccount", call.request.resource_account);
      context.Set("s3:signatureversion", "AWS4-HMAC-SHA256");
      context.Set("s3:authType", "REST-HEADER");
      context.SetAll(more);
    };
    if (facts_.way != Way::kRemoteTarget) {
      complete(Add(name, need, Side::kBucket, action, resource, facts_.bucket_owner, region,
                   facts_.way == Way::kThroughService));
      return;
    }
    // The server asks the caller's side, as for a resource of its account without a policy, and
    // the endpoint asks the bucket's, about other credentials.
    complete(Add(name, need, std::nullopt, action, resource, caller_.account, region, true));
    SimulatedCall& there = Add(name + " at the endpoint", need, Side::kBucket, action, resource,
                               facts_.bucket_owner, region, false);
    there.request.principal = target_;
    there.request.context = ContextOf(target_, false, facts_.bucket_owner, region);
    there.is_of_another = true;
    complete(there);
  }

  void AddWrites() {
    const std::string root = ExportFolder(facts_.prefix) + "01700000000000-0a1b2c3d/";
    const std::string data = root + "data/0123456789abcdefghijklmnop.json.gz";
    policy::Context put;
    put.Set("s3:x-amz-server-side-encryption", facts_.has_kms_encryption ? "aws:kms" : "AES256");
    if (facts_.has_kms_encryption && !facts_.kms_key.empty())
      put.Set("s3:x-amz-server-side-encryption-aws-kms-key-id", facts_.kms_key);
    if (facts_.acl) put.Set("s3:x-amz-acl", *facts_.acl);
    struct Shape {
      const char* name;
      const std::string& key;
    };
    const std::string started = root + "_started", manifest = root + "manifest-summary.json";
    for (const Shape& shape :
         {Shape{"PutObject _started", started}, Shape{"PutObject data", data},
          Shape{"CreateMultipartUpload", data}, Shape{"UploadPart", data},
          Shape{"CompleteMultipartUpload", data}, Shape{"PutObject manifest", manifest}})
      AddToBucket(shape.name, Need::kNeeded, "s3:PutObject", shape.key, put);
    // Who started an upload may abort it, and an export sends no ACL: AWS documents both as
    // needed, no export fails without them as long as nothing else does.
    AddToBucket("AbortMultipartUpload", Need::kDocumented, "s3:AbortMultipartUpload", data, {});
    policy::Context acl;
    if (facts_.acl) acl.Set("s3:x-amz-acl", *facts_.acl);
    AddToBucket("PutObjectAcl", facts_.acl ? Need::kNeeded : Need::kDocumented, "s3:PutObjectAcl",
                data, acl);
  }

  void AddReads() {
    policy::Context list;
    if (!facts_.prefix.empty()) list.Set("s3:prefix", facts_.prefix);
    AddToBucket("ListBucket", Need::kNeeded, "s3:ListBucket", "", list);
    const bool is_folder = facts_.prefix.empty() || facts_.prefix.ends_with('/');
    AddToBucket("GetObject", Need::kNeeded, "s3:GetObject",
                facts_.prefix + (is_folder ? "" : "/") + "0123456789abcdefghijklmnop.json.gz", {});
  }

  // S3 asks KMS in the name of the same caller. Aliases and AWS's own key have no ARN of their
  // policy; what is wrong with them is said elsewhere.
  void AddKms() {
    if (!facts_.has_kms_encryption || FieldOf(facts_.kms_key, 2) != "kms" ||
        !FieldOf(facts_.kms_key, 5).starts_with("key/"))
      return;
    const std::string owner = FieldOf(facts_.kms_key, 4);
    auto add = [&](const std::string& operation) {
      policy::Context& context =
          Add(operation, Need::kNeeded, Side::kKey, "kms:" + operation, facts_.kms_key, owner,
              FieldOf(facts_.kms_key, 3), facts_.way != Way::kDirect)
              .request.context;
      context.Set("kms:ViaService", "s3." + BucketRegionOf(facts_) + ".amazonaws.com");
      context.Set("kms:CallerAccount", caller_.account);
      context.Set("aws:ViaAWSService", "true");
    };
    if (facts_.job == Job::kExport) add("GenerateDataKey");
    add("Decrypt");
  }

  // The error log of an import.
  void AddLogs() {
    if (facts_.table_arn.empty()) return;
    const std::string group = Arn("logs", TableRegion(), caller_.account,
                                  "log-group:/aws-dynamodb/imports:log-stream:errors");
    for (const char* operation : {"CreateLogGroup", "CreateLogStream", "DescribeLogStreams",
                                  "PutLogEvents", "PutRetentionPolicy"})
      Add(operation, Need::kDocumented, std::nullopt, "logs:" + std::string(operation), group,
          caller_.account, TableRegion(), true);
    Add("DescribeLogGroups", Need::kDocumented, std::nullopt, "logs:DescribeLogGroups", "*",
        caller_.account, TableRegion(), true);
  }

  const Facts& facts_;
  const policy::Principal& caller_;
  policy::Principal target_;
  std::vector<SimulatedCall> calls_;
};

bool IsTableArn(const std::string& arn) {
  auto fields = policy::SplitArn(arn);
  return fields && (*fields)[2] == "dynamodb" && policy::IsAccountId((*fields)[4]) &&
         (*fields)[5].starts_with("table/") && (*fields)[5].size() > 6;
}

}  // namespace

base::Result<policy::Principal> PrincipalOf(const Facts& facts) {
  auto found = policy::PrincipalOfArn(facts.caller_arn);
  if (!found)
    return InvalidFact("not the ARN of a root user, user, role or session: " + facts.caller_arn);
  policy::Principal caller = AsSession(*std::move(found));
  auto role = policy::PrincipalOfArn(facts.caller_role_arn);
  if (role && caller.role_arn.empty()) caller.role_arn = role->role_arn;
  if (!facts.caller_account.empty() && facts.caller_account != caller.account)
    return InvalidFact("the caller " + facts.caller_arn + " is not of account " +
                       facts.caller_account);
  if (!policy::IsAccountId(facts.bucket_owner))
    return InvalidFact("the bucket's owner is an account id of 12 digits: " + facts.bucket_owner);
  if (facts.bucket.empty()) return InvalidFact("the bucket has no name");
  if (!facts.table_arn.empty() && !IsTableArn(facts.table_arn))
    return InvalidFact("not the ARN of a table: " + facts.table_arn);
  if (facts.way == Way::kRemoteTarget && !policy::PrincipalOfArn(facts.remote_target_arn))
    return InvalidFact("not the ARN of whose credentials the remote target has: " +
                       facts.remote_target_arn);
  if (!facts.assumed_by.empty()) {
    if (!policy::PrincipalOfArn(facts.assumed_by))
      return InvalidFact("not the ARN of who assumes the role: " + facts.assumed_by);
    if (caller.type != policy::Principal::Type::kAssumedRole)
      return InvalidFact("only a role is assumed, the caller is " + facts.caller_arn);
  }
  return caller;
}

std::vector<SimulatedCall> CallsOf(const Facts& facts, const policy::Principal& caller) {
  return Scenario(facts, caller).Calls();
}

std::string ExportFolder(const std::string& prefix) {
  return prefix + (prefix.empty() || prefix.ends_with('/') ? "" : "/") + "AWSDynamoDB/";
}

std::string BucketRegionOf(const Facts& facts) {
  if (!facts.bucket_region.empty()) return facts.bucket_region;
  std::string region = FieldOf(facts.table_arn, 3);
  return region.empty() ? kRegion : region;
}

}  // namespace dray::doctor
