// SPDX-License-Identifier: Apache-2.0
// The bucket service: every S3 request passes here, from the S3 API and from export and import jobs
// alike. Each call checks the expected owner, then authorises the caller against the bucket's
// policy, anew each time, then works on the object store. There is no other way to an object
// (decision 8). Thread-safe.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/access/access.h"
#include "storage/objects/object_store.h"

namespace dray::buckets {

namespace reason {
inline constexpr std::string_view kMethodNotAllowed =
    "method_not_allowed";  // policy of a foreign bucket
inline constexpr std::string_view kMalformedPolicy = "malformed_policy";
inline constexpr std::string_view kNoSuchBlock = "no_such_public_access_block";
inline constexpr std::string_view kNoSuchOwnership = "no_such_ownership_controls";
// The bucket's ownership setting takes no ACLs; an ACL is in the way of that setting.
inline constexpr std::string_view kAclNotSupported = "acl_not_supported";
inline constexpr std::string_view kAclAgainstOwnership = "acl_against_ownership";
inline constexpr std::string_view kAclAgainstBlock = "acl_against_public_access_block";
inline constexpr std::string_view kAclNotImplemented = "acl_not_implemented";
}  // namespace reason

// An ACL as a request gives it: by the name of a canned one, or grant by grant.
struct RequestedAcl {
  std::string canned;                        // empty: `grants`
  objects::Acl grants = {};                  // of canonical users and groups
  std::optional<std::string> owner_id = {};  // what the body says; must be the owner's canonical id
};

// Who asks, and the request facts that condition keys and checks need.
struct RequestContext {
  access::Caller caller;
  std::optional<std::string> expected_bucket_owner;  // mismatch: kAccessDenied before anything else
  policy::Context extra;                             // s3:x-amz-acl and the like
  std::optional<RequestedAcl> acl = {};  // of what is created: a bucket, an object, an upload
  // Where the full explanation of a denial is put (audit line, failure_detail of a job); may be
  // null.
  std::string* denied_detail = nullptr;
};

struct BucketToCreate {
  std::optional<objects::ObjectOwnership> ownership = {};  // absent: the default
};

// Who owns a bucket or an object, and what others may do with it by ACL.
struct AccessControl {
  std::string owner_id;  // canonical
  objects::Acl grants;   // the owner's FULL_CONTROL, too
};

// Errors are those of objects::ObjectStore plus kAccessDenied (reason access::reason::kDenied, with
// AWS's text; the full explanation goes to RequestContext::denied_detail).
class Buckets {
 public:
  // `accounts` (or null) knows the canonical ids of accounts.
  static std::unique_ptr<Buckets> Make(objects::ObjectStore& store, access::Authorizer& authorizer,
                                       access::CredentialSource* accounts = nullptr);
  virtual ~Buckets() = default;

  // With Block Public Access on, all four settings.
  virtual base::Status CreateBucket(const RequestContext& context, std::string_view bucket,
                                    const BucketToCreate& wanted = {}) = 0;
  virtual base::Result<objects::BucketInfo> HeadBucket(const RequestContext& context,
                                                       std::string_view bucket) = 0;
  virtual base::Result<objects::BucketInfo> GetBucketLocation(const RequestContext& context,
                                                              std::string_view bucket) = 0;
  virtual base::Result<std::vector<objects::BucketInfo>> ListBuckets(
      const RequestContext& context) = 0;
  virtual base::Status DeleteBucket(const RequestContext& context, std::string_view bucket) = 0;
  virtual base::Result<std::string> GetBucketPolicy(const RequestContext& context,
                                                    std::string_view bucket) = 0;
  // Refused (kAccessDenied) when the caller could not change it again, unless
  // `confirms_lockout`; the root user of the bucket's account always can.
  virtual base::Status PutBucketPolicy(const RequestContext& context, std::string_view bucket,
                                       std::string_view policy_json,
                                       bool confirms_lockout = false) = 0;
  virtual base::Status DeleteBucketPolicy(const RequestContext& context,
                                          std::string_view bucket) = 0;
  virtual base::Result<bool> IsBucketPolicyPublic(const RequestContext& context,
                                                  std::string_view bucket) = 0;

