// SPDX-License-Identifier: Apache-2.0
#include "api/query/error_mapping.h"

#include "api/gateway/gateway.h"
#include "format/xml/xml.h"
#include "security/access/access.h"
#include "security/sigv4/sigv4.h"
#include "storage/identities/identities.h"

namespace dray::query {

namespace {

using base::ErrorKind;

struct Row {
  std::string_view reason;
  int status;
  std::string_view code;
  std::string_view message = {};  // replaces the error's own, which is for our log
};

constexpr std::string_view kTokenText = "The security token included in the request is invalid.";
constexpr std::string_view kSignatureText =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";
constexpr std::string_view kInternalText =
    "The request processing has failed because of an unknown error, exception or failure.";

// clang-format off
constexpr Row kRows[] = {
    {identities::reason::kNoSuchEntity, 404, "NoSuchEntity"},
    {identities::reason::kExists, 409, "EntityAlreadyExists"},
    {identities::reason::kDeleteConflict, 409, "DeleteConflict"},
    {identities::reason::kLimitExceeded, 409, "LimitExceeded"},
    {identities::reason::kBusy, 409, "ConcurrentModification"},
    {reason::kUnknownOperation, 400, "InvalidAction"},
    {reason::kMalformedInput, 400, "MalformedInput"},
    {reason::kValidation, 400, "ValidationError"},
    {reason::kInvalidInput, 400, "InvalidInput"},
    {reason::kMalformedPolicy, 400, "MalformedPolicyDocument"},
    {reason::kPackedPolicyTooLarge, 400, "PackedPolicyTooLarge"},
    {reason::kUnusableToken, 403, "InvalidClientTokenId", kTokenText},
    {access::reason::kDenied, 403, "AccessDenied"},
    {access::reason::kInvalidToken, 403, "InvalidClientTokenId", kTokenText},
    {access::reason::kExpiredToken, 403, "ExpiredToken"},
    {sigv4::reason::kUnknownKey, 403, "InvalidClientTokenId", kTokenText},
    {sigv4::reason::kMissing, 403, "MissingAuthenticationToken", "Request is missing Authentication Token"},
    {sigv4::reason::kIncomplete, 400, "IncompleteSignature"},
    {sigv4::reason::kMismatch, 403, "SignatureDoesNotMatch", kSignatureText},
    {sigv4::reason::kPayloadMismatch, 403, "SignatureDoesNotMatch", kSignatureText},
    {sigv4::reason::kExpired, 403, "SignatureDoesNotMatch"},
    {sigv4::reason::kWrongScope, 403, "SignatureDoesNotMatch"},
    {gateway::reason::kMalformedRequest, 400, "MalformedInput"},
    {gateway::reason::kRequestTimeout, 408, "RequestTimeout"},
    {gateway::reason::kBodyTooLarge, 413, "RequestEntityTooLarge"},
    {gateway::reason::kHeadersTooLarge, 431, "RequestEntityTooLarge"},
    {gateway::reason::kOverloaded, 503, "ServiceUnavailable"},
};
// clang-format on

// What is left, by kind.
Row RowOf(const base::Error& error) {
  for (const Row& row : kRows)
    if (row.reason == error.reason) return row;
  switch (error.kind) {
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kLimitExceeded:
      return {{}, 400, "ValidationError"};
    case ErrorKind::kAccessDenied:
      return {{}, 403, "AccessDenied"};
    case ErrorKind::kUnavailable:
    case ErrorKind::kCancelled:
      return {{}, 503, "ServiceUnavailable"};
    default:
      return {{}, 500, "ServiceFailure", kInternalText};
  }
}

}  // namespace

WireError MapError(const base::Error& error) {
  const Row row = RowOf(error);
  return {row.status, std::string(row.code),
          row.message.empty() ? error.message : std::string(row.message)};
}

std::string RenderError(const WireError& error, std::string_view xmlns,
                        std::string_view request_id) {
  std::string out;
  xml::Writer writer(out);
  writer.Start("ErrorResponse", xmlns).Start("Error");
  writer.Leaf("Type", error.status < 500 ? "Sender" : "Receiver");
  writer.Leaf("Code", error.code).Leaf("Message", error.message).End();
  writer.Leaf("RequestId", request_id).End();
  return out;
}

}  // namespace dray::query
