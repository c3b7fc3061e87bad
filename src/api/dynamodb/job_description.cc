// SPDX-License-Identifier: Apache-2.0
// Members appear by AWS's presence rules (docs/compatibility.md). Members of our own stand last:
// WrittenSizeBytes and ProgressPercent of what runs, FailureDetail of what failed, and those of
// imports into existing tables.
#include "api/dynamodb/job_description.h"

#include <algorithm>
#include <cmath>

#include "api/dynamodb/wire_time.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

using jobs::State;

void WriteOptional(json::Writer& writer, std::string_view name,
                   const std::optional<std::string>& value) {
  if (value) writer.Name(name).String(*value);
}

void WriteTime(json::Writer& writer, std::string_view name, int64_t micros) {
  writer.Name(name).EpochSeconds(ToWireMillis(micros));
}

void WriteCount(json::Writer& writer, std::string_view name, uint64_t count) {
  writer.Name(name).Int(static_cast<int64_t>(count));
}

// A share of 0 to 1 as whole percents.
void WriteProgress(json::Writer& writer, double share) {
  writer.Name("ProgressPercent").Int(std::lround(std::clamp(share, 0.0, 1.0) * 100));
}

bool IsOwnBucket(const jobs::Record& record, const std::optional<std::string>& bucket_owner) {
  return bucket_owner.value_or(record.account) == record.account;
}

void WriteFailure(json::Writer& writer, const jobs::Record& record, bool sees_detail) {
  if (record.state != State::kFailed) return;
  writer.Name("FailureCode").String(record.failure_code);
  writer.Name("FailureMessage").String(record.failure_message);
  if (sees_detail && !record.failure_detail.empty()) {
    writer.Name("FailureDetail").String(record.failure_detail);
  }
}

// Members of our own, of imports with transforms and of imports into existing tables.
void WriteOwnMembers(json::Writer& writer, const import_table::ImportDescription& description) {
  if (description.request.transforms) {
    writer.Name("Transforms").Raw(description.request.transforms->public_json());
  }
  if (description.request.transforms || description.into) {
    WriteCount(writer, "FilteredItemCount", description.filtered_items);
  }
  if (!description.into) return;
  const import_table::IntoDescription& into = *description.into;
  writer.Name("Mode").String(into.mode);
  writer.Name("DryRun").Bool(into.is_dry_run);
  if (!into.manifests.empty()) {
    writer.Name("Manifests").StartArray();
    for (const std::string& key : into.manifests) writer.String(key);
    writer.EndArray();
    writer.Name("Force").Bool(into.is_forced);
    if (into.from_micros) WriteTime(writer, "From", *into.from_micros);
    if (into.at_micros) WriteTime(writer, "AppliedTo", *into.at_micros);
  }
  WriteCount(writer, "InsertedItemCount", into.inserted);
  WriteCount(writer, "UpdatedItemCount", into.updated);
  WriteCount(writer, "UnchangedItemCount", into.unchanged);
  WriteCount(writer, "DeletedItemCount", into.deleted);
  WriteCount(writer, "SkippedItemCount", into.skipped);
}

void WriteBucketSource(json::Writer& writer, const import_table::ImportDescription& description) {
  const import_table::ImportRequest& request = description.request;
  writer.Name("S3BucketSource").StartObject();
  writer.Name("S3BucketOwner").String(request.s3_bucket_owner.value_or(description.record.account));
  writer.Name("S3Bucket").String(request.s3_bucket);
  WriteOptional(writer, "S3KeyPrefix", request.s3_key_prefix);
  writer.EndObject();
}

}  // namespace

std::string_view StatusOf(const jobs::Record& record) {
  switch (record.state) {
    case State::kInProgress:
      return "IN_PROGRESS";
    case State::kCompleted:
      return "COMPLETED";
    case State::kFailed:
      return "FAILED";
  }
  return "FAILED";
}

bool SeesFailureDetail(const access::Caller& asker, const jobs::Record& record,
                       const std::optional<std::string>& bucket_owner) {
  return asker.account() == record.account && IsOwnBucket(record, bucket_owner);
}

