// SPDX-License-Identifier: Apache-2.0
// manifest-files.json: one line a data file. manifest-summary.json: one line. The order of members
// is part of the format.
#include <algorithm>
#include <optional>

#include "base/text_encoding.h"
#include "format/export_layout/export_layout.h"
#include "format/json/json.h"

namespace dray::export_layout {

namespace {

using base::Error;
using base::ErrorKind;
using base::Result;

constexpr std::string_view kFullVersion = "2020-06-30";
constexpr std::string_view kIncrementalVersion = "2023-08-01";
constexpr std::string_view kFullExport = "FULL_EXPORT";
constexpr std::string_view kIncrementalExport = "INCREMENTAL_EXPORT";

Error Corrupt(std::string message) { return {ErrorKind::kCorruption, std::move(message)}; }

// Members of one manifest line. The first member that is missing or has another type is kept as the
// error, so that a caller asks once, behind all of them.
class Members {
 public:
  static Result<Members> Parse(std::string_view line) {
    auto value = json::Parse(line);
    if (!value) return Corrupt(value.error().message);
    if (value->object() == nullptr) return Corrupt("not a JSON object");
    return Members(std::move(*value));
  }

  std::string String(std::string_view name) {
    const json::Value* value = object().Find(name);
    if (value != nullptr && value->string() != nullptr) return *value->string();
    Miss(name, "a string");
    return "";
  }
  std::optional<std::string> OptionalString(std::string_view name) {
    const json::Value* value = object().Find(name);
    if (value == nullptr || value->is_null()) return std::nullopt;
    return String(name);
  }
  uint64_t Count(std::string_view name) {
    const json::Value* value = object().Find(name);
    auto count = value == nullptr ? std::nullopt : value->Int64();
    if (count && *count >= 0) return static_cast<uint64_t>(*count);
    Miss(name, "a whole number");
    return 0;
  }
  int64_t Time(std::string_view name) {
    const json::Value* value = object().Find(name);
    auto micros = value == nullptr || value->string() == nullptr
                      ? std::nullopt
                      : base::ParseIso8601(*value->string());
    if (micros) return *micros;
    Miss(name, "a time like 2024-05-14T11:14:20.608Z");
    return 0;
  }
  void Fail(std::string message) {
    if (!error_) error_ = Corrupt(std::move(message));
  }
  base::Status status() const { return error_ ? base::Status(*error_) : base::Ok(); }

 private:
  explicit Members(json::Value value) : value_(std::move(value)) {}
  const json::Object& object() const { return *value_.object(); }
  void Miss(std::string_view name, std::string_view what) {
    Fail("member " + std::string(name) + " is missing or not " + std::string(what));
  }

  json::Value value_;
  std::optional<Error> error_;
};

void AppendOptional(const std::optional<std::string>& value, json::Writer& writer) {
  if (value) {
    writer.String(*value);
  } else {
    writer.Null();
  }
}

}  // namespace

std::string RenderManifestFiles(const std::vector<FileEntry>& files) {
  std::string text;
  for (const FileEntry& file : files) {
    json::Writer(text)
        .StartObject()
        .Name("itemCount")
        .Int(static_cast<int64_t>(file.item_count))
        .Name("md5Checksum")
        .String(file.md5_base64)
        .Name("etag")
        .String(file.etag)
        .Name("dataFileS3Key")
        .String(file.data_file_key)
        .EndObject();
    text += '\n';
  }
  return text;
}

Result<std::vector<FileEntry>> ParseManifestFiles(std::string_view text) {
  std::vector<FileEntry> files;
  for (size_t line_number = 1; !text.empty(); ++line_number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (base::TrimSpace(line).empty()) continue;
    std::string context = "manifest-files.json line " + std::to_string(line_number);
    auto members = Members::Parse(line);
    if (!members) return WithContext(members.error(), context);
    files.push_back({.item_count = members->Count("itemCount"),
                     .md5_base64 = members->String("md5Checksum"),
                     .etag = members->String("etag"),
                     .data_file_key = members->String("dataFileS3Key")});
    if (auto status = members->status(); !status) return WithContext(status.error(), context);
  }
  return files;
}

std::string RenderSummary(const Summary& summary) {
  std::string text;
  json::Writer writer(text);
  auto time = [&](std::string_view name, int64_t micros) {
    writer.Name(name).String(base::FormatIso8601Millis(micros));
  };
  const auto& increment = summary.increment;
  writer.StartObject();
  writer.Name("version").String(increment ? kIncrementalVersion : kFullVersion);
  writer.Name("exportArn").String(summary.export_arn);
  time("startTime", summary.start_time_micros);
  time("endTime", summary.end_time_micros);
  writer.Name("tableArn").String(summary.table_arn);
  writer.Name("tableId").String(summary.table_id);
  if (increment) {
    time("exportFromTime", increment->from_time_micros);
    time("exportToTime", increment->to_time_micros);
  } else {
    time("exportTime", summary.export_time_micros);
  }
  writer.Name("s3Bucket").String(summary.s3_bucket);
  AppendOptional(summary.s3_prefix, writer.Name("s3Prefix"));
  writer.Name("s3SseAlgorithm").String(summary.s3_sse_algorithm);
  AppendOptional(summary.s3_sse_kms_key_id, writer.Name("s3SseKmsKeyId"));
  writer.Name("manifestFilesS3Key").String(summary.manifest_files_key);
  writer.Name("billedSizeBytes").Int(static_cast<int64_t>(summary.billed_size_bytes));
  writer.Name("itemCount").Int(static_cast<int64_t>(summary.item_count));
  writer.Name("outputFormat").String(summary.output_format);
  if (increment) {
    writer.Name("outputView").String(increment->view);
    writer.Name("exportType").String(kIncrementalExport);
  } else if (summary.has_export_type) {
    writer.Name("exportType").String(kFullExport);
  }
  writer.EndObject();
  text += '\n';
  return text;
}

Result<Summary> ParseSummary(std::string_view text) {
  constexpr std::string_view kContext = "manifest-summary.json";
  auto members = Members::Parse(text);
  if (!members) return WithContext(members.error(), kContext);
  std::optional<std::string> export_type = members->OptionalString("exportType");
  Summary summary;
  summary.export_arn = members->String("exportArn");
  summary.start_time_micros = members->Time("startTime");
  summary.end_time_micros = members->Time("endTime");
  summary.table_arn = members->String("tableArn");
  summary.table_id = members->String("tableId");
  if (export_type == kIncrementalExport) {
    summary.increment = {.from_time_micros = members->Time("exportFromTime"),
                         .to_time_micros = members->Time("exportToTime"),
                         .view = members->String("outputView")};
  } else {
    summary.export_time_micros = members->Time("exportTime");
  }
  summary.s3_bucket = members->String("s3Bucket");
  summary.s3_prefix = members->OptionalString("s3Prefix");
  summary.s3_sse_algorithm = members->String("s3SseAlgorithm");
  summary.s3_sse_kms_key_id = members->OptionalString("s3SseKmsKeyId");
  summary.manifest_files_key = members->String("manifestFilesS3Key");
  summary.billed_size_bytes = members->Count("billedSizeBytes");
  summary.item_count = members->Count("itemCount");
  summary.output_format = members->String("outputFormat");
  summary.has_export_type = export_type.has_value();
  if (export_type && *export_type != kFullExport && *export_type != kIncrementalExport) {
    members->Fail("exportType is " + *export_type);
  }
  if (auto status = members->status(); !status) return WithContext(status.error(), kContext);
  return summary;
}

}  // namespace dray::export_layout
