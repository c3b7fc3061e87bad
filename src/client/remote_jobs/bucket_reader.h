// SPDX-License-Identifier: Apache-2.0
// A bucket as those read it who verify an export: with the session's credentials of the bucket's
// side.
#pragma once

#include <string>
#include <string_view>

#include "client/remote_jobs/session.h"
#include "transfer/verify_export/verify_export.h"

namespace dray::remote_jobs {

inline constexpr std::string_view kNoSuchBucket = "no_such_bucket";  // Error::reason

// What a bucket refused, as an error: kNotFound for a key that is not there, kAccessDenied for a
// 403, else kInvalidArgument. `where`: s3://BUCKET or s3://BUCKET/KEY.
base::Error BucketRefusal(const std::string& where, const aws::ServiceError& refused);

class BucketReader : public verify_export::ObjectReader {
 public:
  // `session` outlives it; the bucket was located.
  BucketReader(Session& session, std::string bucket)
      : session_(session), bucket_(std::move(bucket)) {}
  base::Result<Opened> Open(const std::string& key) override;

 protected:
  Session& session_;
  const std::string bucket_;
};

}  // namespace dray::remote_jobs
