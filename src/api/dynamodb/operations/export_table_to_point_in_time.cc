// SPDX-License-Identifier: Apache-2.0
// The checks of contract section 1.4 up to 4 stand here; those that look at the table, the token or
// the clock are Exports::Start's.
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/job_description.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr std::string_view kFormats[] = {"DYNAMODB_JSON", "ION"};
constexpr std::string_view kTypes[] = {"FULL_EXPORT", "INCREMENTAL_EXPORT"};
constexpr std::string_view kSseAlgorithms[] = {"AES256", "KMS"};
constexpr std::string_view kViewTypes[] = {"NEW_IMAGE", "NEW_AND_OLD_IMAGES"};
constexpr Member kIncrementalMembers[] = {
    {.name = "ExportFromTime", .type = MemberType::kTimestamp},
    {.name = "ExportToTime", .type = MemberType::kTimestamp},
    {.name = "ExportViewType", .type = MemberType::kString, .values = kViewTypes},
};
constexpr Shape kIncremental{"IncrementalExportSpecification", kIncrementalMembers};
constexpr Member kMembers[] = {
    {.name = "TableArn", .type = MemberType::kString, .required = true, .min = 1, .max = 1024},
    {.name = "ExportTime", .type = MemberType::kTimestamp},
    {.name = "ClientToken", .type = MemberType::kString, .pattern = &kClientTokenPattern},
    {.name = "S3Bucket",
     .type = MemberType::kString,
     .required = true,
     .max = 255,
     .pattern = &kBucketPattern},
    {.name = "S3BucketOwner", .type = MemberType::kString, .pattern = &kAccountPattern},
    {.name = "S3Prefix", .type = MemberType::kString, .max = 1024},
    {.name = "S3SseAlgorithm", .type = MemberType::kString, .values = kSseAlgorithms},
    {.name = "S3SseKmsKeyId", .type = MemberType::kString, .min = 1, .max = 2048},
    {.name = "ExportFormat", .type = MemberType::kString, .values = kFormats},
    {.name = "ExportType", .type = MemberType::kString, .values = kTypes},
    {.name = "IncrementalExportSpecification",
     .type = MemberType::kStructure,
     .shape = &kIncremental},
};
constexpr Shape kShape{"ExportTableToPointInTimeInput", kMembers};

class ExportTable final : public Call {
 public:
  Status Execute(Services& services, const access::Caller& caller, std::string& out) override {
    ASSIGN_OR_RETURN(export_table::ExportDescription description,
                     services.exports.Start(caller, request));
    AppendExport(description, /*sees_detail=*/true, out);
    return base::Ok();
  }

  export_table::ExportRequest request;
};

// Type and specification have to fit together, in the order and words of AWS.
Status CheckType(const JsonView& body) {
  std::optional<JsonView> specification = body.Find("IncrementalExportSpecification");
  std::optional<JsonView> type = body.Find("ExportType");
  bool is_incremental = type && type->string() == "INCREMENTAL_EXPORT";
  if (specification && !type) {
    return ValidationError(
        "Invalid Request: Export Type expected to be Incremental Export when incremental export "
        "specification is provided");
  }
  if (specification && !is_incremental) {
    return ValidationError(
        "Invalid Request: When Export Type is Full Export , Incremental Export Specification "
        "should not be provided");
  }
  if (!specification && is_incremental) {
    return ValidationError(
        "Invalid Request: Incremental Export Specification expected when export type is set as "
        "Incremental Export");
  }
  if (specification && !specification->Find("ExportFromTime")) {
    return ValidationError(
        "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification");
  }
  return base::Ok();
}

Status CheckEncryption(const JsonView& body) {
  if (body.Find("S3SseKmsKeyId") && StringOr(body, "S3SseAlgorithm", "AES256") != "KMS") {
    return ValidationError("Invalid Request: KMS Key Id is not supported for this encryption type");
  }
  return base::Ok();
}

Status RefuseWhatIsNotBuilt(const JsonView& body) {
  if (StringOr(body, "S3SseAlgorithm", "AES256") == "KMS")
    return NotSupported("S3SseAlgorithm KMS");
  return base::Ok();
}

}  // namespace

ParsedCall ParseExportTableToPointInTime(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  auto call = std::make_unique<ExportTable>();
  export_table::ExportRequest& request = call->request;
  request.table_arn = body.Find("TableArn")->string();
  ASSIGN_OR_RETURN(TableName table, ParseExportTableArn(request.table_arn, input.caller.account()));
  RETURN_IF_ERROR(CheckType(body));
  RETURN_IF_ERROR(CheckEncryption(body));
  RETURN_IF_ERROR(RefuseWhatIsNotBuilt(body));
  request.table_name = table.name;
  request.s3_bucket = body.Find("S3Bucket")->string();
  request.s3_bucket_owner = OptionalString(body, "S3BucketOwner");
  request.s3_prefix = OptionalString(body, "S3Prefix");
  request.s3_sse_algorithm = OptionalString(body, "S3SseAlgorithm");
  request.export_format = OptionalString(body, "ExportFormat");
  request.export_type = OptionalString(body, "ExportType");
  request.export_time_micros = OptionalMicros(body, "ExportTime");
  if (auto specification = body.Find("IncrementalExportSpecification")) {
    request.increment = {*OptionalMicros(*specification, "ExportFromTime"),
                         OptionalMicros(*specification, "ExportToTime"),
                         OptionalString(*specification, "ExportViewType")};
  }
  request.client_token = OptionalString(body, "ClientToken");
  call->resources = {table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
