// SPDX-License-Identifier: Apache-2.0
// What `dray export` asks for, and the request made of it. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::remote_jobs {

// The members of ExportTableToPointInTime. What is absent is not sent; values that have a fixed
// set go to the server as they are: it knows which it takes.
struct ExportRequest {
  std::string bucket;
  std::optional<std::string> prefix;
  std::optional<std::string> bucket_owner;
  std::optional<std::string> format;
  std::optional<int64_t> export_time_micros;
  bool is_incremental = false;
  std::optional<int64_t> from_micros, to_micros;
  std::optional<std::string> view;
  std::optional<std::string> sse_algorithm;
  std::optional<std::string> kms_key_id;
  std::string client_token;
};

std::string RenderExportRequest(const ExportRequest& request, std::string_view table_arn);

// s3://BUCKET[/PREFIX]. No prefix behind a lone '/'.
struct S3Url {
  std::string bucket;
  std::optional<std::string> prefix;
};
std::optional<S3Url> ParseS3Url(std::string_view text);

// 2026-11-22T10:00:00Z, with or without a fraction or without the time of day; seconds since 1970.
std::optional<int64_t> ParseTime(std::string_view text);
// 90s, 15m, 6h, 2d in microseconds.
std::optional<int64_t> ParseDuration(std::string_view text);

// In AWS's spelling: "dynamodb-json" is DYNAMODB_JSON; "new" and "new-and-old" are views.
std::string AwsName(std::string_view text);
std::string ViewName(std::string_view text);

// What an account's identity is in an ARN: "" when there is none.
std::string AccountOfArn(std::string_view arn);

}  // namespace dray::remote_jobs
