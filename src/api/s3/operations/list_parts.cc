// SPDX-License-Identifier: Apache-2.0
#include "api/s3/object_headers.h"
#include "api/s3/operations/operations.h"
#include "base/text_encoding.h"
#include "format/xml/xml.h"
#include "storage/objects/checksum.h"

namespace dray::s3 {

base::Status ListParts(Call& call) {
  constexpr uint64_t kPartsMax = 1000;
  ASSIGN_OR_RETURN(uint64_t count_max, call.Number("max-parts", kPartsMax, 0, INT32_MAX));
  count_max = std::min(count_max, kPartsMax);
  ASSIGN_OR_RETURN(uint64_t marker, call.Number("part-number-marker", 0, 0, INT32_MAX));
  std::string upload_id(call.query().Get("uploadId"));
  buckets::RequestContext context = call.Context();
  ASSIGN_OR_RETURN(objects::UploadInfo upload, call.buckets().GetMultipartUpload(
                                                   context, call.bucket(), call.key(), upload_id));
  ASSIGN_OR_RETURN(auto parts,
                   call.buckets().ListParts(context, call.bucket(), call.key(), upload_id));
  std::erase_if(parts, [&](const objects::PartInfo& part) { return part.number <= marker; });
  bool is_truncated = parts.size() > count_max;
  if (is_truncated) parts.resize(count_max);

  ASSIGN_OR_RETURN(std::string owner_id, call.buckets().CanonicalIdOf(upload.owner_account));
  std::string out;
  xml::Writer writer(out);
  writer.Start("ListPartsResult", kXmlns)
      .Leaf("Bucket", call.bucket())
      .Leaf("Key", call.key())
      .Leaf("UploadId", upload_id)
      .Start("Initiator")
      .Leaf("ID", upload.initiator)
      .End()
      .Start("Owner")
      .Leaf("ID", owner_id)
      .End()
      .Leaf("StorageClass", "STANDARD")
      .Leaf("PartNumberMarker", std::to_string(marker));
  if (is_truncated && !parts.empty()) {
    writer.Leaf("NextPartNumberMarker", std::to_string(parts.back().number));
  }
  writer.Leaf("MaxParts", std::to_string(count_max))
      .Leaf("IsTruncated", is_truncated ? "true" : "false");
  if (upload.checksum_algorithm != objects::ChecksumAlgorithm::kNone) {
    writer.Leaf("ChecksumAlgorithm", objects::ChecksumName(upload.checksum_algorithm))
        .Leaf("ChecksumType", upload.checksum_type);
  }
  for (const objects::PartInfo& part : parts) {
    writer.Start("Part")
        .Leaf("PartNumber", std::to_string(part.number))
        .Leaf("LastModified", base::FormatIso8601Millis(part.last_modified_micros))
        .Leaf("ETag", Quoted(part.etag))
        .Leaf("Size", std::to_string(part.size_bytes));
    if (part.checksum_algorithm != objects::ChecksumAlgorithm::kNone) {
      writer.Leaf(ChecksumElement(part.checksum_algorithm), part.checksum_base64);
    }
    writer.End();
  }
  writer.End();
  return call.SendXml(out);
}

}  // namespace dray::s3
