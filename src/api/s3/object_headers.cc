// SPDX-License-Identifier: Apache-2.0
#include "api/s3/object_headers.h"

#include <vector>

#include "api/s3/error_mapping.h"
#include "base/text_encoding.h"
#include "storage/objects/checksum.h"

namespace dray::s3 {
namespace {

using objects::ChecksumAlgorithm;

constexpr std::string_view kMetaPrefix = "x-amz-meta-";
constexpr std::string_view kChecksumPrefix = "x-amz-checksum-";
constexpr size_t kMetaBytesMax = 2048;
constexpr ChecksumAlgorithm kAlgorithms[] = {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c,
                                             ChecksumAlgorithm::kCrc64Nvme,
                                             ChecksumAlgorithm::kSha1, ChecksumAlgorithm::kSha256};

// Kept with the object and given back as they came.
constexpr std::string_view kKeptHeaders[] = {"cache-control", "content-disposition",
                                             "content-encoding", "content-language", "expires"};

constexpr std::string_view kUnsupportedPrefixes[] = {
    "x-amz-server-side-encryption-customer-",
    "x-amz-copy-source-server-side-encryption-customer-",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-context",
    "x-amz-tagging",
    "x-amz-object-lock-",
    "x-amz-website-redirect-location",
    "x-amz-write-offset-bytes",
    "x-amz-rename-source",
    "x-amz-mfa",
    "x-amz-bypass-governance-retention",
    "x-amz-if-match-",
};

std::string HeaderOf(ChecksumAlgorithm algorithm) {
  return std::string(kChecksumPrefix) + base::ToLower(objects::ChecksumName(algorithm));
}

base::Error NotImplemented(std::string_view what) {
  return base::Error{
      base::ErrorKind::kInvalidArgument,
      "A header you provided implies functionality that is not implemented: " + std::string(what),
      reason::kNotImplemented};
}

bool IsChecksumValue(ChecksumAlgorithm algorithm, std::string_view base64) {
  std::optional<std::string> raw = base::Base64Decode(base64);
  return raw && raw->size() == objects::ChecksumBytes(algorithm);
}

// "aws-chunked" is how the body travelled, not what the object is.
std::string WithoutAwsChunked(std::string_view encodings) {
  std::string kept;
  while (!encodings.empty()) {
    size_t comma = std::min(encodings.find(','), encodings.size());
    std::string_view one = base::TrimSpace(encodings.substr(0, comma));
    encodings.remove_prefix(std::min(comma + 1, encodings.size()));
    if (one.empty() || base::EqualsIgnoreCase(one, "aws-chunked")) continue;
    if (!kept.empty()) kept += ",";
    kept += one;
  }
  return kept;
}

base::Status TakeMetadata(const Call& call, objects::PutOptions& options) {
  size_t bytes = 0;
  for (const auto& [name, value] : call.head().headers) {
    std::string lower = base::ToLower(name);
    if (!lower.starts_with(kMetaPrefix)) continue;
    bytes += lower.size() - kMetaPrefix.size() + value.size();
    auto [entry, is_new] = options.headers.try_emplace(std::move(lower), value);
    if (!is_new) entry->second += "," + value;
  }
  if (bytes <= kMetaBytesMax) return base::Ok();
  return base::Error{base::ErrorKind::kLimitExceeded,
                     "Your metadata headers exceed the maximum allowed metadata size",
                     reason::kMetadataTooLarge};
}

}  // namespace

std::string_view Unquoted(std::string_view etag) {
  etag = base::TrimSpace(etag);
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"') {
    etag = etag.substr(1, etag.size() - 2);
  }
  return etag;
}

std::string ChecksumElement(ChecksumAlgorithm algorithm) {
  return "Checksum" + std::string(objects::ChecksumName(algorithm));
}

base::Status RefuseUnsupportedHeaders(const Call& call) {
  for (const auto& [name, value] : call.head().headers) {
    std::string lower = base::ToLower(name);
    for (std::string_view prefix : kUnsupportedPrefixes) {
      if (lower.starts_with(prefix)) return NotImplemented(lower);
    }
    bool is_true = base::EqualsIgnoreCase(value, "true");
    if ((lower == "x-amz-server-side-encryption-bucket-key-enabled" ||
         lower == "x-amz-bucket-object-lock-enabled") &&
        is_true) {
      return NotImplemented(lower);
    }
    if (lower == "x-amz-storage-class" && value != "STANDARD") {
      return NotImplemented(lower + ": " + value);
    }
    if (lower == "x-amz-server-side-encryption" && value != "AES256") {
      if (value.starts_with("aws:")) return NotImplemented(lower + ": " + value);
      return base::Error{base::ErrorKind::kInvalidArgument,
                         "The encryption request you specified is not valid. Supported value: "
                         "AES256.",
                         reason::kInvalidEncryption};
    }
  }
  return base::Ok();
}

