// SPDX-License-Identifier: Apache-2.0
// A bucket on another S3 endpoint. Before each request the caller's identity policy is asked, then
// whether the target's configuration lists its account and the key; the request is signed as the
// target's credentials and carries nothing of the caller but the expected bucket owner. What passes
// is tried again; what the endpoint stores is compared by its ETag.
#pragma once

#include "base/mutex.h"
#include "client/aws/client.h"
#include "net/client/client.h"
#include "transfer/s3_session/s3_session.h"

namespace dray::s3_session {

class RemoteSession final : public S3Session {
 public:
  RemoteSession(const RemoteTargets& targets, const RemoteTarget& target,
                const access::Caller& caller, std::string bucket,
                const std::optional<std::string>& owner, jobs::Progress& progress);

  base::Status PutObject(std::string_view key, std::string_view bytes,
                         const objects::PutOptions& options) override;
  base::Result<std::string> CreateUpload(std::string_view key,
                                         const objects::PutOptions& options) override;
  base::Result<objects::PartInfo> UploadPart(std::string_view key, std::string_view upload_id,
                                             uint32_t number, std::string_view bytes) override;
  base::Result<objects::ObjectInfo> CompleteUpload(
      std::string_view key, std::string_view upload_id,
      const std::vector<objects::CompletePart>& parts) override;
  base::Status AbortUpload(std::string_view key, std::string_view upload_id) override;
  base::Result<std::vector<objects::UploadInfo>> ListUploads(std::string_view prefix) override;
  base::Result<objects::ListResult> List(const objects::ListRequest& request) override;
  base::Result<objects::OpenedObject> Open(std::string_view key) override;

  const std::string& bucket() const override { return bucket_; }
  jobs::Failure Explain(const base::Error& error) override;

 private:
  friend class RemoteObject;
  using Call = aws::Client::Call;
  using Response = http_client::Response;

  // What the job stands and falls with is tried for minutes and given up when the job has to end;
  // what only cleans up behind it, a few times, also for a job that was cancelled.
  enum class Effort { kThorough, kBrief };
  struct Connection {
    std::unique_ptr<http_client::Client> http;
    std::unique_ptr<aws::Client> aws;
  };

  // `why`: the explanation of a policy's denial, for the detail alone.
  base::Status May(std::string_view action, std::string_view key, std::string& why) const;
  Call CallOf(std::string method, std::string_view key) const;
  // May, then the request. A refusal is an error with S3's words.
  base::Result<Response> Send(Effort effort, std::string_view action, std::string_view key,
                              const Call& call, std::string& why);
  base::Result<Response> SendSigned(Effort effort, const Call& call);
  // Send, thoroughly; the first failure is remembered.
  base::Result<Response> Do(std::string_view action, std::string_view key, const Call& call);
  base::Error Remember(std::string_view action, std::string_view key, base::Error error,
                       const std::string& why = {});
  Connection Connect(Effort effort);
  Connection TakeIdle(Effort effort);  // empty when there is none
  void AddEncryption(const objects::PutOptions& options, Call& call) const;
  base::Status CheckEtag(std::string_view key, const std::string& etag,
                         const std::string& expected);
  // Whether an earlier attempt, whose answer was lost, has completed the upload.
  bool IsComplete(std::string_view key, const std::string& etag);
  void AbortOthers(std::string_view key, const std::string& upload_id);

  const RemoteTargets& targets_;
  const RemoteTarget& target_;
  const access::Caller caller_;
  const std::string bucket_;
  const std::string owner_;
  jobs::Progress& progress_;
  FailureNotes notes_;
  base::Mutex mutex_;
  std::vector<Connection> idle_[2] GUARDED_BY(mutex_);  // by Effort
};

}  // namespace dray::s3_session
