// SPDX-License-Identifier: Apache-2.0
#include "transfer/s3_session/failure.h"

#include <utility>

#include "base/random.h"
#include "base/text_encoding.h"

namespace dray::s3_session {
namespace {
constexpr size_t kLeftUploadsNamed = 10;
}  // namespace

std::string WithS3Suffix(std::string_view message, int status, std::string_view code,
                         std::string request_id, std::string host_id) {
  if (request_id.empty()) {
    request_id = base::RandomHex(16);
    for (char& c : request_id) {
      if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
    }
  }
  if (host_id.empty()) host_id = base::Base64Encode(base::RandomBytes(56));
  return std::string(message) + " (Service: Amazon S3; Status Code: " + std::to_string(status) +
         "; Error Code: " + std::string(code) + "; Request ID: " + request_id +
         "; S3 Extended Request ID: " + host_id + "; Proxy: null)";
}

void FailureNotes::Note(std::string text) {
  base::MutexLock lock(mutex_);
  if (first_.empty()) first_ = std::move(text);
}

void FailureNotes::NoteLeft(std::string_view bucket, std::string_view key,
                            std::string_view upload_id, std::string_view why) {
  base::MutexLock lock(mutex_);
  left_uploads_.push_back("arn:aws:s3:::" + std::string(bucket) + "/" + std::string(key) +
                          " (upload " + std::string(upload_id) + ": " + std::string(why) + ")");
}

std::string FailureNotes::DetailOr(std::string_view otherwise) const {
  base::MutexLock lock(mutex_);
  std::string detail = first_.empty() ? std::string(otherwise) : first_;
  for (size_t i = 0; i < left_uploads_.size(); ++i) {
    if (i == kLeftUploadsNamed) {
      return detail + ", and " + std::to_string(left_uploads_.size() - i) + " more";
    }
    detail += (i == 0 ? ". Parts were left that could not be aborted: " : ", ") + left_uploads_[i];
  }
  return detail;
}

}  // namespace dray::s3_session
