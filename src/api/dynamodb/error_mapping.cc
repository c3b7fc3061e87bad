// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/error_mapping.h"

#include <utility>

#include "format/dynamodb_json/dynamodb_json.h"
#include "format/json/json.h"
#include "security/access/access.h"
#include "security/sigv4/sigv4.h"
#include "storage/table/table.h"
#include "transfer/export_table/export_table.h"
#include "transfer/import_table/import_table.h"
#include "transfer/jobs/jobs.h"
#include "transfer/restore_table/restore_table.h"

namespace dray::dynamodb {

namespace {

using base::Error;
using base::ErrorKind;

constexpr std::string_view kModelled = "com.amazonaws.dynamodb.v20120810#";
constexpr std::string_view kConstraint = "com.amazon.coral.validate#";
constexpr std::string_view kOwn = "dray.v20261122#";
constexpr std::string_view kAvailability = "com.amazon.coral.availability#";
constexpr std::string_view kService = "com.amazon.coral.service#";

struct Row {
  std::string_view reason;
  std::string_view prefix;
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
    {reason::kSerialization, kService, "SerializationException"},
    {dynamodb_json::kNotAttributeValue, kService, "SerializationException"},
    {reason::kUnknownOperation, kService, "UnknownOperationException"},
    {reason::kThrottled, kAvailability, "ThrottlingException"},
    {reason::kResourceNotFound, kModelled, "ResourceNotFoundException"},
    {reason::kResourceInUse, kModelled, "ResourceInUseException"},
    {reason::kConditionFailed, kModelled, "ConditionalCheckFailedException"},
    {reason::kTableNotFound, kModelled, "TableNotFoundException"},
    {reason::kBackupsUnavailable, kModelled, "ContinuousBackupsUnavailableException"},
    {reason::kExportNotFound, kModelled, "ExportNotFoundException"},
    {reason::kImportNotFound, kModelled, "ImportNotFoundException"},
    {reason::kPolicyNotFound, kModelled, "PolicyNotFoundException"},
    {export_table::reason::kTokenConflict, kModelled, "ExportConflictException"},
    {export_table::reason::kRecoveryOff, kModelled, "PointInTimeRecoveryUnavailableException"},
    {export_table::reason::kInvalidTime, kModelled, "InvalidExportTimeException"},
    {export_table::reason::kTableNotFound, kModelled, "TableNotFoundException"},
    {export_table::reason::kTooMany, kModelled, "LimitExceededException"},
    {jobs::reason::kNotFound, kOwn, "JobNotFoundException"},
    {jobs::reason::kNotInProgress, kOwn, "JobNotInProgressException"},
    {import_table::reason::kTokenConflict, kModelled, "ImportConflictException"},
    {import_table::reason::kTableExists, kModelled, "ResourceInUseException"},
    {import_table::reason::kTooMany, kModelled, "LimitExceededException"},
    {restore_table::reason::kSourceNotFound, kModelled, "TableNotFoundException"},
    {restore_table::reason::kRecoveryOff, kModelled, "PointInTimeRecoveryUnavailableException"},
    {restore_table::reason::kInvalidTime, kModelled, "InvalidRestoreTimeException"},
    {restore_table::reason::kTargetExists, kModelled, "TableAlreadyExistsException"},
    {restore_table::reason::kTargetInUse, kModelled, "TableInUseException"},
    {restore_table::reason::kTooMany, kModelled, "LimitExceededException"},
    {restore_table::reason::kBackupNotFound, kModelled, "BackupNotFoundException"},
    {restore_table::reason::kBackupInUse, kModelled, "BackupInUseException"},
    {table::reason::kTableNotFound, kModelled, "ResourceNotFoundException", 400,
     "Requested resource not found"},
    {table::reason::kTableExists, kModelled, "ResourceInUseException"},
    {table::reason::kTableInUse, kModelled, "ResourceInUseException"},
    {table::reason::kIndexExists, kConstraint, "ValidationException"},
    {table::reason::kCollectionTooLarge, kModelled, "ItemCollectionSizeLimitExceededException"},
    {access::reason::kDenied, kService, "AccessDeniedException"},
    {access::reason::kInvalidToken, kService, "UnrecognizedClientException", 400, kTokenText},
    {access::reason::kExpiredToken, kService, "ExpiredTokenException"},
    {sigv4::reason::kUnknownKey, kService, "UnrecognizedClientException", 400, kTokenText},
    {sigv4::reason::kMissing, kService, "MissingAuthenticationTokenException", 400,
     "Request is missing Authentication Token"},
    {sigv4::reason::kIncomplete, kService, "IncompleteSignatureException"},
    {sigv4::reason::kMismatch, kService, "InvalidSignatureException", 400, kSignatureText},
    {sigv4::reason::kPayloadMismatch, kService, "InvalidSignatureException", 400, kSignatureText},
    {sigv4::reason::kExpired, kService, "InvalidSignatureException"},
    {sigv4::reason::kWrongScope, kService, "InvalidSignatureException"},
};

// What is left, by kind.
constexpr std::string_view kInternalText =
    "The request processing has failed because of an unknown "
    "error, exception or failure.";
Row RowOfKind(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalidArgument:
      return {{}, kConstraint, "ValidationException"};
    case ErrorKind::kNotFound:
      return {{}, kModelled, "ResourceNotFoundException"};
    case ErrorKind::kAlreadyExists:
    case ErrorKind::kInUse:
      return {{}, kModelled, "ResourceInUseException"};
    case ErrorKind::kAccessDenied:
      return {{}, kService, "AccessDeniedException"};
    case ErrorKind::kLimitExceeded:
      return {{}, kModelled, "LimitExceededException"};
    case ErrorKind::kUnavailable:
    case ErrorKind::kCancelled:
      return {{}, kService, "ServiceUnavailableException", 503};
    case ErrorKind::kCorruption:
    case ErrorKind::kIo:
    case ErrorKind::kInternal:
      break;
  }
  // Its message may tell of files and offsets: for the log, not for clients.
  return {{}, kModelled, "InternalServerError", 500, kInternalText};
}

Row RowOf(const Error& error) {
  if (!error.reason.empty()) {
    for (const Row& row : kByReason) {
      if (row.reason == error.reason) return row;
    }
  }
  return RowOfKind(error.kind);
}

}  // namespace

WireError MapError(const Error& error) {
  Row row = RowOf(error);
  WireError wire;
  wire.status = row.status;
  wire.type = std::string(row.prefix) + std::string(row.name);
  wire.name = row.name;
  wire.message = row.message.empty() ? error.message : std::string(row.message);
  return wire;
}

std::string RenderError(const WireError& error, std::string_view members) {
  std::string out = "{\"__type\":";
  json::AppendString(error.type, out);
  if (!error.message.empty()) {
    out += ",\"message\":";
    json::AppendString(error.message, out);
  }
  out += members;
  out += '}';
  return out;
}

Error ValidationError(std::string message) {
  return Error{ErrorKind::kInvalidArgument, std::move(message), {}};
}

Error InvalidParameter(std::string_view message) {
  return ValidationError("One or more parameter values were invalid: " + std::string(message));
}

Error SerializationError(std::string message) {
  return Error{ErrorKind::kInvalidArgument, std::move(message), reason::kSerialization};
}

Error OnlyForTheOwner() {
  return ValidationError(
      "This action is only supported by accounts that match the resource owner\u2019s account.");
}

Error NotSupported(std::string_view what) {
  return ValidationError(std::string(what) +
                         " is not supported by this version of Dray: see docs/compatibility.md");
}

}  // namespace dray::dynamodb
