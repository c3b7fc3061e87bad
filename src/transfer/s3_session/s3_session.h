// SPDX-License-Identifier: Apache-2.0
// What a job does in one bucket in the name of its caller: a forward access session of DynamoDB
// (decision 8). Every call is authorised anew. Remembers what the first failing call was, for the
// job's failure_detail. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/mutex.h"
#include "base/result.h"
#include "security/access/access.h"
#include "storage/buckets/buckets.h"

namespace dray::s3_session {

inline constexpr std::string_view kService = "dynamodb.amazonaws.com";

// How a job ends because of an error.
struct Failure {
  std::string code;     // S3NoSuchBucket, S3AccessDenied, UNKNOWN
  std::string message;  // with S3's suffix "(Service: Amazon S3; Status Code: ...; Proxy: null)"
  std::string detail;   // ours: what was tried, by whom, and the full reason
};

class S3Session {
 public:
  // `owner`: S3BucketOwner as sent; omitted it is the caller's account.
  S3Session(buckets::Buckets& buckets, const access::Caller& caller, std::string bucket,
            const std::optional<std::string>& owner);

  base::Status PutObject(std::string_view key, std::string_view bytes,
                         const objects::PutOptions& options);
  base::Result<std::string> CreateUpload(std::string_view key, const objects::PutOptions& options);
  base::Result<objects::PartInfo> UploadPart(std::string_view key, std::string_view upload_id,
                                             uint32_t number, std::string_view bytes);
  base::Result<objects::ObjectInfo> CompleteUpload(std::string_view key, std::string_view upload_id,
                                                   const std::vector<objects::CompletePart>& parts);
  // Its failure is no reason for the job's: the first failure stands. What could not be aborted is
  // named behind it.
  base::Status AbortUpload(std::string_view key, std::string_view upload_id);
  // Open uploads under a prefix. It needs more rights than a job does, so that a refusal is not
  // remembered either.
  base::Result<std::vector<objects::UploadInfo>> ListUploads(std::string_view prefix);
  base::Result<objects::ListResult> List(const objects::ListRequest& request);
  base::Result<objects::OpenedObject> Open(std::string_view key);

  const std::string& bucket() const { return bucket_; }
  // For an error of this session or of anything else that ended the job.
  Failure Explain(const base::Error& error);

 private:
  // Runs `call(context)`; of the first failure it keeps what was tried and why it was refused.
  template <class Call>
  auto Do(std::string_view action, std::string_view key, Call call);
  void Remember(std::string_view action, std::string_view key, const base::Error& error,
                const std::string& denied_detail);

  buckets::Buckets& buckets_;
  const buckets::RequestContext context_;
  const std::string bucket_;
  base::Mutex mutex_;
  std::string first_failure_ GUARDED_BY(mutex_);
  std::vector<std::string> left_uploads_ GUARDED_BY(mutex_);
};

}  // namespace dray::s3_session
