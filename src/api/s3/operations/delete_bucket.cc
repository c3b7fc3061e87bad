// SPDX-License-Identifier: Apache-2.0
#include "api/s3/operations/operations.h"

namespace dray::s3 {

base::Status DeleteBucket(Call& call) {
  RETURN_IF_ERROR(call.buckets().DeleteBucket(call.Context(), call.bucket()));
  return call.SendEmpty(204);
}

}  // namespace dray::s3
