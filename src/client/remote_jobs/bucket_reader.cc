// SPDX-License-Identifier: Apache-2.0
#include "client/remote_jobs/bucket_reader.h"

#include "client/aws/object_source.h"

namespace dray::remote_jobs {

base::Error BucketRefusal(const std::string& where, const aws::ServiceError& refused) {
  base::ErrorKind kind = base::ErrorKind::kInvalidArgument;
  if (refused.status == 403) kind = base::ErrorKind::kAccessDenied;
  if (refused.code == "NoSuchKey") kind = base::ErrorKind::kNotFound;
  return {kind, where + ": " + refused.Text(),
          refused.code == "NoSuchBucket" ? kNoSuchBucket : std::string_view()};
}

base::Result<BucketReader::Opened> BucketReader::Open(const std::string& key) {
  ASSIGN_OR_RETURN(
      aws::OpenedObject opened,
      aws::OpenObject(session_.bucket_client(), session_.bucket_endpoint(), bucket_, key));
  if (!opened.refused) return Opened{std::move(opened.body), opened.etag};
  return BucketRefusal("s3://" + bucket_ + "/" + key, *opened.refused);
}

}  // namespace dray::remote_jobs
