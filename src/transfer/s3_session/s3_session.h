// SPDX-License-Identifier: Apache-2.0
// What a job does in one bucket in the name of its caller. Two implementations: a bucket of this
// server, through storage/buckets as a forward access session of DynamoDB; a bucket of a remote
// target, over S3's protocol (remote_targets.h). The pipelines do not know which. Every call is
// authorised anew. Remembers what the first failing call was, for the job's failure_detail.
// Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/access/access.h"
#include "storage/buckets/buckets.h"
#include "transfer/jobs/jobs.h"
#include "transfer/s3_session/failure.h"
#include "transfer/s3_session/remote_targets.h"

namespace dray::s3_session {

inline constexpr std::string_view kService = "dynamodb.amazonaws.com";

class S3Session {
 public:
  virtual ~S3Session() = default;

  // All of them: kUnavailable only when the server stops.
  virtual base::Status PutObject(std::string_view key, std::string_view bytes,
                                 const objects::PutOptions& options) = 0;
  virtual base::Result<std::string> CreateUpload(std::string_view key,
                                                 const objects::PutOptions& options) = 0;
  virtual base::Result<objects::PartInfo> UploadPart(std::string_view key,
                                                     std::string_view upload_id, uint32_t number,
                                                     std::string_view bytes) = 0;
  virtual base::Result<objects::ObjectInfo> CompleteUpload(
      std::string_view key, std::string_view upload_id,
      const std::vector<objects::CompletePart>& parts) = 0;
  // Its failure is no reason for the job's: the first failure stands. What could not be aborted is
  // named behind it.
  virtual base::Status AbortUpload(std::string_view key, std::string_view upload_id) = 0;
  // Open uploads under a prefix. It needs more rights than a job does, so that a refusal is not
  // remembered either.
  virtual base::Result<std::vector<objects::UploadInfo>> ListUploads(std::string_view prefix) = 0;
  virtual base::Result<objects::ListResult> List(const objects::ListRequest& request) = 0;
  // The session outlives what is opened.
  virtual base::Result<objects::OpenedObject> Open(std::string_view key) = 0;

  virtual const std::string& bucket() const = 0;
  // For an error of this session or of anything else that ended the job.
  virtual jobs::Failure Explain(const base::Error& error) = 0;
};

// `owner`: S3BucketOwner as sent; omitted it is the caller's account. A bucket that one of `remote`
// lists is that target's, any other this server's. The references outlive the session; `progress`
// is asked while a remote endpoint is slow, and told of requests that are tried again.
std::unique_ptr<S3Session> OpenSession(buckets::Buckets& buckets, const RemoteTargets* remote,
                                       const access::Caller& caller, std::string bucket,
                                       const std::optional<std::string>& owner,
                                       jobs::Progress& progress);

}  // namespace dray::s3_session
