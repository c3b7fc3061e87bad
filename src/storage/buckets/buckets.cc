// SPDX-License-Identifier: Apache-2.0
#include "storage/buckets/buckets.h"

#include <utility>

#include "storage/buckets/access_settings.h"
#include "storage/buckets/authorisation.h"

namespace dray::buckets {
namespace {

using base::Result;
using base::Status;
using objects::BucketInfo;
using objects::ObjectInfo;

constexpr std::string_view kGet = "s3:GetObject";

class BucketService final : public Buckets {
 public:
  BucketService(objects::ObjectStore& store, access::Authorizer& authorizer,
                access::CredentialSource* accounts)
      : store_(store), may_(store, authorizer), settings_(store, may_, accounts) {}

  Status CreateBucket(const RequestContext& context, std::string_view bucket,
                      const BucketToCreate& wanted) override {
    RETURN_IF_ERROR(objects::CheckBucketName(bucket));
    ASSIGN_OR_RETURN(auto settings, settings_.SettingsOfNew(context, bucket, wanted));
    return store_.CreateBucket(bucket, context.caller.account(), settings);
  }
  Result<BucketInfo> HeadBucket(const RequestContext& context, std::string_view bucket) override {
    return may_.RequireBucket(context, bucket, "s3:ListBucket");
  }
  Result<BucketInfo> GetBucketLocation(const RequestContext& context,
                                       std::string_view bucket) override {
    return may_.RequireBucket(context, bucket, "s3:GetBucketLocation");
  }
  Result<std::vector<BucketInfo>> ListBuckets(const RequestContext& context) override {
    RETURN_IF_ERROR(may_.RequireOfAccount(context, "s3:ListAllMyBuckets", "*"));
    return store_.ListBuckets(context.caller.account());
  }
  Status DeleteBucket(const RequestContext& context, std::string_view bucket) override {
    RETURN_IF_ERROR(may_.RequireBucket(context, bucket, "s3:DeleteBucket"));
    return store_.DeleteBucket(bucket);
  }

  Result<std::string> GetBucketPolicy(const RequestContext& context,
                                      std::string_view bucket) override {
    return settings_.GetPolicy(context, bucket);
  }
  Status PutBucketPolicy(const RequestContext& context, std::string_view bucket,
                         std::string_view policy_json, bool confirms_lockout) override {
    return settings_.PutPolicy(context, bucket, policy_json, confirms_lockout);
  }
  Status DeleteBucketPolicy(const RequestContext& context, std::string_view bucket) override {
    return settings_.DeletePolicy(context, bucket);
  }
  Result<bool> IsBucketPolicyPublic(const RequestContext& context,
                                    std::string_view bucket) override {
    return settings_.IsPolicyPublic(context, bucket);
  }
  Result<objects::PublicAccessBlock> GetPublicAccessBlock(const RequestContext& context,
                                                          std::string_view bucket) override {
    return settings_.GetBlock(context, bucket);
  }
  Status SetPublicAccessBlock(const RequestContext& context, std::string_view bucket,
                              std::optional<objects::PublicAccessBlock> block) override {
    return settings_.SetBlock(context, bucket, block);
  }
  Result<objects::PublicAccessBlock> GetAccountBlock(const RequestContext& context,
                                                     std::string_view account) override {
    return settings_.GetAccountBlock(context, account);
  }
  Status SetAccountBlock(const RequestContext& context, std::string_view account,
                         std::optional<objects::PublicAccessBlock> block) override {
    return settings_.SetAccountBlock(context, account, block);
  }
  Result<objects::ObjectOwnership> GetOwnership(const RequestContext& context,
                                                std::string_view bucket) override {
    return settings_.GetOwnership(context, bucket);
  }
  Status SetOwnership(const RequestContext& context, std::string_view bucket,
                      std::optional<objects::ObjectOwnership> ownership) override {
    return settings_.SetOwnership(context, bucket, ownership);
  }
  Result<AccessControl> GetBucketAcl(const RequestContext& context,
                                     std::string_view bucket) override {
    return settings_.GetBucketAcl(context, bucket);
  }
  Status PutBucketAcl(const RequestContext& context, std::string_view bucket,
                      const RequestedAcl& acl) override {
    return settings_.PutBucketAcl(context, bucket, acl);
  }
  Result<AccessControl> GetObjectAcl(const RequestContext& context, std::string_view bucket,
                                     std::string_view key) override {
    return settings_.GetObjectAcl(context, bucket, key);
  }
  Status PutObjectAcl(const RequestContext& context, std::string_view bucket, std::string_view key,
                      const RequestedAcl& acl) override {
    return settings_.PutObjectAcl(context, bucket, key, acl);
  }
  Result<std::string> CanonicalIdOf(std::string_view account) override {
    return settings_.CanonicalIdOf(account);
  }

