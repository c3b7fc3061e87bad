// SPDX-License-Identifier: Apache-2.0
#include "api/s3/operations/operations.h"

namespace dray::s3 {

base::Status AbortMultipartUpload(Call& call) {
  RETURN_IF_ERROR(call.buckets().AbortMultipartUpload(call.Context(), call.bucket(), call.key(),
                                                      call.query().Get("uploadId")));
  return call.SendEmpty(204);
}

}  // namespace dray::s3
