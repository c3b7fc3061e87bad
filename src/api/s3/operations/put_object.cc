// SPDX-License-Identifier: Apache-2.0
#include "api/s3/acl_documents.h"
#include "api/s3/error_mapping.h"
#include "api/s3/object_headers.h"
#include "api/s3/operations/operations.h"

namespace dray::s3 {

base::Status PutObject(Call& call) {
  ASSIGN_OR_RETURN(objects::PutOptions options, TakePutOptions(call));
  options.size_bytes = call.BodySize();
  if (!options.size_bytes) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "You must provide the Content-Length HTTP header.",
                       reason::kMissingContentLength};
  }
  buckets::RequestContext context = call.Context();
  ASSIGN_OR_RETURN(context.acl, TakeAclHeaders(call));
  ASSIGN_OR_RETURN(
      objects::ObjectInfo info,
      call.buckets().PutObject(context, call.bucket(), call.key(), call.Body(), options));
  Headers headers = {{"ETag", Quoted(info.etag)}};
  AddEncryption(info.sse_algorithm, headers);
  AddChecksum(info.checksum_algorithm, info.checksum_base64, info.checksum_type, headers);
  return call.SendEmpty(200, std::move(headers));
}

}  // namespace dray::s3