  Status GetBucketEncryption(const RequestContext& context, std::string_view bucket) override {
    RETURN_IF_ERROR(may_.RequireBucket(context, bucket, "s3:GetEncryptionConfiguration"));
    return base::Ok();
  }
  Status PutBucketEncryption(const RequestContext& context, std::string_view bucket) override {
    RETURN_IF_ERROR(may_.RequireBucket(context, bucket, "s3:PutEncryptionConfiguration"));
    return base::Ok();
  }

  Result<ObjectInfo> PutObject(const RequestContext& context, std::string_view bucket,
                               std::string_view key, base::ByteSource& body,
                               const objects::PutOptions& options) override {
    objects::PutOptions with_owner = options;
    RETURN_IF_ERROR(RequirePut(context, bucket, key, with_owner));
    return store_.Put(bucket, key, body, with_owner);
  }
  Result<objects::OpenedObject> GetObject(const RequestContext& context, std::string_view bucket,
                                          std::string_view key,
                                          std::optional<objects::ByteRange> range) override {
    ASSIGN_OR_RETURN(BucketInfo info, may_.Find(context, bucket));
    std::optional<ObjectInfo> seen;
    if (info.settings.has_acls()) {
      ASSIGN_OR_RETURN(seen, may_.FindObject(context, info, kGet, key));
    } else {
      RETURN_IF_ERROR(may_.Require(context, info, kGet, &key));
    }
    auto opened = store_.Open(bucket, key, range);
    if (!opened) return may_.HideAbsence(context, info, std::move(opened).error());
    // Replaced by another writer meanwhile: what is given out is what the caller may have.
    if (seen &&
        (seen->owner_account != opened->info.owner_account || seen->acl != opened->info.acl)) {
      RETURN_IF_ERROR(may_.RequireExisting(context, info, kGet, key, opened->info));
    }
    return opened;
  }
  Result<ObjectInfo> HeadObject(const RequestContext& context, std::string_view bucket,
                                std::string_view key) override {
    ASSIGN_OR_RETURN(BucketInfo info, may_.Find(context, bucket));
    return may_.FindObject(context, info, kGet, key);
  }
  Status DeleteObject(const RequestContext& context, std::string_view bucket,
                      std::string_view key) override {
    RETURN_IF_ERROR(may_.RequireObject(context, bucket, key, "s3:DeleteObject"));
    return store_.Delete(bucket, key);
  }
  Result<objects::ListResult> ListObjects(const RequestContext& context, std::string_view bucket,
                                          const objects::ListRequest& request) override {
    RequestContext with_keys = context;
    AddKey("s3:prefix", request.prefix, with_keys.extra);
    AddKey("s3:delimiter", request.delimiter, with_keys.extra);
    ASSIGN_OR_RETURN(BucketInfo info, may_.RequireBucket(with_keys, bucket, "s3:ListBucket"));
    ASSIGN_OR_RETURN(objects::ListResult list, store_.List(bucket, request));
    if (!info.settings.has_acls()) {
      for (ObjectInfo& object : list.objects) object.owner_account.clear();
    }
    return list;
  }

