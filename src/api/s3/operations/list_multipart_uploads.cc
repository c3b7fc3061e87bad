// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "api/s3/operations/operations.h"
#include "base/text_encoding.h"
#include "format/xml/xml.h"
#include "storage/objects/checksum.h"

namespace dray::s3 {
namespace {

constexpr uint64_t kUploadsMax = 1000;

struct Entries {
  std::vector<objects::UploadInfo> uploads;
  std::set<std::string> common_prefixes;
  bool is_truncated = false;
  std::string next_key, next_upload;
};

// `all` is in order. The key marker alone means: behind that key; with an upload marker also the
// later uploads of the same key.
Entries Select(std::vector<objects::UploadInfo> all, const Query& query, size_t count_max) {
  std::string prefix(query.Get("prefix")), delimiter(query.Get("delimiter"));
  std::string_view key_marker = query.Get("key-marker");
  std::string_view upload_marker = query.Get("upload-id-marker");
  Entries entries;
  bool is_behind_upload_marker = false;
  for (objects::UploadInfo& upload : all) {
    if (upload.key < key_marker) continue;
    if (!key_marker.empty() && upload.key == key_marker && !is_behind_upload_marker) {
      is_behind_upload_marker = !upload_marker.empty() && upload.upload_id == upload_marker;
      continue;
    }
    std::string common;
    size_t at = delimiter.empty() ? std::string::npos : upload.key.find(delimiter, prefix.size());
    if (at != std::string::npos) common = upload.key.substr(0, at + delimiter.size());
    if (!common.empty() && (common <= key_marker || entries.common_prefixes.contains(common))) {
      continue;
    }
    if (entries.uploads.size() + entries.common_prefixes.size() == count_max) {
      entries.is_truncated = count_max > 0;
      break;
    }
    entries.next_key = common.empty() ? upload.key : common;
    entries.next_upload = common.empty() ? upload.upload_id : "";
    if (common.empty()) {
      entries.uploads.push_back(std::move(upload));
    } else {
      entries.common_prefixes.insert(std::move(common));
    }
  }
  return entries;
}

}  // namespace

base::Status ListMultipartUploads(Call& call) {
  const Query& query = call.query();
  ASSIGN_OR_RETURN(bool encode, WantsUrlEncoding(query));
  ASSIGN_OR_RETURN(uint64_t count_max, call.Number("max-uploads", kUploadsMax, 0, INT32_MAX));
  count_max = std::min(count_max, kUploadsMax);
  buckets::RequestContext context = call.Context();
  for (std::string_view name : {"prefix", "delimiter"}) {
    if (query.Has(name)) context.extra.Set("s3:" + std::string(name), query.Get(name));
  }
  ASSIGN_OR_RETURN(
      auto all, call.buckets().ListMultipartUploads(context, call.bucket(), query.Get("prefix")));
  Entries entries = Select(std::move(all), query, count_max);

  std::string out;
  xml::Writer writer(out);
  writer.Start("ListMultipartUploadsResult", kXmlns)
      .Leaf("Bucket", call.bucket())
      .Leaf("KeyMarker", EncodeName(query.Get("key-marker"), encode))
      .Leaf("UploadIdMarker", query.Get("upload-id-marker"));
  if (entries.is_truncated) {
    writer.Leaf("NextKeyMarker", EncodeName(entries.next_key, encode))
        .Leaf("NextUploadIdMarker", entries.next_upload);
  }
  writer.Leaf("Prefix", EncodeName(query.Get("prefix"), encode));
  if (query.Has("delimiter")) writer.Leaf("Delimiter", EncodeName(query.Get("delimiter"), encode));
  if (encode) writer.Leaf("EncodingType", "url");
  writer.Leaf("MaxUploads", std::to_string(count_max))
      .Leaf("IsTruncated", entries.is_truncated ? "true" : "false");
  for (const objects::UploadInfo& upload : entries.uploads) {
    ASSIGN_OR_RETURN(std::string owner_id, call.buckets().CanonicalIdOf(upload.owner_account));
    writer.Start("Upload")
        .Leaf("Key", EncodeName(upload.key, encode))
        .Leaf("UploadId", upload.upload_id)
        .Start("Initiator")
        .Leaf("ID", upload.initiator)
        .End()
        .Start("Owner")
        .Leaf("ID", owner_id)
        .End()
        .Leaf("StorageClass", "STANDARD")
        .Leaf("Initiated", base::FormatIso8601Millis(upload.started_at_micros));
    if (upload.checksum_algorithm != objects::ChecksumAlgorithm::kNone) {
      writer.Leaf("ChecksumAlgorithm", objects::ChecksumName(upload.checksum_algorithm))
          .Leaf("ChecksumType", upload.checksum_type);
    }
    writer.End();
  }
  for (const std::string& prefix : entries.common_prefixes) {
    writer.Start("CommonPrefixes").Leaf("Prefix", EncodeName(prefix, encode)).End();
  }
  writer.End();
  return call.SendXml(out);
}

}  // namespace dray::s3
