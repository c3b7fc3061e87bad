// SPDX-License-Identifier: Apache-2.0
#include "api/s3/acl_documents.h"
#include "api/s3/operations/operations.h"

namespace dray::s3 {

base::Status GetBucketAcl(Call& call) {
  ASSIGN_OR_RETURN(auto control, call.buckets().GetBucketAcl(call.Context(), call.bucket()));
  return call.SendXml(RenderAcl(control));
}

base::Status PutBucketAcl(Call& call) {
  ASSIGN_OR_RETURN(buckets::RequestedAcl acl, TakeAcl(call));
  RETURN_IF_ERROR(call.buckets().PutBucketAcl(call.Context(), call.bucket(), acl));
  return call.SendEmpty(200);
}

base::Status GetObjectAcl(Call& call) {
  ASSIGN_OR_RETURN(auto control,
                   call.buckets().GetObjectAcl(call.Context(), call.bucket(), call.key()));
  return call.SendXml(RenderAcl(control));
}

base::Status PutObjectAcl(Call& call) {
  ASSIGN_OR_RETURN(buckets::RequestedAcl acl, TakeAcl(call));
  RETURN_IF_ERROR(call.buckets().PutObjectAcl(call.Context(), call.bucket(), call.key(), acl));
  return call.SendEmpty(200);
}

}  // namespace dray::s3
