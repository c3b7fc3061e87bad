// SPDX-License-Identifier: Apache-2.0
#include "storage/buckets/buckets.h"

#include <utility>

#include "storage/buckets/authorisation.h"

namespace dray::buckets {
namespace {

using base::Result;
using base::Status;
using objects::BucketInfo;
using objects::ObjectInfo;

constexpr size_t kPolicyBytesMax = 20'480;

base::Error Malformed(base::Error error) {
  if (error.kind == base::ErrorKind::kInvalidArgument ||
      error.kind == base::ErrorKind::kLimitExceeded) {
    error.kind = base::ErrorKind::kInvalidArgument;
    error.reason = reason::kMalformedPolicy;
  }
  return error;
}

class BucketService final : public Buckets {
 public:
  BucketService(objects::ObjectStore& store, access::Authorizer& authorizer)
      : store_(store), may_(store, authorizer) {}

  Status CreateBucket(const RequestContext& context, std::string_view bucket) override {
    RETURN_IF_ERROR(objects::CheckBucketName(bucket));
    RETURN_IF_ERROR(
        may_.RequireOfAccount(context, "s3:CreateBucket", "arn:aws:s3:::" + std::string(bucket)));
    return store_.CreateBucket(bucket, context.caller.account());
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
    ASSIGN_OR_RETURN(BucketInfo info, RequirePolicyCall(context, bucket, "s3:GetBucketPolicy"));
    if (info.policy_json) return *std::move(info.policy_json);
    return base::Error{base::ErrorKind::kNotFound, "The bucket policy does not exist",
                       objects::reason::kNoSuchBucketPolicy};
  }
  Status PutBucketPolicy(const RequestContext& context, std::string_view bucket,
                         std::string_view policy_json) override {
    RETURN_IF_ERROR(RequirePolicyCall(context, bucket, "s3:PutBucketPolicy"));
    auto document =
        policy::Document::Parse(policy_json, policy::DocumentKind::kResource, kPolicyBytesMax);
    if (!document) return Malformed(std::move(document).error());
    if (auto status = policy::ValidateBucketPolicy(**document, bucket); !status) {
      return Malformed(std::move(status).error());
    }
    return store_.SetPolicy(bucket, std::string(policy_json));
  }
  Status DeleteBucketPolicy(const RequestContext& context, std::string_view bucket) override {
    RETURN_IF_ERROR(RequirePolicyCall(context, bucket, "s3:DeleteBucketPolicy"));
    return store_.SetPolicy(bucket, std::nullopt);
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
    RETURN_IF_ERROR(RequirePut(context, bucket, key));
    return store_.Put(bucket, key, body, options);
  }
  Result<objects::OpenedObject> GetObject(const RequestContext& context, std::string_view bucket,
                                          std::string_view key,
                                          std::optional<objects::ByteRange> range) override {
    ASSIGN_OR_RETURN(BucketInfo info, RequireGet(context, bucket, key));
    auto opened = store_.Open(bucket, key, range);
    if (!opened) return HideAbsence(context, info, std::move(opened).error());
    return opened;
  }
  Result<ObjectInfo> HeadObject(const RequestContext& context, std::string_view bucket,
                                std::string_view key) override {
    ASSIGN_OR_RETURN(BucketInfo info, RequireGet(context, bucket, key));
    auto found = store_.Head(bucket, key);
    if (!found) return HideAbsence(context, info, std::move(found).error());
    return found;
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
    RETURN_IF_ERROR(may_.RequireBucket(with_keys, bucket, "s3:ListBucket"));
    return store_.List(bucket, request);
  }

  Result<std::string> CreateMultipartUpload(const RequestContext& context, std::string_view bucket,
                                            std::string_view key,
                                            const objects::PutOptions& options) override {
    RETURN_IF_ERROR(RequirePut(context, bucket, key));
    objects::PutOptions with_initiator = options;
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
    return store_.GetUpload(bucket, key, upload_id);
  }
  Result<std::vector<objects::UploadInfo>> ListMultipartUploads(const RequestContext& context,
                                                                std::string_view bucket,
                                                                std::string_view prefix) override {
    RETURN_IF_ERROR(may_.RequireBucket(context, bucket, "s3:ListBucketMultipartUploads"));
    return store_.ListUploads(bucket, prefix);
  }

 private:
  static void AddKey(std::string_view name, const std::string& value, policy::Context& extra) {
    if (!value.empty() && extra.Find(name) == nullptr) extra.Set(name, value);
  }

  Status RequirePut(const RequestContext& context, std::string_view bucket, std::string_view key) {
    ASSIGN_OR_RETURN(BucketInfo info, may_.Find(context, bucket));
    RETURN_IF_ERROR(may_.Require(context, info, "s3:PutObject", &key));
    // Whoever sends an ACL with the object must be allowed to set it, even one that changes
    // nothing.
    if (context.extra.Find("s3:x-amz-acl") == nullptr) return base::Ok();
    return may_.Require(context, info, "s3:PutObjectAcl", &key);
  }

  Result<BucketInfo> RequireGet(const RequestContext& context, std::string_view bucket,
                                std::string_view key) {
    ASSIGN_OR_RETURN(BucketInfo info, may_.Find(context, bucket));
    RETURN_IF_ERROR(may_.Require(context, info, "s3:GetObject", &key));
    return info;
  }

  // That a key is absent is told only to those who may list the bucket.
  base::Error HideAbsence(const RequestContext& context, const BucketInfo& bucket,
                          base::Error error) {
    if (error.reason != objects::reason::kNoSuchKey) return error;
    auto status = may_.Require(context, bucket, "s3:ListBucket", nullptr);
    return status ? std::move(error) : std::move(status).error();
  }

  // Policies belong to the bucket's account: its root always may, so that nobody can lock it out;
  // other accounts never may, and with permission are told so.
  Result<BucketInfo> RequirePolicyCall(const RequestContext& context, std::string_view bucket,
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

  objects::ObjectStore& store_;
  Authorisation may_;
};

}  // namespace

std::unique_ptr<Buckets> Buckets::Make(objects::ObjectStore& store,
                                       access::Authorizer& authorizer) {
  return std::make_unique<BucketService>(store, authorizer);
}

}  // namespace dray::buckets
