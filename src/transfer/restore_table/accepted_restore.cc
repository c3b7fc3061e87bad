// SPDX-License-Identifier: Apache-2.0
#include "transfer/restore_table/accepted_restore.h"

#include "base/text_encoding.h"
#include "format/json/json.h"
#include "storage/table/catalog_record.h"
#include "transfer/jobs/record_json.h"

namespace dray::restore_table {

std::string RenderAccepted(const AcceptedRestore& accepted) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject();
  writer.Name("source_number").Int(static_cast<int64_t>(accepted.source_number));
  writer.Name("cut_micros").Int(accepted.cut_micros);
  writer.Name("source_table_arn").String(accepted.summary.source_table_arn);
  writer.Name("source_backup_arn").String(accepted.summary.source_backup_arn);
  writer.Name("time_micros").Int(accepted.summary.time_micros);
  writer.Name("size_bytes").Int(static_cast<int64_t>(accepted.size_bytes));
  writer.Name("table").String(base::Base64Encode(table::EncodeDescriptor(accepted.table)));
  writer.EndObject();
  return out;
}

base::Result<AcceptedRestore> ParseAccepted(std::string_view json) {
  ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(json));
  AcceptedRestore accepted;
  ASSIGN_OR_RETURN(accepted.source_number, members.Count("source_number"));
  ASSIGN_OR_RETURN(accepted.cut_micros, members.Int("cut_micros"));
  ASSIGN_OR_RETURN(accepted.summary.source_table_arn, members.String("source_table_arn"));
  ASSIGN_OR_RETURN(accepted.summary.source_backup_arn, members.String("source_backup_arn"));
  ASSIGN_OR_RETURN(accepted.summary.time_micros, members.Int("time_micros"));
  ASSIGN_OR_RETURN(accepted.size_bytes, members.Count("size_bytes"));
  ASSIGN_OR_RETURN(std::string table, members.String("table"));
  auto bytes = base::Base64Decode(table);
  if (!bytes) {
    return base::Error{base::ErrorKind::kCorruption, "A restore's record holds no table", {}};
  }
  ASSIGN_OR_RETURN(accepted.table, table::DecodeDescriptor(*bytes));
  return accepted;
}

}  // namespace dray::restore_table
