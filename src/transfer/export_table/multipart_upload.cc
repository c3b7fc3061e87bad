// SPDX-License-Identifier: Apache-2.0
#include "transfer/export_table/multipart_upload.h"

#include <algorithm>

#include "base/log.h"

namespace dray::export_table {

base::Result<std::unique_ptr<MultipartUpload>> MultipartUpload::Start(
    s3_session::S3Session& session, std::string key, const objects::PutOptions& options) {
  ASSIGN_OR_RETURN(std::string upload_id, session.CreateUpload(key, options));
  return std::unique_ptr<MultipartUpload>(
      new MultipartUpload(session, std::move(key), std::move(upload_id)));
}

MultipartUpload::MultipartUpload(s3_session::S3Session& session, std::string key,
                                 std::string upload_id)
    : session_(session), key_(std::move(key)), upload_id_(std::move(upload_id)) {
  uploader_ = std::thread([this] { UploadParts(); });
}

MultipartUpload::~MultipartUpload() {
  if (uploader_.joinable()) {
    {
      base::MutexLock lock(mutex_);
      waiting_.reset();
      is_ended_ = true;
      changed_.NotifyAll();
    }
    uploader_.join();
  }
  if (is_complete_) return;
  if (auto aborted = session_.AbortUpload(key_, upload_id_); !aborted) {
    base::log::Warning("an incomplete upload could not be aborted",
                       {{"bucket", session_.bucket()},
                        {"key", key_},
                        {"upload", upload_id_},
                        {"error", aborted.error().message}});
  }
}

base::Status MultipartUpload::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    if (part_.capacity() < kPartBytes) part_.reserve(kPartBytes);
    const size_t count = std::min(bytes.size(), kPartBytes - part_.size());
    part_.append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (part_.size() == kPartBytes) RETURN_IF_ERROR(HandOver());
  }
  return base::Ok();
}

base::Status MultipartUpload::HandOver() {
  base::MutexLock lock(mutex_);
  while (waiting_ && !error_) changed_.Wait(mutex_);
  if (error_) return *error_;
  has_parts_ = true;
  waiting_ = std::move(part_);
  part_ = std::move(spare_);
  spare_.clear();
  part_.clear();
  changed_.NotifyAll();
  return base::Ok();
}

base::Status MultipartUpload::Close() {
  // An object of no bytes has one empty part.
  if (!part_.empty() || !has_parts_) RETURN_IF_ERROR(HandOver());
  RETURN_IF_ERROR(WaitForParts());
  std::vector<objects::CompletePart> parts;
  {
    base::MutexLock lock(mutex_);
    parts = parts_;
  }
  ASSIGN_OR_RETURN(auto info, session_.CompleteUpload(key_, upload_id_, parts));
  is_complete_ = true;
  etag_ = info.etag;
  return base::Ok();
}

base::Status MultipartUpload::WaitForParts() {
  {
    base::MutexLock lock(mutex_);
    is_ended_ = true;
    changed_.NotifyAll();
  }
  uploader_.join();
  base::MutexLock lock(mutex_);
  if (error_) return *error_;
  return base::Ok();
}

void MultipartUpload::UploadParts() {
  for (uint32_t number = 1;; ++number) {
    std::string part;
    {
      base::MutexLock lock(mutex_);
      while (!waiting_ && !is_ended_) changed_.Wait(mutex_);
      if (!waiting_) return;
      part = *std::move(waiting_);
      waiting_.reset();
      changed_.NotifyAll();
    }
    auto uploaded = session_.UploadPart(key_, upload_id_, number, part);
    base::MutexLock lock(mutex_);
    if (!uploaded) {
      error_ = std::move(uploaded).error();
      changed_.NotifyAll();
      return;
    }
    parts_.push_back({number, uploaded->etag, {}});
    part.clear();
    spare_ = std::move(part);
  }
}

}  // namespace dray::export_table
