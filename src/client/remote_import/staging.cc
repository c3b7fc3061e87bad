// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/staging.h"

#include <algorithm>
#include <set>

#include "client/remote_import/uploader.h"
#include "client/remote_jobs/bucket_reader.h"

namespace dray::remote_import {

namespace {

constexpr size_t kObjectsMax = 100'000;
constexpr size_t kShownMax = 3;

}  // namespace

Staging::Staging(remote_jobs::Session& session, StagingOptions options,
                 std::vector<StagedFile> files)
    : session_(session), options_(std::move(options)), files_(std::move(files)) {}

Bucket Staging::MainBucket() {
  return {session_.bucket_client(), session_.bucket_endpoint(), options_.bucket,
          options_.bucket_owner};
}

base::Result<std::vector<Entry>> Staging::Prepare(Bucket& bucket) {
  if (options_.makes_bucket) {
    has_bucket_ = true;  // whatever comes back: an answer may be lost
    RETURN_IF_ERROR(bucket.Create());
    return std::vector<Entry>();
  }
  ASSIGN_OR_RETURN(std::vector<Entry> there, bucket.List(options_.prefix, kObjectsMax));
  std::set<std::string> own;
  for (const StagedFile& file : files_) own.insert(file.key);
  std::string others;
  size_t other_count = 0;
  for (const Entry& entry : there) {
    if (own.contains(entry.key)) continue;
    if (++other_count <= kShownMax) others += "\n  " + bucket.Url(entry.key);
  }
  if (other_count > 0) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       std::to_string(other_count) + " objects under " + Url() +
                           " are not of this import, and would be imported with it: name another "
                           "--staging, or remove them" +
                           others,
                       {}};
  }
  has_begun_ = true;
  // Parts of an earlier attempt that was killed. Who may not list them may still upload.
  base::Status aborted = bucket.AbortUploads(options_.prefix);
  if (!aborted && aborted.error().kind != base::ErrorKind::kAccessDenied) return aborted.error();
  return there;
}

base::Result<Staging::Sent> Staging::Upload() {
  Bucket bucket = MainBucket();
  ASSIGN_OR_RETURN(std::vector<Entry> there, Prepare(bucket));
  has_begun_ = true;
  return UploadFiles(session_, options_, files_, there);
}

base::Status Staging::CleanUp() {
  if (!has_begun_ && !has_bucket_) return base::Ok();
  Bucket bucket = MainBucket();
  std::vector<std::string> keys;
  for (const StagedFile& file : files_) keys.push_back(file.key);
  // Once uploads are gone, none of them can become an object any more.
  base::Status cleaned = bucket.AbortUploads(options_.prefix);
  if (!cleaned && has_bucket_ && cleaned.error().reason == remote_jobs::kNoSuchBucket) {
    has_begun_ = has_bucket_ = false;  // it was never made
    return base::Ok();
  }
  const bool is_denied = !cleaned && cleaned.error().kind == base::ErrorKind::kAccessDenied;
  if (!cleaned && !is_denied) return cleaned;
  RETURN_IF_ERROR(bucket.DeleteObjects(keys));
  if (has_bucket_) RETURN_IF_ERROR(bucket.Delete());
  has_begun_ = has_bucket_ = false;
  return base::Ok();
}

}  // namespace dray::remote_import
