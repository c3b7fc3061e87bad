// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/job_description.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_shapes.h"
#include "api/dynamodb/table_spec.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr std::string_view kFormats[] = {"DYNAMODB_JSON", "ION", "CSV"};
constexpr std::string_view kCompressions[] = {"ZSTD", "NONE", "GZIP"};
constexpr Member kSourceMembers[] = {
    {.name = "S3BucketOwner", .type = MemberType::kString, .pattern = &kAccountPattern},
    {.name = "S3Bucket",
     .type = MemberType::kString,
     .required = true,
     .max = 255,
     .pattern = &kBucketPattern},
    {.name = "S3KeyPrefix", .type = MemberType::kString, .max = 1024},
};
constexpr Shape kSource{"S3BucketSource", kSourceMembers};
constexpr Member kCsvMembers[] = {
    {.name = "Delimiter",
     .type = MemberType::kString,
     .min = 1,
     .max = 1,
     .pattern = &kDelimiterPattern},
    {.name = "HeaderList",
     .type = MemberType::kStrings,
     .min = 1,
     .max = 255,
     .element_pattern = &kCsvHeaderPattern,
     .element_min = 1,
     .element_max = 65536},
};
constexpr Shape kCsv{"CsvOptions", kCsvMembers};
constexpr Member kOptionsMembers[] = {
    {.name = "Csv", .type = MemberType::kStructure, .shape = &kCsv},
};
constexpr Shape kOptions{"InputFormatOptions", kOptionsMembers};

constexpr Member kMembers[] = {
    {.name = "ClientToken",
     .type = MemberType::kString,
     .required = true,
     .pattern = &kClientTokenPattern},
    {.name = "S3BucketSource", .type = MemberType::kStructure, .required = true, .shape = &kSource},
    {.name = "InputFormat", .type = MemberType::kString, .required = true, .values = kFormats},
    {.name = "InputFormatOptions", .type = MemberType::kStructure, .shape = &kOptions},
    {.name = "InputCompressionType", .type = MemberType::kString, .values = kCompressions},
    {.name = "TableCreationParameters",
     .type = MemberType::kStructure,
     .required = true,
     .shape = &kTableCreationParametersShape},
};
constexpr Shape kShape{"ImportTableInput", kMembers};

class ImportTable final : public Call {
 public:
  Status Execute(Services& services, const access::Caller& caller, std::string& out) override {
    ASSIGN_OR_RETURN(import_table::ImportDescription description,
                     services.imports.Start(caller, request));
    AppendImport(description, /*sees_detail=*/true, out);
    return base::Ok();
  }

  import_table::ImportRequest request;
};

Status CheckFormat(const JsonView& body) {
  std::string format(body.Find("InputFormat")->string());
  if (body.Find("InputFormatOptions") && format != "CSV") {
    return ValidationError(
        "Invalid Request: Unsupported InputFormatOptions for the given input format: " + format +
        ".");
  }
  return base::Ok();
}

}  // namespace

ParsedCall ParseImportTable(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  auto call = std::make_unique<ImportTable>();
  import_table::ImportRequest& request = call->request;
  JsonView parameters = *body.Find("TableCreationParameters");
  ASSIGN_OR_RETURN(request.table, ReadTableSpec(parameters, input.caller.account()));
  RETURN_IF_ERROR(CheckFormat(body));
  JsonView source = *body.Find("S3BucketSource");
  request.client_token = body.Find("ClientToken")->string();
  request.s3_bucket = source.Find("S3Bucket")->string();
  request.s3_bucket_owner = OptionalString(source, "S3BucketOwner");
  request.s3_key_prefix = OptionalString(source, "S3KeyPrefix");
  request.input_format = body.Find("InputFormat")->string();
  request.input_compression_type = StringOr(body, "InputCompressionType", "NONE");
  if (auto options = body.Find("InputFormatOptions")) {
    options->AppendJson(request.input_format_options_json);
  }
  parameters.AppendJson(request.table_creation_parameters_json);
  call->resources = {TableName{input.caller.account(), request.table.name}.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
