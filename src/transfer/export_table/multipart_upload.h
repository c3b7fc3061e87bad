// SPDX-License-Identifier: Apache-2.0
// One object written by a multipart upload: bytes go into a part in memory; a full part is uploaded
// by a thread of its own while the next one is filled, so that compressing and uploading overlap.
// At most three parts are in memory. Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/mutex.h"
#include "base/result.h"
#include "transfer/s3_session/s3_session.h"

namespace dray::export_table {

class MultipartUpload final : public base::ByteSink {
 public:
  static constexpr size_t kPartBytes = 8 << 20;

  static base::Result<std::unique_ptr<MultipartUpload>> Start(s3_session::S3Session& session,
                                                              std::string key,
                                                              const objects::PutOptions& options);
  // Aborts what was not closed. A refusal is logged and changes nothing: the bucket's expiry of
  // incomplete uploads cleans up.
  ~MultipartUpload() override;

  base::Status Write(std::string_view bytes) override;
  // Uploads the rest and completes the upload; `etag` is known afterwards.
  base::Status Close() override;

  const std::string& upload_id() const { return upload_id_; }
  const std::string& etag() const { return etag_; }

 private:
  MultipartUpload(s3_session::S3Session& session, std::string key, std::string upload_id);
  base::Status HandOver();  // `part_` to the uploading thread
  void UploadParts();
  base::Status WaitForParts();

  s3_session::S3Session& session_;
  const std::string key_;
  const std::string upload_id_;
  std::string etag_;
  bool is_complete_ = false;
  std::string part_;
  bool has_parts_ = false;

  base::Mutex mutex_;
  base::CondVar changed_;
  std::optional<std::string> waiting_ GUARDED_BY(mutex_);  // the part to upload next
  std::string spare_ GUARDED_BY(mutex_);                   // an uploaded part's memory
  bool is_ended_ GUARDED_BY(mutex_) = false;               // no part will follow
  std::optional<base::Error> error_ GUARDED_BY(mutex_);
  std::vector<objects::CompletePart> parts_ GUARDED_BY(mutex_);
  std::thread uploader_;
};

}  // namespace dray::export_table
