// SPDX-License-Identifier: Apache-2.0
#include "transfer/s3_session/remote_answers.h"

#include <charconv>

#include "base/text_encoding.h"
#include "format/xml/xml.h"
#include "hash/hash.h"
#include "security/access/access.h"
#include "transfer/s3_session/failure.h"

namespace dray::s3_session {
namespace {

constexpr size_t kTextBytesMax = 1024;

// What goes into job records and logs.
std::string Presentable(std::string_view text) {
  if (!base::IsValidUtf8(text) || text.size() > kTextBytesMax) return {};
  return std::string(text);
}

base::Error NotS3(std::string_view what) {
  return {base::ErrorKind::kIo,
          "The remote endpoint's answer to " + std::string(what) + " is not one of S3",
          {}};
}

std::string Decoded(std::string_view encoded) {
  // Some write a space as '+', as forms do; a plus itself is always encoded.
  std::string text(encoded);
  for (char& c : text) {
    if (c == '+') c = ' ';
  }
  return base::PercentDecode(text).value_or(std::string(encoded));
}

base::Result<xml::Element> ParseAs(std::string_view body, std::string_view root) {
  auto parsed = xml::Parse(body);
  if (!parsed || parsed->name != root) return NotS3(root);
  return *std::move(parsed);
}

}  // namespace

base::Error ErrorOfRefusal(const aws::ServiceError& refused,
                           const http_client::Response& response) {
  std::string code = Presentable(refused.code);
  if (code.empty()) code = "HTTP " + std::to_string(refused.status);
  const std::string said = Presentable(refused.message);
  base::Error error{base::ErrorKind::kIo,
                    WithS3Suffix(said.empty() ? code : said, refused.status, code,
                                 Presentable(response.Header("x-amz-request-id")),
                                 Presentable(response.Header("x-amz-id-2"))),
                    {}};
  if (code == "NoSuchBucket") {
    error.kind = base::ErrorKind::kNotFound;
    error.reason = objects::reason::kNoSuchBucket;
  } else if (code == "NoSuchKey") {
    error.kind = base::ErrorKind::kNotFound;
    error.reason = objects::reason::kNoSuchKey;
  } else if (code == "NoSuchUpload") {
    error.kind = base::ErrorKind::kNotFound;
    error.reason = objects::reason::kNoSuchUpload;
  } else if (code == "PreconditionFailed") {
    error.kind = base::ErrorKind::kInvalidArgument;
    error.reason = objects::reason::kPreconditionFailed;
  } else if (code == "AccessDenied" || code == "AllAccessDisabled") {
    // Other refusals with 403 (unknown key, wrong signature) are mistakes in the target's
    // configuration, not a policy's word.
    error.kind = base::ErrorKind::kAccessDenied;
    error.reason = access::reason::kDenied;
  }
  return error;
}

std::string EtagOf(std::string_view quoted) {
  quoted = base::TrimSpace(quoted);
  if (quoted.size() >= 2 && quoted.front() == '"' && quoted.back() == '"') {
    quoted = quoted.substr(1, quoted.size() - 2);
  }
  return std::string(quoted);
}

base::Result<std::string> ReadUploadId(std::string_view body) {
  ASSIGN_OR_RETURN(xml::Element root, ParseAs(body, "InitiateMultipartUploadResult"));
  std::string id = Presentable(root.TextOf("UploadId"));
  if (id.empty()) return NotS3("CreateMultipartUpload");
  return id;
}

base::Result<UploadsPage> ReadUploads(std::string_view body) {
  ASSIGN_OR_RETURN(xml::Element root, ParseAs(body, "ListMultipartUploadsResult"));
  UploadsPage page;
  page.is_truncated = root.TextOf("IsTruncated") == "true";
  page.next_key = Decoded(root.TextOf("NextKeyMarker"));
  page.next_upload = root.TextOf("NextUploadIdMarker");
  for (const xml::Element& child : root.children) {
    if (child.name != "Upload") continue;
    objects::UploadInfo upload;
    upload.key = Decoded(child.TextOf("Key"));
    upload.upload_id = child.TextOf("UploadId");
    page.uploads.push_back(std::move(upload));
  }
  if (page.is_truncated && page.next_key.empty()) return NotS3("ListMultipartUploads");
  return page;
}

base::Result<objects::ListResult> ReadObjects(std::string_view body) {
  ASSIGN_OR_RETURN(xml::Element root, ParseAs(body, "ListBucketResult"));
  objects::ListResult list;
  list.is_truncated = root.TextOf("IsTruncated") == "true";
  for (const xml::Element& child : root.children) {
    if (child.name != "Contents") continue;
    objects::ObjectInfo object;
    object.key = Decoded(child.TextOf("Key"));
    object.etag = EtagOf(child.TextOf("ETag"));
    const std::string_view size = child.TextOf("Size");
    auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), object.size_bytes);
    if (error != std::errc() || end != size.data() + size.size()) return NotS3("ListObjectsV2");
    object.last_modified_micros = base::ParseIso8601(child.TextOf("LastModified")).value_or(0);
    list.objects.push_back(std::move(object));
  }
  // The next page starts behind the last key: no common prefixes are asked for.
  if (!list.objects.empty()) list.next_start_after = list.objects.back().key;
  if (list.is_truncated && list.objects.empty()) return NotS3("ListObjectsV2");
  return list;
}

base::Result<std::string> ReadCompletion(std::string_view body) {
  auto root = xml::Parse(body);
  if (!root || root->name != "CompleteMultipartUploadResult") {
    return NotS3("CompleteMultipartUpload");
  }
  return EtagOf(root->TextOf("ETag"));
}

std::string RenderParts(const std::vector<objects::CompletePart>& parts) {
  std::string out;
  xml::Writer writer(out);
  writer.Start("CompleteMultipartUpload", "http://s3.amazonaws.com/doc/2006-03-01/");
  for (const objects::CompletePart& part : parts) {
    writer.Start("Part")
        .Leaf("PartNumber", std::to_string(part.number))
        .Leaf("ETag", '"' + part.etag + '"')
        .End();
  }
  writer.End();
  return out;
}

std::string EtagOfParts(const std::vector<objects::CompletePart>& parts) {
  std::string digests;
  for (const objects::CompletePart& part : parts) {
    digests += base::HexDecode(part.etag).value_or("");
  }
  return base::HexEncode(hash::Md5(digests)) + "-" + std::to_string(parts.size());
}

}  // namespace dray::s3_session
