// SPDX-License-Identifier: Apache-2.0
#include "api/logs/error_mapping.h"

#include "format/json/json.h"
#include "security/access/access.h"
#include "security/sigv4/sigv4.h"

namespace dray::logs {

namespace {

using base::ErrorKind;

struct Row {
  std::string_view reason;
  std::string_view name;
  int status = 400;
  std::string_view message = {};  // replaces the error's own, which is for our log
};

constexpr std::string_view kSignatureText =
    "The request signature we calculated does not match the signature you provided. Check your AWS "
    "Secret Access Key and signing method. Consult the service documentation for details.";
constexpr std::string_view kTokenText = "The security token included in the request is invalid.";

// By the precise cause.
constexpr Row kByReason[] = {
    {reason::kUnknownOperation, "UnknownOperationException"},
    {reason::kSerialization, "SerializationException"},
    {reason::kInvalidParameter, "InvalidParameterException"},
    {reason::kNotFound, "ResourceNotFoundException"},
    {access::reason::kDenied, "AccessDeniedException"},
    {access::reason::kInvalidToken, "UnrecognizedClientException", 400, kTokenText},
    {access::reason::kExpiredToken, "ExpiredTokenException"},
    {sigv4::reason::kUnknownKey, "UnrecognizedClientException", 400, kTokenText},
    {sigv4::reason::kMissing, "MissingAuthenticationTokenException", 400,
     "Request is missing Authentication Token"},
    {sigv4::reason::kIncomplete, "IncompleteSignatureException"},
    {sigv4::reason::kMismatch, "InvalidSignatureException", 400, kSignatureText},
    {sigv4::reason::kPayloadMismatch, "InvalidSignatureException", 400, kSignatureText},
    {sigv4::reason::kExpired, "InvalidSignatureException"},
    {sigv4::reason::kWrongScope, "InvalidSignatureException"},
};

// What is left, by kind.
Row RowOf(const base::Error& error) {
  for (const Row& row : kByReason) {
    if (row.reason == error.reason) return row;
  }
  switch (error.kind) {
    case ErrorKind::kInvalidArgument:
    case ErrorKind::kLimitExceeded:
      return {{}, "InvalidParameterException"};
    case ErrorKind::kAccessDenied:
      return {{}, "AccessDeniedException"};
    case ErrorKind::kUnavailable:
    case ErrorKind::kCancelled:
      return {{}, "ServiceUnavailableException", 503};
    default:
      // Its message may tell of files and offsets: for the log, not for clients.
      return {{}, "InternalFailure", 500, "The request failed because of an error of the server."};
  }
}

}  // namespace

WireError MapError(const base::Error& error) {
  const Row row = RowOf(error);
  return {row.status, std::string(row.name),
          row.message.empty() ? error.message : std::string(row.message)};
}

std::string RenderError(const WireError& error) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject().Name("__type").String(error.name);
  if (!error.message.empty()) writer.Name("message").String(error.message);
  writer.EndObject();
  return out;
}

}  // namespace dray::logs
