// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "api/s3/object_headers.h"
#include "api/s3/operations/operations.h"
#include "format/xml/xml.h"
#include "storage/objects/checksum.h"

namespace dray::s3 {
namespace {

constexpr size_t kBodyBytesMax = 8 << 20;  // 10,000 parts with checksums

constexpr objects::ChecksumAlgorithm kAlgorithms[] = {
    objects::ChecksumAlgorithm::kCrc32, objects::ChecksumAlgorithm::kCrc32c,
    objects::ChecksumAlgorithm::kCrc64Nvme, objects::ChecksumAlgorithm::kSha1,
    objects::ChecksumAlgorithm::kSha256};

base::Result<std::vector<objects::CompletePart>> ParseParts(std::string_view body) {
  auto parsed = xml::Parse(body);
  if (!parsed || parsed->name != "CompleteMultipartUpload") return MalformedXml();
  std::vector<objects::CompletePart> parts;
  for (const xml::Element& child : parsed->children) {
    if (child.name != "Part") return MalformedXml();
    objects::CompletePart part;
    std::string_view number = child.TextOf("PartNumber");
    auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), part.number);
    if (error != std::errc() || end != number.data() + number.size()) return MalformedXml();
    if (child.Find("ETag") == nullptr) return MalformedXml();
    part.etag = std::string(Unquoted(child.TextOf("ETag")));
    for (objects::ChecksumAlgorithm algorithm : kAlgorithms) {
      std::string_view checksum = child.TextOf(ChecksumElement(algorithm));
      if (!checksum.empty()) part.checksum_base64 = std::string(checksum);
    }
    parts.push_back(std::move(part));
  }
  if (parts.empty()) return MalformedXml();
  return parts;
}

// The checksum headers of this request speak of the object, not of the XML.
base::Result<objects::CompleteOptions> TakeOptions(const Call& call) {
  objects::CompleteOptions options;
  RETURN_IF_ERROR(TakeWriteConditions(call, options.only_if_absent, options.only_if_etag));
  for (objects::ChecksumAlgorithm algorithm : kAlgorithms) {
    Headers name;
    AddChecksum(algorithm, "-", {}, name);
    if (auto value = call.Header(name.front().first)) {
      options.expected_checksum_base64 = std::string(*value);
    }
  }
  if (auto type = call.Header("x-amz-checksum-type")) {
    options.expected_checksum_type = std::string(*type);
  }
  if (auto size = call.Header("x-amz-mp-object-size")) {
    uint64_t bytes = 0;
    auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), bytes);
    if (error != std::errc() || end != size->data() + size->size()) {
      return InvalidRequest("Value for x-amz-mp-object-size header is invalid.");
    }
    options.expected_size_bytes = bytes;
  }
  return options;
}

}  // namespace

base::Status CompleteMultipartUpload(Call& call) {
  ASSIGN_OR_RETURN(objects::CompleteOptions options, TakeOptions(call));
  ASSIGN_OR_RETURN(std::string body, base::ReadAll(call.Body(), kBodyBytesMax));
  ASSIGN_OR_RETURN(std::vector<objects::CompletePart> parts, ParseParts(body));
  ASSIGN_OR_RETURN(objects::ObjectInfo info, call.buckets().CompleteMultipartUpload(
                                                 call.Context(), call.bucket(), call.key(),
                                                 call.query().Get("uploadId"), parts, options));
  std::string location = call.head().is_secure ? "https://" : "http://";
  location.append(call.head().Header("host")).append(call.head().path);
  std::string out;
  xml::Writer writer(out);
  writer.Start("CompleteMultipartUploadResult", kXmlns)
      .Leaf("Location", location)
      .Leaf("Bucket", call.bucket())
      .Leaf("Key", call.key())
      .Leaf("ETag", Quoted(info.etag));
  if (info.checksum_algorithm != objects::ChecksumAlgorithm::kNone) {
    writer.Leaf(ChecksumElement(info.checksum_algorithm), info.checksum_base64)
        .Leaf("ChecksumType", info.checksum_type);
  }
  writer.End();
  Headers headers;
  AddEncryption(info.sse_algorithm, headers);
  return call.SendXml(out, std::move(headers));
}

}  // namespace dray::s3
