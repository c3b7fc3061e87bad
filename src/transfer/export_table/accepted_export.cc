// SPDX-License-Identifier: Apache-2.0
#include "transfer/export_table/accepted_export.h"

#include "format/json/json.h"
#include "transfer/jobs/record_json.h"

namespace dray::export_table {
namespace {

void WriteOptional(json::Writer& writer, std::string_view name,
                   const std::optional<std::string>& value) {
  if (value) writer.Name(name).String(*value);
}

bool AskForTheSame(const std::optional<IncrementRequest>& a,
                   const std::optional<IncrementRequest>& b) {
  if (!a || !b) return a.has_value() == b.has_value();
  return a->from_micros == b->from_micros && a->to_micros == b->to_micros &&
         a->view_type.value_or(std::string(kNewAndOldImages)) ==
             b->view_type.value_or(std::string(kNewAndOldImages));
}

}  // namespace

std::string RenderAccepted(const AcceptedExport& accepted) {
  const ExportRequest& request = accepted.request;
  std::string out;
  json::Writer writer(out);
  writer.StartObject();
  writer.Name("table_arn").String(request.table_arn);
  writer.Name("table_name").String(request.table_name);
  writer.Name("s3_bucket").String(request.s3_bucket);
  WriteOptional(writer, "s3_bucket_owner", request.s3_bucket_owner);
  WriteOptional(writer, "s3_prefix", request.s3_prefix);
  WriteOptional(writer, "s3_sse_algorithm", request.s3_sse_algorithm);
  WriteOptional(writer, "export_format", request.export_format);
  WriteOptional(writer, "export_type", request.export_type);
  if (request.export_time_micros) {
    writer.Name("requested_time_micros").Int(*request.export_time_micros);
  }
  if (const auto& increment = request.increment) {
    writer.Name("requested_from_micros").Int(increment->from_micros);
    if (increment->to_micros) writer.Name("requested_to_micros").Int(*increment->to_micros);
    WriteOptional(writer, "requested_view_type", increment->view_type);
  }
  WriteOptional(writer, "client_token", request.client_token);
  writer.Name("table_number").Int(static_cast<int64_t>(accepted.table_number));
  writer.Name("table_id").String(accepted.table_id);
  writer.Name("export_time_micros").Int(accepted.export_time_micros);
  if (const auto& period = accepted.period) {
    writer.Name("from_micros").Int(period->from_micros);
    writer.Name("to_micros").Int(period->to_micros);
    writer.Name("view_type").String(period->view_type);
  }
  writer.Name("billed_size_bytes").Int(static_cast<int64_t>(accepted.billed_size_bytes));
  writer.Name("item_count_hint").Int(static_cast<int64_t>(accepted.item_count_hint));
  writer.EndObject();
  return out;
}

base::Result<AcceptedExport> ParseAccepted(std::string_view json) {
  ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(json));
  AcceptedExport accepted;
  ExportRequest& request = accepted.request;
  ASSIGN_OR_RETURN(request.table_arn, members.String("table_arn"));
  ASSIGN_OR_RETURN(request.table_name, members.String("table_name"));
  ASSIGN_OR_RETURN(request.s3_bucket, members.String("s3_bucket"));
  request.s3_bucket_owner = members.OptionalString("s3_bucket_owner");
  request.s3_prefix = members.OptionalString("s3_prefix");
  request.s3_sse_algorithm = members.OptionalString("s3_sse_algorithm");
  request.export_format = members.OptionalString("export_format");
  request.export_type = members.OptionalString("export_type");
  request.export_time_micros = members.OptionalInt("requested_time_micros");
  if (auto from = members.OptionalInt("requested_from_micros")) {
    request.increment = {*from, members.OptionalInt("requested_to_micros"),
                         members.OptionalString("requested_view_type")};
  }
  request.client_token = members.OptionalString("client_token");
  ASSIGN_OR_RETURN(accepted.table_number, members.Count("table_number"));
  ASSIGN_OR_RETURN(accepted.table_id, members.String("table_id"));
  ASSIGN_OR_RETURN(accepted.export_time_micros, members.Int("export_time_micros"));
  if (request.increment) {
    Period& period = accepted.period.emplace();
    ASSIGN_OR_RETURN(period.from_micros, members.Int("from_micros"));
    ASSIGN_OR_RETURN(period.to_micros, members.Int("to_micros"));
    ASSIGN_OR_RETURN(period.view_type, members.String("view_type"));
  }
  ASSIGN_OR_RETURN(accepted.billed_size_bytes, members.Count("billed_size_bytes"));
  ASSIGN_OR_RETURN(accepted.item_count_hint, members.Count("item_count_hint"));
  return accepted;
}

Period PeriodOf(const IncrementRequest& increment, int64_t now_micros) {
  Period period;
  period.from_micros = increment.from_micros;
  // Whole milliseconds: who sends back the time that is shown gets exactly what follows.
  period.to_micros = increment.to_micros.value_or(now_micros - now_micros % 1000);
  period.view_type = increment.view_type.value_or(std::string(kNewAndOldImages));
  return period;
}

bool AskForTheSame(const ExportRequest& a, const ExportRequest& b) {
  return a.table_name == b.table_name && a.s3_bucket == b.s3_bucket &&
         a.s3_bucket_owner == b.s3_bucket_owner &&
         a.s3_prefix.value_or("") == b.s3_prefix.value_or("") &&
         a.s3_sse_algorithm.value_or("AES256") == b.s3_sse_algorithm.value_or("AES256") &&
         a.export_format.value_or("DYNAMODB_JSON") == b.export_format.value_or("DYNAMODB_JSON") &&
         a.export_type.value_or("FULL_EXPORT") == b.export_type.value_or("FULL_EXPORT") &&
         a.export_time_micros == b.export_time_micros && AskForTheSame(a.increment, b.increment);
}

}  // namespace dray::export_table
