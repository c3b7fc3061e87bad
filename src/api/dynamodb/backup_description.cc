// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/backup_description.h"

#include <algorithm>

#include "api/dynamodb/capacity_settings.h"
#include "api/dynamodb/key_description.h"
#include "api/dynamodb/resource_name.h"
#include "api/dynamodb/wire_time.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

using restore_table::Backup;
using restore_table::BackupStatus;
using restore_table::BackupType;
using table::IndexDescriptor;
using table::IndexKind;

std::string_view StatusText(BackupStatus status) {
  switch (status) {
    case BackupStatus::kCreating:
      return "CREATING";
    case BackupStatus::kAvailable:
      return "AVAILABLE";
    case BackupStatus::kDeleted:
      break;
  }
  return "DELETED";
}

// What details and summaries share.
void WriteBackup(json::Writer& writer, const Backup& backup, BackupStatus status) {
  writer.Name("BackupArn").String(backup.arn);
  writer.Name("BackupName").String(backup.name);
  writer.Name("BackupSizeBytes").Int(static_cast<int64_t>(backup.size_bytes));
  writer.Name("BackupStatus").String(StatusText(status));
  writer.Name("BackupType").String(backup.type == BackupType::kUser ? "USER" : "SYSTEM");
  writer.Name("BackupCreationDateTime").EpochSeconds(ToWireMillis(backup.created_at_micros));
  if (backup.expires_at_micros != 0) {
    writer.Name("BackupExpiryDateTime").EpochSeconds(ToWireMillis(backup.expires_at_micros));
  }
}

void WriteDetails(json::Writer& writer, const Backup& backup, BackupStatus status) {
  writer.Name("BackupDetails").StartObject();
  WriteBackup(writer, backup, status);
  writer.EndObject();
}

void WriteCapacity(json::Writer& writer, const table::Throughput& provisioned,
                   std::string_view pass_through_json) {
  writer.Name("ProvisionedThroughput").StartObject();
  writer.Name("ReadCapacityUnits").Int(provisioned.read_units);
  writer.Name("WriteCapacityUnits").Int(provisioned.write_units);
  writer.EndObject();
  const UnitPair on_demand = CapacitySettings::FromJson(pass_through_json).on_demand;
  if (!on_demand.has_any()) return;
  writer.Name("OnDemandThroughput").StartObject();
  if (on_demand.read) writer.Name("MaxReadRequestUnits").Int(*on_demand.read);
  if (on_demand.write) writer.Name("MaxWriteRequestUnits").Int(*on_demand.write);
  writer.EndObject();
}

void WriteSource(json::Writer& writer, const Backup& backup, std::string_view region) {
  const table::TableDescriptor& table = backup.table;
  writer.Name("SourceTableDetails").StartObject();
  writer.Name("TableName").String(table.name);
  writer.Name("TableId").String(table.table_id);
  writer.Name("TableArn").String(TableArn(region, table.account, table.name));
  writer.Name("TableSizeBytes").Int(static_cast<int64_t>(backup.size_bytes));
  WriteKeys(writer, table.key_schema);
  writer.Name("TableCreationDateTime").EpochSeconds(ToWireMillis(table.created_at_micros));
  WriteCapacity(writer, table.provisioned, table.pass_through_json);
  writer.Name("ItemCount").Int(static_cast<int64_t>(backup.item_count));
  writer.Name("BillingMode")
      .String(table.billing_mode == table::BillingMode::kPayPerRequest ? "PAY_PER_REQUEST"
                                                                       : "PROVISIONED");
  writer.EndObject();
}

void WriteFeatures(json::Writer& writer, const table::TableDescriptor& table) {
  writer.Name("SourceTableFeatureDetails").StartObject();
  for (auto [kind, name] : {std::pair(IndexKind::kLocal, "LocalSecondaryIndexes"),
                            {IndexKind::kGlobal, "GlobalSecondaryIndexes"}}) {
    auto is_wanted = [wanted = kind](const IndexDescriptor& index) { return index.kind == wanted; };
    if (std::none_of(table.indexes.begin(), table.indexes.end(), is_wanted)) continue;
    writer.Name(name).StartArray();
    for (const IndexDescriptor& index : table.indexes) {
      if (!is_wanted(index)) continue;
      writer.StartObject();
      writer.Name("IndexName").String(index.name);
      WriteKeys(writer, index.key_schema);
      WriteProjection(writer, index.projection);
      if (kind == IndexKind::kGlobal) {
        WriteCapacity(writer, index.provisioned, index.pass_through_json);
      }
      writer.EndObject();
    }
    writer.EndArray();
  }
  writer.Name("TimeToLiveDescription").StartObject();
  writer.Name("TimeToLiveStatus").String(table.time_to_live.is_enabled ? "ENABLED" : "DISABLED");
  if (table.time_to_live.is_enabled) {
    writer.Name("AttributeName").String(table.time_to_live.attribute);
  }
  writer.EndObject().EndObject();
}

}  // namespace

void AppendBackupDetails(const Backup& backup, BackupStatus status, std::string& out) {
  json::Writer writer(out);
  writer.StartObject();
  WriteDetails(writer, backup, status);
  writer.EndObject();
}

void AppendBackup(const Backup& backup, std::string_view region, std::string& out) {
  json::Writer writer(out);
  writer.StartObject().Name("BackupDescription").StartObject();
  WriteDetails(writer, backup, backup.status);
  WriteSource(writer, backup, region);
  WriteFeatures(writer, backup.table);
  writer.EndObject().EndObject();
}

void AppendBackupSummary(const Backup& backup, std::string_view region, std::string& out) {
  json::Writer writer(out);
  writer.StartObject();
  writer.Name("TableName").String(backup.table.name);
  writer.Name("TableId").String(backup.table.table_id);
  writer.Name("TableArn").String(TableArn(region, backup.table.account, backup.table.name));
  WriteBackup(writer, backup, backup.status);
  writer.EndObject();
}

}  // namespace dray::dynamodb