  Result<std::string> CreateMultipartUpload(const RequestContext& context, std::string_view bucket,
                                            std::string_view key,
                                            const objects::PutOptions& options) override {
    objects::PutOptions with_initiator = options;
    RETURN_IF_ERROR(RequirePut(context, bucket, key, with_initiator));
    with_initiator.initiator = context.caller.principal.arn;
    return store_.CreateUpload(bucket, key, with_initiator);
  }
  Result<objects::PartInfo> UploadPart(const RequestContext& context, std::string_view bucket,
                                       std::string_view key, std::string_view upload_id,
                                       uint32_t number, base::ByteSource& body,
                                       const objects::PutOptions& options) override {
    RETURN_IF_ERROR(may_.RequireObject(context, bucket, key, "s3:PutObject"));
    return store_.PutPart(bucket, key, upload_id, number, body, options);
  }
  Result<ObjectInfo> CompleteMultipartUpload(const RequestContext& context, std::string_view bucket,
                                             std::string_view key, std::string_view upload_id,
                                             const std::vector<objects::CompletePart>& parts,
                                             const objects::CompleteOptions& options) override {
    RETURN_IF_ERROR(may_.RequireObject(context, bucket, key, "s3:PutObject"));
    return store_.CompleteUpload(bucket, key, upload_id, parts, options);
  }
  Status AbortMultipartUpload(const RequestContext& context, std::string_view bucket,
                              std::string_view key, std::string_view upload_id) override {
    RETURN_IF_ERROR(
        may_.RequireObjectOrInitiator(context, bucket, key, upload_id, "s3:AbortMultipartUpload"));
    return store_.AbortUpload(bucket, key, upload_id);
  }
  Result<std::vector<objects::PartInfo>> ListParts(const RequestContext& context,
                                                   std::string_view bucket, std::string_view key,
                                                   std::string_view upload_id) override {
    RETURN_IF_ERROR(may_.RequireObjectOrInitiator(context, bucket, key, upload_id,
                                                  "s3:ListMultipartUploadParts"));
    return store_.ListParts(bucket, key, upload_id);
  }
  Result<objects::UploadInfo> GetMultipartUpload(const RequestContext& context,
                                                 std::string_view bucket, std::string_view key,
                                                 std::string_view upload_id) override {
    RETURN_IF_ERROR(may_.RequireObjectOrInitiator(context, bucket, key, upload_id,
                                                  "s3:ListMultipartUploadParts"));
    ASSIGN_OR_RETURN(BucketInfo info, store_.GetBucket(bucket));
    ASSIGN_OR_RETURN(objects::UploadInfo upload, store_.GetUpload(bucket, key, upload_id));
    SetOwner(info, upload);
    return upload;
  }
  Result<std::vector<objects::UploadInfo>> ListMultipartUploads(const RequestContext& context,
                                                                std::string_view bucket,
                                                                std::string_view prefix) override {
    ASSIGN_OR_RETURN(BucketInfo info,
                     may_.RequireBucket(context, bucket, "s3:ListBucketMultipartUploads"));
    ASSIGN_OR_RETURN(auto uploads, store_.ListUploads(bucket, prefix));
    for (objects::UploadInfo& upload : uploads) SetOwner(info, upload);
    return uploads;
  }

 private:
  static void AddKey(std::string_view name, const std::string& value, policy::Context& extra) {
    if (!value.empty() && extra.Find(name) == nullptr) extra.Set(name, value);
  }

  static void SetOwner(const BucketInfo& bucket, objects::UploadInfo& upload) {
    if (upload.owner_account.empty() || !bucket.settings.has_acls()) {
      upload.owner_account = bucket.owner_account;
    }
  }

  // Also sets the owner and the ACL of what is put.
  Status RequirePut(const RequestContext& context, std::string_view bucket, std::string_view key,
                    objects::PutOptions& options) {
    ASSIGN_OR_RETURN(BucketInfo info, may_.Find(context, bucket));
    RETURN_IF_ERROR(may_.Require(context, info, "s3:PutObject", &key));
    // Whoever sends an ACL with the object must be allowed to set it, even one that changes
    // nothing.
    if (context.acl) RETURN_IF_ERROR(may_.Require(context, info, "s3:PutObjectAcl", &key));
    return settings_.SetOwnerOfNew(context, info, key, options);
  }

  objects::ObjectStore& store_;
  Authorisation may_;
  AccessSettings settings_;
};

}  // namespace

std::unique_ptr<Buckets> Buckets::Make(objects::ObjectStore& store, access::Authorizer& authorizer,
                                       access::CredentialSource* accounts) {
  return std::make_unique<BucketService>(store, authorizer, accounts);
}

}  // namespace dray::buckets
