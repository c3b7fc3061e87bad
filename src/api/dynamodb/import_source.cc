// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/import_source.h"

#include <string>

#include "api/dynamodb/error_mapping.h"

namespace dray::dynamodb {

namespace {

constexpr Member kSourceMembers[] = {
    {.name = "S3BucketOwner", .type = MemberType::kString, .pattern = &kAccountPattern},
    {.name = "S3Bucket",
     .type = MemberType::kString,
     .required = true,
     .max = 255,
     .pattern = &kBucketPattern},
    {.name = "S3KeyPrefix", .type = MemberType::kString, .max = 1024},
};
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

}  // namespace

const Shape kBucketSourceShape{"S3BucketSource", kSourceMembers};
const Shape kInputFormatOptionsShape{"InputFormatOptions", kOptionsMembers};

base::Status CheckImportFormat(const JsonView& body) {
  const std::string format(body.Find("InputFormat")->string());
  if (body.Find("InputFormatOptions") && format != "CSV") {
    return ValidationError(
        "Invalid Request: Unsupported InputFormatOptions for the given input format: " + format +
        ".");
  }
  return base::Ok();
}

base::Result<std::shared_ptr<const transform::Transforms>> ReadTransforms(const JsonView& body) {
  auto member = body.Find("Transforms");
  if (!member) return std::shared_ptr<const transform::Transforms>();
  std::string text;
  member->AppendJson(text);
  return transform::Transforms::Parse(text);
}

}  // namespace dray::dynamodb
