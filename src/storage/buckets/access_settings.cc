// SPDX-License-Identifier: Apache-2.0
#include "storage/buckets/access_settings.h"

#include <utility>

#include "storage/buckets/acls.h"

namespace dray::buckets {
namespace {

using base::Result;
using base::Status;
using objects::BucketInfo;
using objects::BucketSettings;
using objects::ObjectOwnership;
using objects::PublicAccessBlock;

constexpr size_t kPolicyBytesMax = 20'480;

base::Error Malformed(base::Error error) {
  if (error.kind == base::ErrorKind::kInvalidArgument ||
      error.kind == base::ErrorKind::kLimitExceeded) {
    error.kind = base::ErrorKind::kInvalidArgument;
    error.reason = reason::kMalformedPolicy;
  }
  return error;
}

std::string ArnOf(std::string_view bucket, const std::string_view* key) {
  std::string arn = "arn:aws:s3:::" + std::string(bucket);
  if (key != nullptr) arn.append("/").append(*key);
  return arn;
}

// A denial that no policy made: `why` is for the caller's own account only, the audit has it
// always.
base::Error DeniedBecause(const RequestContext& context, const std::string& bucket_account,
                          std::string_view action, const std::string& resource,
                          std::string_view why) {
  std::string text = "User: " + context.caller.principal.arn +
                     " is not authorized to perform: " + std::string(action) + " on resource: \"" +
                     resource + "\" because " + std::string(why);
  if (context.denied_detail != nullptr) *context.denied_detail = text;
  if (context.caller.is_anonymous() || context.caller.account() != bucket_account) {
    text = "Access Denied";
  }
  return base::Error{base::ErrorKind::kAccessDenied, std::move(text), access::reason::kDenied};
}

constexpr std::string_view kPolicyIsBlocked =
    "public policies are blocked by the BlockPublicPolicy block public access setting.";
constexpr std::string_view kAclIsBlocked =
    "public access control lists (ACLs) are blocked by the BlockPublicAcls block public access "
    "setting.";
constexpr std::string_view kLocksOut =
    "the new bucket policy would not let this caller change it again. Send "
    "x-amz-confirm-remove-self-bucket-access: true to put it nevertheless; the root user of the "
    "bucket's account can always replace it.";

base::Error AclNotSupported() {
  return {base::ErrorKind::kInvalidArgument, "The bucket does not allow ACLs",
          reason::kAclNotSupported};
}

base::Error AclAgainstOwnership() {
  return {base::ErrorKind::kInvalidArgument,
          "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
          reason::kAclAgainstOwnership};
}

base::Error NoBlock() {
  return {base::ErrorKind::kNotFound, "The public access block configuration was not found",
          reason::kNoSuchBlock};
}

}  // namespace

// ---- policy ----

// Policies belong to the bucket's account: its root always may, so that nobody can lock it out;
// other accounts never may, and with permission are told so.
Result<BucketInfo> AccessSettings::RequirePolicyCall(const RequestContext& context,
                                                     std::string_view bucket,
                                                     std::string_view action) {
  ASSIGN_OR_RETURN(BucketInfo info, may_.Find(context, bucket));
  bool is_own = !context.caller.is_anonymous() && context.caller.account() == info.owner_account;
  if (is_own && context.caller.principal.type == policy::Principal::Type::kRoot) return info;
  RETURN_IF_ERROR(may_.Require(context, info, action, nullptr));
  if (is_own) return info;
  return base::Error{base::ErrorKind::kAccessDenied,
                     "The specified method is not allowed against this resource.",
                     reason::kMethodNotAllowed};
}

Result<std::string> AccessSettings::GetPolicy(const RequestContext& context,
                                              std::string_view bucket) {
  ASSIGN_OR_RETURN(BucketInfo info, RequirePolicyCall(context, bucket, "s3:GetBucketPolicy"));
  if (info.settings.policy_json) return *std::move(info.settings.policy_json);
  return base::Error{base::ErrorKind::kNotFound, "The bucket policy does not exist",
                     objects::reason::kNoSuchBucketPolicy};
}

Result<bool> AccessSettings::IsPolicyPublic(const RequestContext& context,
                                            std::string_view bucket) {
  ASSIGN_OR_RETURN(BucketInfo info,
                   may_.RequireBucket(context, bucket, "s3:GetBucketPolicyStatus"));
  if (!info.settings.policy_json) {
    return base::Error{base::ErrorKind::kNotFound, "The bucket policy does not exist",
                       objects::reason::kNoSuchBucketPolicy};
  }
  ASSIGN_OR_RETURN(auto document, policy::Document::Parse(*info.settings.policy_json,
                                                          policy::DocumentKind::kResource));
  return document->public_statement().has_value();
}

Status AccessSettings::PutPolicy(const RequestContext& context, std::string_view bucket,
                                 std::string_view policy_json, bool confirms_lockout) {
  ASSIGN_OR_RETURN(BucketInfo info, RequirePolicyCall(context, bucket, "s3:PutBucketPolicy"));
  auto document =
      policy::Document::Parse(policy_json, policy::DocumentKind::kResource, kPolicyBytesMax);
  if (!document) return Malformed(std::move(document).error());
  if (auto status = policy::ValidateBucketPolicy(**document, bucket); !status) {
    return Malformed(std::move(status).error());
  }
  auto denied = [&](std::string_view why) {
    return DeniedBecause(context, info.owner_account, "s3:PutBucketPolicy", ArnOf(bucket, nullptr),
                         why);
  };
  if (context.caller.principal.type != policy::Principal::Type::kRoot && !confirms_lockout) {
    BucketInfo then = info;
    then.settings.policy_json = std::string(policy_json);
    ASSIGN_OR_RETURN(auto decision, may_.Decide(context, then, "s3:PutBucketPolicy", nullptr));
    if (!decision.is_allowed()) return denied(kLocksOut);
  }
  return store_.ChangeBucket(bucket, [&](BucketSettings& settings) -> Status {
    if ((*document)->public_statement()) {
      ASSIGN_OR_RETURN(auto block, may_.BlockOf(info.owner_account, settings));
      if (block.block_public_policy) return denied(kPolicyIsBlocked);
    }
    settings.policy_json = std::string(policy_json);
    return base::Ok();
  });
}

Status AccessSettings::DeletePolicy(const RequestContext& context, std::string_view bucket) {
  RETURN_IF_ERROR(RequirePolicyCall(context, bucket, "s3:DeleteBucketPolicy"));
  return store_.ChangeBucket(bucket, [](BucketSettings& settings) {
    settings.policy_json.reset();
    return base::Ok();
  });
}

// ---- Block Public Access ----

Result<PublicAccessBlock> AccessSettings::GetBlock(const RequestContext& context,
                                                   std::string_view bucket) {
  ASSIGN_OR_RETURN(BucketInfo info,
                   may_.RequireBucket(context, bucket, "s3:GetBucketPublicAccessBlock"));
  if (!info.settings.public_access_block) return NoBlock();
  return *info.settings.public_access_block;
}

Status AccessSettings::SetBlock(const RequestContext& context, std::string_view bucket,
                                std::optional<PublicAccessBlock> block) {
  RETURN_IF_ERROR(may_.RequireBucket(context, bucket, "s3:PutBucketPublicAccessBlock"));
  return store_.ChangeBucket(bucket, [&](BucketSettings& settings) {
    settings.public_access_block = block;
    return base::Ok();
  });
}

// These settings are each account's own.
Status AccessSettings::RequireOwnAccount(const RequestContext& context, std::string_view account,
                                         std::string_view action) {
  RETURN_IF_ERROR(may_.RequireOfAccount(context, action, "*"));
  if (context.caller.account() == account) return base::Ok();
  return DeniedBecause(context, std::string(account), action, "*",
                       "the account in x-amz-account-id is not its own.");
}

Result<PublicAccessBlock> AccessSettings::GetAccountBlock(const RequestContext& context,
                                                          std::string_view account) {
  RETURN_IF_ERROR(RequireOwnAccount(context, account, "s3:GetAccountPublicAccessBlock"));
  ASSIGN_OR_RETURN(auto block, store_.GetAccountBlock(account));
  if (!block) return NoBlock();
  return *block;
}

Status AccessSettings::SetAccountBlock(const RequestContext& context, std::string_view account,
                                       std::optional<PublicAccessBlock> block) {
  RETURN_IF_ERROR(RequireOwnAccount(context, account, "s3:PutAccountPublicAccessBlock"));
  return store_.SetAccountBlock(account, block);
}

// ---- ownership ----

Result<ObjectOwnership> AccessSettings::GetOwnership(const RequestContext& context,
                                                     std::string_view bucket) {
  ASSIGN_OR_RETURN(BucketInfo info,
                   may_.RequireBucket(context, bucket, "s3:GetBucketOwnershipControls"));
  if (info.settings.ownership) return *info.settings.ownership;
  return base::Error{base::ErrorKind::kNotFound, "The bucket ownership controls were not found",
                     reason::kNoSuchOwnership};
}

Status AccessSettings::SetOwnership(const RequestContext& context, std::string_view bucket,
                                    std::optional<ObjectOwnership> ownership) {
  ASSIGN_OR_RETURN(BucketInfo info,
                   may_.RequireBucket(context, bucket, "s3:PutBucketOwnershipControls"));
  ASSIGN_OR_RETURN(std::string owner_id, CanonicalIdOf(info.owner_account));
  return store_.ChangeBucket(bucket, [&](BucketSettings& settings) -> Status {
    if (ownership == ObjectOwnership::kBucketOwnerEnforced &&
        HasForeignGrants(settings.acl, owner_id)) {
      return AclAgainstOwnership();
    }
    settings.ownership = ownership;
    return base::Ok();
  });
}

// ---- ACLs ----

Result<AccessControl> AccessSettings::Describe(std::string_view owner_account,
                                               const std::optional<objects::Acl>& acl) {
  AccessControl control;
  ASSIGN_OR_RETURN(control.owner_id, CanonicalIdOf(owner_account));
  if (acl) {
    control.grants = *acl;
  } else {
    control.grants = {{objects::Grant::Grantee::kCanonicalUser, control.owner_id,
                       objects::Permission::kFullControl}};
  }
  return control;
}

Result<std::optional<objects::Acl>> AccessSettings::AclToSet(const RequestContext& context,
                                                             const Subject& subject,
                                                             const RequestedAcl& acl) {
  const BucketInfo& bucket = subject.bucket;
  ASSIGN_OR_RETURN(std::string owner_id, CanonicalIdOf(subject.owner_account));
  ASSIGN_OR_RETURN(std::string bucket_owner_id, CanonicalIdOf(bucket.owner_account));
  const bool is_object = subject.key != nullptr;
  const std::string_view action = is_object ? "s3:PutObjectAcl" : "s3:PutBucketAcl";
  auto denied = [&](std::string_view why) {
    return DeniedBecause(context, bucket.owner_account, action, ArnOf(bucket.name, subject.key),
                         why);
  };
  if (acl.owner_id && *acl.owner_id != owner_id) {
    return denied("the ACL names another owner, and ACLs cannot change the owner.");
  }
  ASSIGN_OR_RETURN(auto grants, Resolve(acl, is_object ? AclTarget::kObject : AclTarget::kBucket,
                                        owner_id, bucket_owner_id));
  if (IsPublic(grants)) {
    ASSIGN_OR_RETURN(auto block, may_.BlockOf(bucket.owner_account, bucket.settings));
    if (block.block_public_acls) return denied(kAclIsBlocked);
  }
  return grants;
}

Result<AccessControl> AccessSettings::GetBucketAcl(const RequestContext& context,
                                                   std::string_view bucket) {
  ASSIGN_OR_RETURN(BucketInfo info, may_.RequireBucket(context, bucket, "s3:GetBucketAcl"));
  return Describe(info.owner_account, info.settings.has_acls() ? info.settings.acl : std::nullopt);
}

Status AccessSettings::PutBucketAcl(const RequestContext& context, std::string_view bucket,
                                    const RequestedAcl& acl) {
  ASSIGN_OR_RETURN(BucketInfo info, may_.RequireBucket(context, bucket, "s3:PutBucketAcl"));
  return store_.ChangeBucket(bucket, [&](BucketSettings& settings) -> Status {
    if (!settings.has_acls()) return AclNotSupported();
    info.settings = settings;
    ASSIGN_OR_RETURN(settings.acl, AclToSet(context, {info, nullptr, info.owner_account}, acl));
    return base::Ok();
  });
}

Result<AccessControl> AccessSettings::GetObjectAcl(const RequestContext& context,
                                                   std::string_view bucket, std::string_view key) {
  constexpr std::string_view kAction = "s3:GetObjectAcl";
  ASSIGN_OR_RETURN(BucketInfo info, may_.Find(context, bucket));
  ASSIGN_OR_RETURN(objects::ObjectInfo object, may_.FindObject(context, info, kAction, key));
  if (!info.settings.has_acls()) return Describe(info.owner_account, std::nullopt);
  return Describe(object.owner_account.empty() ? info.owner_account : object.owner_account,
                  object.acl);
}

Status AccessSettings::PutObjectAcl(const RequestContext& context, std::string_view bucket,
                                    std::string_view key, const RequestedAcl& acl) {
  constexpr std::string_view kAction = "s3:PutObjectAcl";
  ASSIGN_OR_RETURN(BucketInfo info, may_.Find(context, bucket));
  ASSIGN_OR_RETURN(objects::ObjectInfo object, may_.FindObject(context, info, kAction, key));
  if (!info.settings.has_acls()) return AclNotSupported();
  const std::string& owner =
      object.owner_account.empty() ? info.owner_account : object.owner_account;
  ASSIGN_OR_RETURN(auto grants, AclToSet(context, {info, &key, owner}, acl));
  return store_.SetAcl(bucket, object, std::move(grants));
}

// ---- what is new ----

Result<BucketSettings> AccessSettings::SettingsOfNew(const RequestContext& context,
                                                     std::string_view bucket,
                                                     const BucketToCreate& wanted) {
  const std::string arn = ArnOf(bucket, nullptr);
  RETURN_IF_ERROR(may_.RequireOfAccount(context, "s3:CreateBucket", arn));
  BucketSettings settings;
  settings.public_access_block = PublicAccessBlock{true, true, true, true};
  if (wanted.ownership) {
    RETURN_IF_ERROR(may_.RequireOfAccount(context, "s3:PutBucketOwnershipControls", arn));
    settings.ownership = wanted.ownership;
  }
  if (!context.acl) return settings;
  RETURN_IF_ERROR(may_.RequireOfAccount(context, "s3:PutBucketAcl", arn));
  ASSIGN_OR_RETURN(std::string owner_id, CanonicalIdOf(context.caller.account()));
  ASSIGN_OR_RETURN(settings.acl, Resolve(*context.acl, AclTarget::kBucket, owner_id, owner_id));
  if (!settings.has_acls() && HasForeignGrants(settings.acl, owner_id)) {
    return AclAgainstOwnership();
  }
  if (IsPublic(settings.acl)) {  // as the new bucket has all settings on
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
                       reason::kAclAgainstBlock};
  }
  return settings;
}

Status AccessSettings::SetOwnerOfNew(const RequestContext& context, const BucketInfo& bucket,
                                     std::string_view key, objects::PutOptions& options) {
  const BucketSettings& settings = bucket.settings;
  if (!settings.has_acls()) {
    if (!context.acl) return base::Ok();
    ASSIGN_OR_RETURN(std::string id, CanonicalIdOf(bucket.owner_account));
    return IsBucketOwnerFullControl(*context.acl, id) ? base::Ok() : Status(AclNotSupported());
  }
  const std::string writer = context.caller.is_anonymous() ? "anonymous" : context.caller.account();
  const bool gives_away = settings.ownership == ObjectOwnership::kBucketOwnerPreferred &&
                          context.acl && context.acl->canned == "bucket-owner-full-control";
  if (writer != bucket.owner_account && !gives_away) options.owner_account = writer;
  if (!context.acl) return base::Ok();
  const std::string& owner = gives_away ? bucket.owner_account : writer;
  ASSIGN_OR_RETURN(options.acl, AclToSet(context, {bucket, &key, owner}, *context.acl));
  return base::Ok();
}

}  // namespace dray::buckets
