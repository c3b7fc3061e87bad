// SPDX-License-Identifier: Apache-2.0
#include "client/remote_jobs/export_request.h"

#include <cctype>
#include <charconv>

#include "base/clock.h"
#include "base/text_encoding.h"
#include "format/json/json.h"

namespace dray::remote_jobs {

namespace {

void Add(json::Writer& writer, std::string_view name, const std::optional<std::string>& value) {
  if (value) writer.Name(name).String(*value);
}

void AddTime(json::Writer& writer, std::string_view name, const std::optional<int64_t>& micros) {
  if (micros) writer.Name(name).EpochSeconds(*micros);
}

std::optional<int64_t> ParseInt(std::string_view text) {
  int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

}  // namespace

std::string RenderExportRequest(const ExportRequest& request, std::string_view table_arn) {
  std::string body;
  json::Writer writer(body);
  writer.StartObject().Name("TableArn").String(table_arn);
  writer.Name("S3Bucket").String(request.bucket);
  Add(writer, "S3Prefix", request.prefix);
  Add(writer, "S3BucketOwner", request.bucket_owner);
  Add(writer, "S3SseAlgorithm", request.sse_algorithm);
  Add(writer, "S3SseKmsKeyId", request.kms_key_id);
  Add(writer, "ExportFormat", request.format);
  AddTime(writer, "ExportTime", request.export_time_micros);
  if (request.is_incremental) {
    writer.Name("ExportType").String("INCREMENTAL_EXPORT");
    writer.Name("IncrementalExportSpecification").StartObject();
    AddTime(writer, "ExportFromTime", request.from_micros);
    AddTime(writer, "ExportToTime", request.to_micros);
    Add(writer, "ExportViewType", request.view);
    writer.EndObject();
  }
  writer.Name("ClientToken").String(request.client_token);
  writer.EndObject();
  return body;
}

std::optional<S3Url> ParseS3Url(std::string_view text) {
  constexpr std::string_view kScheme = "s3://";
  if (!text.starts_with(kScheme)) return std::nullopt;
  text.remove_prefix(kScheme.size());
  S3Url url;
  size_t slash = text.find('/');
  url.bucket = text.substr(0, slash);
  if (url.bucket.empty()) return std::nullopt;
  if (slash != std::string_view::npos && slash + 1 < text.size()) {
    url.prefix = std::string(text.substr(slash + 1));
  }
  return url;
}

std::optional<int64_t> ParseTime(std::string_view text) {
  if (auto seconds = ParseInt(text)) return *seconds * base::kMicrosPerSecond;
  if (text.size() == 10) return base::ParseIso8601(std::string(text) + "T00:00:00Z");
  return base::ParseIso8601(text);
}

std::optional<int64_t> ParseDuration(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  int64_t unit = 0;
  switch (text.back()) {
    case 's':
      unit = 1;
      break;
    case 'm':
      unit = 60;
      break;
    case 'h':
      unit = 3600;
      break;
    case 'd':
      unit = 86'400;
      break;
    default:
      return std::nullopt;
  }
  auto count = ParseInt(text.substr(0, text.size() - 1));
  if (!count || *count <= 0 || *count > 1'000'000) return std::nullopt;
  return *count * unit * base::kMicrosPerSecond;
}

std::string AwsName(std::string_view text) {
  std::string name(text);
  for (char& c : name) {
    c = c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::string ViewName(std::string_view text) {
  std::string name = AwsName(text);
  if (name == "NEW") return "NEW_IMAGE";
  if (name == "NEW_AND_OLD") return "NEW_AND_OLD_IMAGES";
  return name;
}

std::string AccountOfArn(std::string_view arn) {
  for (int i = 0; i < 4; ++i) {
    size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return "";
    arn.remove_prefix(colon + 1);
  }
  return std::string(arn.substr(0, arn.find(':')));
}

}  // namespace dray::remote_jobs
