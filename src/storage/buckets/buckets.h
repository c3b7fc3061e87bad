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
}  // namespace reason

// Who asks, and the request facts that condition keys and checks need.
struct RequestContext {
  access::Caller caller;
  std::optional<std::string> expected_bucket_owner;  // mismatch: kAccessDenied before anything else
  policy::Context extra;                             // s3:x-amz-acl and the like
  // Where the full explanation of a denial is put (audit line, failure_detail of a job); may be
  // null.
  std::string* denied_detail = nullptr;
};

// Errors are those of objects::ObjectStore plus kAccessDenied (reason access::reason::kDenied, with
// AWS's text; the full explanation goes to RequestContext::denied_detail).
class Buckets {
 public:
  static std::unique_ptr<Buckets> Make(objects::ObjectStore& store, access::Authorizer& authorizer);
  virtual ~Buckets() = default;

  virtual base::Status CreateBucket(const RequestContext& context, std::string_view bucket) = 0;
  virtual base::Result<objects::BucketInfo> HeadBucket(const RequestContext& context,
                                                       std::string_view bucket) = 0;
  virtual base::Result<objects::BucketInfo> GetBucketLocation(const RequestContext& context,
                                                              std::string_view bucket) = 0;
  virtual base::Result<std::vector<objects::BucketInfo>> ListBuckets(
      const RequestContext& context) = 0;
  virtual base::Status DeleteBucket(const RequestContext& context, std::string_view bucket) = 0;
  virtual base::Result<std::string> GetBucketPolicy(const RequestContext& context,
                                                    std::string_view bucket) = 0;
  virtual base::Status PutBucketPolicy(const RequestContext& context, std::string_view bucket,
                                       std::string_view policy_json) = 0;
  virtual base::Status DeleteBucketPolicy(const RequestContext& context,
                                          std::string_view bucket) = 0;
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
  // What ListParts says of the upload itself; authorised as ListParts.
  virtual base::Result<objects::UploadInfo> GetMultipartUpload(const RequestContext& context,
                                                               std::string_view bucket,
                                                               std::string_view key,
                                                               std::string_view upload_id) = 0;
  virtual base::Result<std::vector<objects::UploadInfo>> ListMultipartUploads(
      const RequestContext& context, std::string_view bucket, std::string_view prefix) = 0;
};

}  // namespace dray::buckets
