// SPDX-License-Identifier: Apache-2.0
#include "api/s3/error_mapping.h"
#include "api/s3/operations/operations.h"

namespace dray::s3 {

base::Status DeleteObject(Call& call) {
  if (call.Header("if-match")) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "Conditional deletes (if-match) are not implemented.",
                       reason::kNotImplemented};
  }
  RETURN_IF_ERROR(call.buckets().DeleteObject(call.Context(), call.bucket(), call.key()));
  return call.SendEmpty(204);
}

}  // namespace dray::s3