  // Block Public Access of a bucket, and of the caller's own account. Of bucket and account the
  // stricter setting counts.
  virtual base::Result<objects::PublicAccessBlock> GetPublicAccessBlock(
      const RequestContext& context, std::string_view bucket) = 0;
  virtual base::Status SetPublicAccessBlock(const RequestContext& context, std::string_view bucket,
                                            std::optional<objects::PublicAccessBlock> block) = 0;
  virtual base::Result<objects::PublicAccessBlock> GetAccountBlock(const RequestContext& context,
                                                                   std::string_view account) = 0;
  virtual base::Status SetAccountBlock(const RequestContext& context, std::string_view account,
                                       std::optional<objects::PublicAccessBlock> block) = 0;

  virtual base::Result<objects::ObjectOwnership> GetOwnership(const RequestContext& context,
                                                              std::string_view bucket) = 0;
  virtual base::Status SetOwnership(const RequestContext& context, std::string_view bucket,
                                    std::optional<objects::ObjectOwnership> ownership) = 0;
  virtual base::Result<AccessControl> GetBucketAcl(const RequestContext& context,
                                                   std::string_view bucket) = 0;
  virtual base::Status PutBucketAcl(const RequestContext& context, std::string_view bucket,
                                    const RequestedAcl& acl) = 0;
  virtual base::Result<AccessControl> GetObjectAcl(const RequestContext& context,
                                                   std::string_view bucket,
                                                   std::string_view key) = 0;
  virtual base::Status PutObjectAcl(const RequestContext& context, std::string_view bucket,
                                    std::string_view key, const RequestedAcl& acl) = 0;
  // Of the account of a bucket or an object, for answers that name owners.
  virtual base::Result<std::string> CanonicalIdOf(std::string_view account) = 0;

  // Whether the caller may see, or set, the default encryption; every bucket has the same.
  virtual base::Status GetBucketEncryption(const RequestContext& context,
                                           std::string_view bucket) = 0;
  virtual base::Status PutBucketEncryption(const RequestContext& context,
                                           std::string_view bucket) = 0;

  virtual base::Result<objects::ObjectInfo> PutObject(const RequestContext& context,
                                                      std::string_view bucket, std::string_view key,
                                                      base::ByteSource& body,
                                                      const objects::PutOptions& options) = 0;
  virtual base::Result<objects::OpenedObject> GetObject(
      const RequestContext& context, std::string_view bucket, std::string_view key,
      std::optional<objects::ByteRange> range) = 0;
  virtual base::Result<objects::ObjectInfo> HeadObject(const RequestContext& context,
                                                       std::string_view bucket,
                                                       std::string_view key) = 0;
  virtual base::Status DeleteObject(const RequestContext& context, std::string_view bucket,
                                    std::string_view key) = 0;
  virtual base::Result<objects::ListResult> ListObjects(const RequestContext& context,
                                                        std::string_view bucket,
                                                        const objects::ListRequest& request) = 0;

  virtual base::Result<std::string> CreateMultipartUpload(const RequestContext& context,
                                                          std::string_view bucket,
                                                          std::string_view key,
                                                          const objects::PutOptions& options) = 0;
  virtual base::Result<objects::PartInfo> UploadPart(const RequestContext& context,
                                                     std::string_view bucket, std::string_view key,
                                                     std::string_view upload_id, uint32_t number,
                                                     base::ByteSource& body,
                                                     const objects::PutOptions& options) = 0;
  virtual base::Result<objects::ObjectInfo> CompleteMultipartUpload(
      const RequestContext& context, std::string_view bucket, std::string_view key,
      std::string_view upload_id, const std::vector<objects::CompletePart>& parts,
      const objects::CompleteOptions& options = {}) = 0;
  // The initiator may abort and list its own upload unless a policy denies it explicitly; others
  // need s3:AbortMultipartUpload and s3:ListMultipartUploadParts.
  virtual base::Status AbortMultipartUpload(const RequestContext& context, std::string_view bucket,
                                            std::string_view key, std::string_view upload_id) = 0;
  virtual base::Result<std::vector<objects::PartInfo>> ListParts(const RequestContext& context,
                                                                 std::string_view bucket,
                                                                 std::string_view key,
                                                                 std::string_view upload_id) = 0;
  // What ListParts says of the upload itself; authorised as ListParts. Here and in lists of uploads
  // `owner_account` is never empty.
  virtual base::Result<objects::UploadInfo> GetMultipartUpload(const RequestContext& context,
                                                               std::string_view bucket,
                                                               std::string_view key,
                                                               std::string_view upload_id) = 0;
  virtual base::Result<std::vector<objects::UploadInfo>> ListMultipartUploads(
      const RequestContext& context, std::string_view bucket, std::string_view prefix) = 0;
};

}  // namespace dray::buckets
