// SPDX-License-Identifier: Apache-2.0
// Buckets of this server, through storage/buckets like everybody else: a forward access session of
// DynamoDB (decision 8).
#pragma once

#include "transfer/s3_session/s3_session.h"

namespace dray::s3_session {

class EmbeddedSession final : public S3Session {
 public:
  EmbeddedSession(buckets::Buckets& buckets, const access::Caller& caller, std::string bucket,
                  const std::optional<std::string>& owner);

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
  // Runs `call(context)`; of the first failure it keeps what was tried and why it was refused.
  template <class Call>
  auto Do(std::string_view action, std::string_view key, Call call);
  void Remember(std::string_view action, std::string_view key, const base::Error& error,
                const std::string& denied_detail);

  buckets::Buckets& buckets_;
  const buckets::RequestContext context_;
  const std::string bucket_;
  FailureNotes notes_;
};

}  // namespace dray::s3_session
