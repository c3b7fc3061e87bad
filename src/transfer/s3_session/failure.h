// SPDX-License-Identifier: Apache-2.0
// What a failed job (jobs::Failure) tells of S3's answers, in AWS's words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace dray::s3_session {

// AWS's FailureMessage ends with the facts of S3's answer. Empty ids are made up as S3's are.
std::string WithS3Suffix(std::string_view message, int status, std::string_view code,
                         std::string request_id = {}, std::string host_id = {});

// What a job's detail tells. Thread-safe.
class FailureNotes {
 public:
  // What went wrong, in words: the first one stands.
  void Note(std::string text);
  // An upload that could not be aborted: named behind it.
  void NoteLeft(std::string_view bucket, std::string_view key, std::string_view upload_id,
                std::string_view why);
  // `otherwise` when nothing was noted.
  std::string DetailOr(std::string_view otherwise) const;

 private:
  mutable base::Mutex mutex_;
  std::string first_ GUARDED_BY(mutex_);
  std::vector<std::string> left_uploads_ GUARDED_BY(mutex_);
};

}  // namespace dray::s3_session
