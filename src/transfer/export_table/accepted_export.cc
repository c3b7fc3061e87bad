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
  WriteOptional(writer, "client_token", request.client_token);
  writer.Name("table_number").Int(static_cast<int64_t>(accepted.table_number));
  writer.Name("table_id").String(accepted.table_id);
  writer.Name("export_time_micros").Int(accepted.export_time_micros);
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
  request.client_token = members.OptionalString("client_token");
  ASSIGN_OR_RETURN(accepted.table_number, members.Count("table_number"));
  ASSIGN_OR_RETURN(accepted.table_id, members.String("table_id"));
  ASSIGN_OR_RETURN(accepted.export_time_micros, members.Int("export_time_micros"));
  ASSIGN_OR_RETURN(accepted.billed_size_bytes, members.Count("billed_size_bytes"));
  ASSIGN_OR_RETURN(accepted.item_count_hint, members.Count("item_count_hint"));
  return accepted;
}

bool AskForTheSame(const ExportRequest& a, const ExportRequest& b) {
  return a.table_name == b.table_name && a.s3_bucket == b.s3_bucket &&
         a.s3_bucket_owner == b.s3_bucket_owner &&
         a.s3_prefix.value_or("") == b.s3_prefix.value_or("") &&
         a.s3_sse_algorithm.value_or("AES256") == b.s3_sse_algorithm.value_or("AES256") &&
         a.export_format.value_or("DYNAMODB_JSON") == b.export_format.value_or("DYNAMODB_JSON") &&
         a.export_type.value_or("FULL_EXPORT") == b.export_type.value_or("FULL_EXPORT") &&
         a.export_time_micros == b.export_time_micros;
}

}  // namespace dray::export_table
