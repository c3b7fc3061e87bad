// SPDX-License-Identifier: Apache-2.0
#include "api/s3/acl_documents.h"
#include "api/s3/object_headers.h"
#include "api/s3/operations/operations.h"
#include "base/text_encoding.h"
#include "format/xml/xml.h"
#include "storage/objects/checksum.h"

namespace dray::s3 {

base::Status CreateMultipartUpload(Call& call) {
  ASSIGN_OR_RETURN(objects::PutOptions options, TakePutOptions(call));
  if (auto name = call.Header("x-amz-checksum-algorithm")) {
    auto algorithm = objects::ChecksumByName(*name);
    if (!algorithm) {
      return InvalidRequest(
          "Checksum algorithm provided is unsupported. Please try again with "
          "any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
    }
    options.checksum_algorithm = *algorithm;
  }
  if (auto type = call.Header("x-amz-checksum-type")) options.checksum_type = std::string(*type);
  buckets::RequestContext context = call.Context();
  ASSIGN_OR_RETURN(context.acl, TakeAclHeaders(call));
  ASSIGN_OR_RETURN(std::string upload_id, call.buckets().CreateMultipartUpload(
                                              context, call.bucket(), call.key(), options));
  Headers headers;
  AddEncryption(options.sse_algorithm, headers);
  if (options.checksum_algorithm != objects::ChecksumAlgorithm::kNone) {
    headers.emplace_back("x-amz-checksum-algorithm",
                         objects::ChecksumName(options.checksum_algorithm));
    headers.emplace_back("x-amz-checksum-type",
                         options.checksum_type.empty()
                             ? objects::DefaultChecksumType(options.checksum_algorithm)
                             : options.checksum_type);
  }
  std::string out;
  xml::Writer writer(out);
  writer.Start("InitiateMultipartUploadResult", kXmlns)
      .Leaf("Bucket", call.bucket())
      .Leaf("Key", call.key())
      .Leaf("UploadId", upload_id)
      .End();
  return call.SendXml(out, std::move(headers));
}

}  // namespace dray::s3