base::Status TakeChecksums(const Call& call, objects::PutOptions& options) {
  if (auto md5 = call.Header("content-md5")) {
    std::optional<std::string> raw = base::Base64Decode(base::TrimSpace(*md5));
    if (!raw || raw->size() != 16) {
      return base::Error{base::ErrorKind::kInvalidArgument,
                         "The Content-MD5 you specified was invalid.",
                         objects::reason::kInvalidDigest};
    }
    options.content_md5 = *std::move(raw);
  }
  std::vector<ChecksumAlgorithm> found;
  std::string_view trailer = call.Header("x-amz-trailer").value_or("");
  for (ChecksumAlgorithm algorithm : kAlgorithms) {
    std::string name = HeaderOf(algorithm);
    if (auto value = call.Header(name)) {
      if (!IsChecksumValue(algorithm, *value)) {
        return InvalidRequest("Value for " + name + " header is invalid.");
      }
      options.expected_checksum_base64 = std::string(*value);
      found.push_back(algorithm);
    } else if (base::EqualsIgnoreCase(base::TrimSpace(trailer), name)) {
      const sigv4::VerifiedBody* body = call.VerifiedBody();
      options.expected_checksum_at_end = [body, name]() -> std::optional<std::string> {
        if (body != nullptr) {
          for (const auto& [trailer_name, sent] : body->trailers()) {
            if (trailer_name == name) return sent;
          }
        }
        return "";  // announced and not sent: no value fits
      };
      found.push_back(algorithm);
    }
  }
  if (found.size() > 1) {
    return InvalidRequest(
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  }
  if (!found.empty()) options.checksum_algorithm = found.front();
  auto announced = call.Header("x-amz-sdk-checksum-algorithm");
  if (announced && found.empty()) {
    if (!objects::ChecksumByName(*announced)) {
      return InvalidRequest(
          "Checksum algorithm provided is unsupported. Please try again with "
          "any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]");
    }
    return InvalidRequest(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding "
        "x-amz-checksum-* or x-amz-trailer headers were found.");
  }
  return base::Ok();
}

base::Status TakeWriteConditions(const Call& call, bool& only_if_absent,
                                 std::optional<std::string>& only_if_etag) {
  if (auto none_match = call.Header("if-none-match")) {
    if (*none_match != "*") return NotImplemented("if-none-match with an ETag");
    only_if_absent = true;
  }
  if (auto match = call.Header("if-match")) only_if_etag = std::string(Unquoted(*match));
  return base::Ok();
}

base::Result<objects::PutOptions> TakePutOptions(const Call& call) {
  objects::PutOptions options;
  RETURN_IF_ERROR(TakeChecksums(call, options));
  options.content_type = std::string(call.Header("content-type").value_or(""));
  for (std::string_view name : kKeptHeaders) {
    auto value = call.Header(name);
    if (!value) continue;
    std::string kept = name == "content-encoding" ? WithoutAwsChunked(*value) : std::string(*value);
    if (!kept.empty()) options.headers[std::string(name)] = std::move(kept);
  }
  RETURN_IF_ERROR(TakeMetadata(call, options));
  RETURN_IF_ERROR(TakeWriteConditions(call, options.only_if_absent, options.only_if_etag));
  return options;
}

void AddEncryption(std::string_view sse_algorithm, Headers& headers) {
  if (sse_algorithm.empty()) return;
  headers.emplace_back("x-amz-server-side-encryption", std::string(sse_algorithm));
}

void AddChecksum(ChecksumAlgorithm algorithm, std::string_view base64, std::string_view type,
                 Headers& headers) {
  if (algorithm == ChecksumAlgorithm::kNone || base64.empty()) return;
  headers.emplace_back(HeaderOf(algorithm), std::string(base64));
  if (!type.empty()) headers.emplace_back("x-amz-checksum-type", std::string(type));
}

Headers DescribeObject(const objects::ObjectInfo& info, bool with_checksum) {
  Headers headers = {
      {"ETag", Quoted(info.etag)},
      {"Last-Modified", base::FormatHttpDate(info.last_modified_micros)},
      {"Accept-Ranges", "bytes"},
      {"Content-Type", info.content_type.empty() ? "binary/octet-stream" : info.content_type}};
  AddEncryption(info.sse_algorithm, headers);
  for (const auto& [name, value] : info.headers) headers.emplace_back(name, value);
  if (with_checksum) {
    AddChecksum(info.checksum_algorithm, info.checksum_base64, info.checksum_type, headers);
  }
  return headers;
}

}  // namespace dray::s3
