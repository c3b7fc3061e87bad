// SPDX-License-Identifier: Apache-2.0
// Errors of the layers below as S3 shows them. Wire names and statuses of the S3 API exist only in
// error_mapping.cc.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::s3 {

// Reasons of the API itself.
namespace reason {
inline constexpr std::string_view kInvalidUri = "s3_invalid_uri";
inline constexpr std::string_view kInvalidRequest = "s3_invalid_request";
inline constexpr std::string_view kMalformedXml = "s3_malformed_xml";
inline constexpr std::string_view kNotImplemented = "s3_not_implemented";
inline constexpr std::string_view kNoSuchMethod = "s3_no_such_method";
inline constexpr std::string_view kMissingContentLength = "s3_missing_content_length";
inline constexpr std::string_view kMalformedAcl = "s3_malformed_acl";
inline constexpr std::string_view kUnexpectedContent = "s3_unexpected_content";
inline constexpr std::string_view kMissingAcl = "s3_missing_acl";
inline constexpr std::string_view kMetadataTooLarge = "s3_metadata_too_large";
inline constexpr std::string_view kInvalidEncryption = "s3_invalid_encryption";
inline constexpr std::string_view kIllegalLocation = "s3_illegal_location";
inline constexpr std::string_view kInvalidLocation = "s3_invalid_location";
}  // namespace reason

struct WireError {
  int status = 500;
  std::string_view code;
  std::string message;
};

// `is_presigned`: the signature came in the query; the same fault has another name there.
WireError ToWire(const base::Error& error, bool is_presigned = false);

// The XML body.
struct ErrorBody {
  std::string_view resource, request_id, host_id;
  std::string_view bucket, key;
  bool is_of_control = false;  // the S3 Control API wraps it
};
std::string RenderError(const WireError& error, const ErrorBody& body);

}  // namespace dray::s3
