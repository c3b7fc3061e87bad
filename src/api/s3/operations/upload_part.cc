// SPDX-License-Identifier: Apache-2.0
#include "api/s3/error_mapping.h"
#include "api/s3/object_headers.h"
#include "api/s3/operations/operations.h"

namespace dray::s3 {

base::Status UploadPart(Call& call) {
  if (call.query().Get("partNumber").empty()) {
    return InvalidArgument("This operation needs the query parameter partNumber.");
  }
  ASSIGN_OR_RETURN(uint64_t number, call.Number("partNumber", 0, 1, 10'000));
  objects::PutOptions options;
  RETURN_IF_ERROR(TakeChecksums(call, options));
  options.size_bytes = call.BodySize();
  if (!options.size_bytes) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "You must provide the Content-Length HTTP header.",
                       reason::kMissingContentLength};
  }
  ASSIGN_OR_RETURN(objects::PartInfo part,
                   call.buckets().UploadPart(call.Context(), call.bucket(), call.key(),
                                             call.query().Get("uploadId"),
                                             static_cast<uint32_t>(number), call.Body(), options));
  Headers headers = {{"ETag", Quoted(part.etag)}, {"x-amz-server-side-encryption", "AES256"}};
  AddChecksum(part.checksum_algorithm, part.checksum_base64, {}, headers);
  return call.SendEmpty(200, std::move(headers));
}

}  // namespace dray::s3
