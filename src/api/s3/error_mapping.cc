// SPDX-License-Identifier: Apache-2.0
#include "api/s3/error_mapping.h"

#include "api/gateway/gateway.h"
#include "base/file_system.h"
#include "base/log.h"
#include "format/xml/xml.h"
#include "net/http/server.h"
#include "security/access/access.h"
#include "security/sigv4/sigv4.h"
#include "storage/buckets/buckets.h"
#include "storage/objects/object_store.h"

namespace dray::s3 {
namespace {

using base::ErrorKind;

struct Row {
  std::string_view reason;
  int status;
  std::string_view code;
  std::string_view presigned_code = {};  // where it differs
};

// clang-format off
constexpr Row kRows[] = {
    // buckets and objects
    {objects::reason::kNoSuchBucket, 404, "NoSuchBucket"},
    {objects::reason::kNoSuchKey, 404, "NoSuchKey"},
    {objects::reason::kNoSuchUpload, 404, "NoSuchUpload"},
    {objects::reason::kNoSuchBucketPolicy, 404, "NoSuchBucketPolicy"},
    {objects::reason::kBucketExists, 409, "BucketAlreadyExists"},
    {objects::reason::kBucketOwnedByYou, 409, "BucketAlreadyOwnedByYou"},
    {objects::reason::kBucketNotEmpty, 409, "BucketNotEmpty"},
    {objects::reason::kInvalidBucketName, 400, "InvalidBucketName"},
    {objects::reason::kKeyTooLong, 400, "KeyTooLongError"},
    {objects::reason::kInvalidKey, 400, "InvalidURI"},
    {objects::reason::kBadDigest, 400, "BadDigest"},
    {objects::reason::kInvalidDigest, 400, "InvalidDigest"},
    {objects::reason::kIncompleteBody, 400, "IncompleteBody"},
    {objects::reason::kInvalidPart, 400, "InvalidPart"},
    {objects::reason::kInvalidPartOrder, 400, "InvalidPartOrder"},
    {objects::reason::kEntityTooSmall, 400, "EntityTooSmall"},
    {objects::reason::kEntityTooLarge, 400, "EntityTooLarge"},
    {objects::reason::kInvalidRange, 416, "InvalidRange"},
    {objects::reason::kPreconditionFailed, 412, "PreconditionFailed"},
    {buckets::reason::kMethodNotAllowed, 405, "MethodNotAllowed"},
    {buckets::reason::kMalformedPolicy, 400, "MalformedPolicy"},
    {buckets::reason::kNoSuchBlock, 404, "NoSuchPublicAccessBlockConfiguration"},
    {buckets::reason::kNoSuchOwnership, 404, "OwnershipControlsNotFoundError"},
    {buckets::reason::kAclNotSupported, 400, "AccessControlListNotSupported"},
    {buckets::reason::kAclAgainstOwnership, 400, "InvalidBucketAclWithObjectOwnership"},
    {buckets::reason::kAclAgainstBlock, 400, "InvalidBucketAclWithBlockPublicAccessError"},
    {buckets::reason::kAclNotImplemented, 501, "NotImplemented"},
    {access::reason::kDenied, 403, "AccessDenied"},
    {base::kNoSpace, 507, "InsufficientStorage"},
    // signatures
    {access::reason::kInvalidToken, 400, "InvalidToken"},
    {access::reason::kExpiredToken, 400, "ExpiredToken"},
    {sigv4::reason::kMissing, 403, "AccessDenied"},
    {sigv4::reason::kIncomplete, 400, "AuthorizationHeaderMalformed", "AuthorizationQueryParametersError"},
    {sigv4::reason::kWrongScope, 400, "AuthorizationHeaderMalformed", "AuthorizationQueryParametersError"},
    {sigv4::reason::kMismatch, 403, "SignatureDoesNotMatch"},
    {sigv4::reason::kExpired, 403, "RequestTimeTooSkewed", "AccessDenied"},
    {sigv4::reason::kPayloadMismatch, 400, "XAmzContentSHA256Mismatch"},
    {sigv4::reason::kUnknownKey, 403, "InvalidAccessKeyId"},
    {sigv4::reason::kMalformedChunk, 400, "IncompleteBody"},
    {sigv4::reason::kMissingTrailer, 400, "MalformedTrailerError"},
    // transport
    {http::reason::kBodyTimeout, 400, "RequestTimeout"},
    // the gateway
    {gateway::reason::kMalformedRequest, 400, "BadRequest"},
    {gateway::reason::kRequestTimeout, 400, "RequestTimeout"},
    {gateway::reason::kBodyTooLarge, 400, "EntityTooLarge"},
    {gateway::reason::kHeadersTooLarge, 400, "RequestHeaderSectionTooLarge"},
    {gateway::reason::kOverloaded, 503, "SlowDown"},
    {gateway::reason::kMissingContentSha256, 400, "InvalidRequest"},
    // the API
    {reason::kInvalidUri, 400, "InvalidURI"},
    {reason::kInvalidRequest, 400, "InvalidRequest"},
    {reason::kMalformedXml, 400, "MalformedXML"},
    {reason::kNotImplemented, 501, "NotImplemented"},
    {reason::kNoSuchMethod, 405, "MethodNotAllowed"},
    {reason::kMissingContentLength, 411, "MissingContentLength"},
    {reason::kMalformedAcl, 400, "MalformedACLError"},
    {reason::kUnexpectedContent, 400, "UnexpectedContent"},
    {reason::kMissingAcl, 400, "MissingSecurityHeader"},
    {reason::kMetadataTooLarge, 400, "MetadataTooLarge"},
    {reason::kInvalidEncryption, 400, "InvalidEncryptionAlgorithmError"},
    {reason::kIllegalLocation, 400, "IllegalLocationConstraintException"},
    {reason::kInvalidLocation, 400, "InvalidLocationConstraint"},
};
// clang-format on

WireError ByKind(const base::Error& error) {
  switch (error.kind) {
    case ErrorKind::kInvalidArgument:
      return {400, "InvalidArgument", error.message};
    case ErrorKind::kAccessDenied:
      return {403, "AccessDenied", "Access Denied"};
    case ErrorKind::kNotFound:
      return {404, "NoSuchKey", error.message};
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kInUse:
      return {409, "OperationAborted", error.message};
    case ErrorKind::kLimitExceeded:
      return {400, "EntityTooLarge", error.message};
    case ErrorKind::kUnavailable:
    case ErrorKind::kCancelled:
      return {503, "SlowDown", "Please reduce your request rate."};
    case ErrorKind::kCorruption:
    case ErrorKind::kIo:
    case ErrorKind::kInternal:
      break;
  }
  // What broke inside is for the log, not for the client.
  base::log::Error("an S3 request failed inside", {{"error", error.message}});
  return {500, "InternalError", "We encountered an internal error. Please try again."};
}

}  // namespace

WireError ToWire(const base::Error& error, bool is_presigned) {
  for (const Row& row : kRows) {
    if (row.reason != error.reason) continue;
    std::string_view code =
        is_presigned && !row.presigned_code.empty() ? row.presigned_code : row.code;
    return {row.status, code, error.message};
  }
  return ByKind(error);
}

std::string RenderError(const WireError& error, const ErrorBody& body) {
  std::string out;
  xml::Writer writer(out);
  if (body.is_of_control) {
    writer.Start("ErrorResponse")
        .Start("Error")
        .Leaf("Code", error.code)
        .Leaf("Message", error.message)
        .End()
        .Leaf("RequestId", body.request_id)
        .Leaf("HostId", body.host_id)
        .End();
    return out;
  }
  writer.Start("Error").Leaf("Code", error.code).Leaf("Message", error.message);
  if (error.code == "NoSuchBucket" || error.code.starts_with("Bucket")) {
    writer.Leaf("BucketName", body.bucket);
  }
  if (error.code == "NoSuchKey") writer.Leaf("Key", body.key);
  writer.Leaf("Resource", body.resource)
      .Leaf("RequestId", body.request_id)
      .Leaf("HostId", body.host_id)
      .End();
  return out;
}

}  // namespace dray::s3
