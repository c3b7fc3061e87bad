// SPDX-License-Identifier: Apache-2.0
#include "api/s3/operations/operations.h"

namespace dray::s3 {

base::Status HeadBucket(Call& call) {
  ASSIGN_OR_RETURN(objects::BucketInfo info,
                   call.buckets().HeadBucket(call.Context(), call.bucket()));
  return call.SendEmpty(200, {{"x-amz-bucket-region", info.region},
                              {"x-amz-access-point-alias", "false"},
                              {"Content-Type", "application/xml"}});
}

}  // namespace dray::s3
