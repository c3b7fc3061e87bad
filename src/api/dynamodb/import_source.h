// SPDX-License-Identifier: Apache-2.0
// What ImportTable and the imports of our own say of their source.
#pragma once

#include <memory>
#include <string_view>

#include "api/dynamodb/json_view.h"
#include "api/dynamodb/shape.h"
#include "base/result.h"
#include "transfer/transform/transform.h"

namespace dray::dynamodb {

inline constexpr std::string_view kImportFormats[] = {"DYNAMODB_JSON", "ION", "CSV"};
inline constexpr std::string_view kImportCompressions[] = {"ZSTD", "NONE", "GZIP"};
extern const Shape kBucketSourceShape;        // S3BucketSource
extern const Shape kInputFormatOptionsShape;  // InputFormatOptions

inline constexpr Member kImportTokenMember{.name = "ClientToken",
                                           .type = MemberType::kString,
                                           .required = true,
                                           .pattern = &kClientTokenPattern};
inline constexpr Member kBucketSourceMember{.name = "S3BucketSource",
                                            .type = MemberType::kStructure,
                                            .required = true,
                                            .shape = &kBucketSourceShape};
inline constexpr Member kInputFormatMember{
    .name = "InputFormat", .type = MemberType::kString, .required = true, .values = kImportFormats};
inline constexpr Member kInputFormatOptionsMember{.name = "InputFormatOptions",
                                                  .type = MemberType::kStructure,
                                                  .shape = &kInputFormatOptionsShape};
inline constexpr Member kInputCompressionMember{
    .name = "InputCompressionType", .type = MemberType::kString, .values = kImportCompressions};

// Whether InputFormat and InputFormatOptions fit together.
base::Status CheckImportFormat(const JsonView& body);

// Sets the members of an ImportRequest or IntoRequest that both have, of a checked body.
template <class Request>
void ReadImportSource(const JsonView& body, Request& request) {
  const JsonView source = *body.Find("S3BucketSource");
  request.client_token = body.Find("ClientToken")->string();
  request.s3_bucket = source.Find("S3Bucket")->string();
  request.s3_bucket_owner = OptionalString(source, "S3BucketOwner");
  request.s3_key_prefix = OptionalString(source, "S3KeyPrefix");
  request.input_format = body.Find("InputFormat")->string();
  request.input_compression_type = StringOr(body, "InputCompressionType", "NONE");
  if (auto options = body.Find("InputFormatOptions")) {
    options->AppendJson(request.input_format_options_json);
  }
}

// The member Transforms of our own operations; null when it is not there.
base::Result<std::shared_ptr<const transform::Transforms>> ReadTransforms(const JsonView& body);

}  // namespace dray::dynamodb