void AppendExport(const export_table::ExportDescription& description, bool sees_detail,
                  std::string& out) {
  const jobs::Record& record = description.record;
  const export_table::ExportRequest& request = description.request;
  json::Writer writer(out);
  writer.StartObject().Name("ExportDescription").StartObject();
  writer.Name("ExportArn").String(record.arn);
  writer.Name("ExportStatus").String(StatusOf(record));
  WriteTime(writer, "StartTime", record.start_time_micros);
  if (record.state != State::kInProgress) WriteTime(writer, "EndTime", record.end_time_micros);
  if (record.state == State::kCompleted) {
    writer.Name("ExportManifest").String(description.manifest_key);
  }
  writer.Name("TableArn").String(request.table_arn);
  writer.Name("TableId").String(description.table_id);
  if (const auto& period = description.period) {
    writer.Name("IncrementalExportSpecification").StartObject();
    WriteTime(writer, "ExportFromTime", period->from_micros);
    WriteTime(writer, "ExportToTime", period->to_micros);
    writer.Name("ExportViewType").String(period->view_type);
    writer.EndObject();
  } else {
    WriteTime(writer, "ExportTime", description.export_time_micros);
  }
  writer.Name("ClientToken").String(description.client_token);
  writer.Name("DestinationType").String("S3");
  writer.Name("S3Bucket").String(request.s3_bucket);
  WriteOptional(writer, "S3BucketOwner", request.s3_bucket_owner);
  WriteOptional(writer, "S3Prefix", request.s3_prefix);
  writer.Name("S3SseAlgorithm").String(request.s3_sse_algorithm.value_or("AES256"));
  WriteFailure(writer, record, sees_detail && IsOwnBucket(record, request.s3_bucket_owner));
  writer.Name("ExportFormat").String(request.export_format.value_or("DYNAMODB_JSON"));
  if (record.state == State::kCompleted) {
    WriteCount(writer, "BilledSizeBytes", description.billed_size_bytes);
  }
  if (record.state != State::kFailed) WriteCount(writer, "ItemCount", description.item_count);
  WriteOptional(writer, "ExportType", request.export_type);
  if (record.state == State::kInProgress) {
    WriteCount(writer, "WrittenSizeBytes", description.compressed_bytes);
    WriteProgress(writer, description.share_done);
  }
  writer.EndObject().EndObject();
}

void AppendExportSummary(const export_table::ExportDescription& description, std::string& out) {
  json::Writer writer(out);
  writer.StartObject();
  writer.Name("ExportArn").String(description.record.arn);
  writer.Name("ExportStatus").String(StatusOf(description.record));
  writer.Name("ExportType").String(description.request.export_type.value_or("FULL_EXPORT"));
  writer.EndObject();
}

void AppendImport(const import_table::ImportDescription& description, bool sees_detail,
                  std::string& out) {
  const jobs::Record& record = description.record;
  const import_table::ImportRequest& request = description.request;
  json::Writer writer(out);
  writer.StartObject().Name("ImportTableDescription").StartObject();
  writer.Name("ImportArn").String(record.arn);
  writer.Name("ImportStatus").String(StatusOf(record));
  writer.Name("TableArn").String(record.table_arn);
  writer.Name("TableId").String(description.table_id);
  writer.Name("ClientToken").String(request.client_token);
  WriteBucketSource(writer, description);
  WriteCount(writer, "ErrorCount", description.errors);
  writer.Name("CloudWatchLogGroupArn").String(description.log_group_arn);
  // Incremental exports say themselves what they are.
  const bool has_format = !request.input_format.empty();
  if (has_format) writer.Name("InputFormat").String(request.input_format);
  if (!request.input_format_options_json.empty()) {
    writer.Name("InputFormatOptions").Raw(request.input_format_options_json);
  }
  if (has_format) writer.Name("InputCompressionType").String(request.input_compression_type);
  if (!description.into) {
    writer.Name("TableCreationParameters").Raw(request.table_creation_parameters_json);
  }
  WriteTime(writer, "StartTime", record.start_time_micros);
  if (record.state != State::kInProgress) WriteTime(writer, "EndTime", record.end_time_micros);
  WriteCount(writer, "ProcessedItemCount", description.processed_items);
  WriteCount(writer, "ImportedItemCount", description.imported_items);
  if (description.processed_bytes && record.state != State::kInProgress) {
    WriteCount(writer, "ProcessedSizeBytes", *description.processed_bytes);
  }
  WriteFailure(writer, record, sees_detail && IsOwnBucket(record, request.s3_bucket_owner));
  if (record.state == State::kInProgress) WriteProgress(writer, description.share_done);
  WriteOwnMembers(writer, description);
  writer.EndObject().EndObject();
}

void AppendImportSummary(const import_table::ImportDescription& description, std::string& out) {
  const jobs::Record& record = description.record;
  json::Writer writer(out);
  writer.StartObject();
  writer.Name("ImportArn").String(record.arn);
  writer.Name("ImportStatus").String(StatusOf(record));
  writer.Name("TableArn").String(record.table_arn);
  WriteBucketSource(writer, description);
  writer.Name("CloudWatchLogGroupArn").String(description.log_group_arn);
  if (!description.request.input_format.empty()) {
    writer.Name("InputFormat").String(description.request.input_format);
  }
  WriteTime(writer, "StartTime", record.start_time_micros);
  if (record.state != State::kInProgress) WriteTime(writer, "EndTime", record.end_time_micros);
  if (description.into) {
    writer.Name("Mode").String(description.into->mode);
    writer.Name("DryRun").Bool(description.into->is_dry_run);
  }
  writer.EndObject();
}

}  // namespace dray::dynamodb
