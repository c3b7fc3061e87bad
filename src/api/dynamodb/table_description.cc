// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "api/dynamodb/capacity_settings.h"
#include "api/dynamodb/index_spec.h"
#include "api/dynamodb/key_description.h"
#include "api/dynamodb/resource_name.h"
#include "api/dynamodb/table_spec.h"
#include "api/dynamodb/wire_time.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

using table::BillingMode;
using table::IndexDescriptor;
using table::IndexKind;
using table::IndexStatus;
using table::Projection;
using table::TableDescriptor;

void WriteRestore(json::Writer& writer, const restore_table::RestoreSummary& restore) {
  writer.Name("RestoreSummary").StartObject();
  if (!restore.source_backup_arn.empty()) {
    writer.Name("SourceBackupArn").String(restore.source_backup_arn);
  }
  writer.Name("SourceTableArn").String(restore.source_table_arn);
  writer.Name("RestoreDateTime").EpochSeconds(ToWireMillis(restore.time_micros));
  writer.Name("RestoreInProgress").Bool(true);
  writer.EndObject();
}

void WriteTime(json::Writer& writer, std::string_view name, int64_t micros) {
  if (micros != 0) writer.Name(name).EpochSeconds(ToWireMillis(micros));
}

// ProvisionedThroughput and, once it was changed, BillingModeSummary; OnDemandThroughput and
// WarmThroughput: of the table or of an index.
void WriteCapacity(json::Writer& writer, const table::Throughput& provisioned,
                   const CapacitySettings& settings, BillingMode mode, const ShownTable& table) {
  writer.Name("ProvisionedThroughput").StartObject();
  WriteTime(writer, "LastIncreaseDateTime", settings.increased_at);
  WriteTime(writer, "LastDecreaseDateTime", settings.decreased_at);
  writer.Name("NumberOfDecreasesToday").Int(settings.DecreasesToday(table.now_micros));
  writer.Name("ReadCapacityUnits").Int(provisioned.read_units);
  writer.Name("WriteCapacityUnits").Int(provisioned.write_units);
  writer.EndObject();
  if (settings.on_demand.has_any()) {
    writer.Name("OnDemandThroughput").StartObject();
    if (settings.on_demand.read) writer.Name("MaxReadRequestUnits").Int(*settings.on_demand.read);
    if (settings.on_demand.write) {
      writer.Name("MaxWriteRequestUnits").Int(*settings.on_demand.write);
    }
    writer.EndObject();
  }
  if (table.is_creation) return;
  table::Throughput warm = settings.Warm(mode, provisioned);
  writer.Name("WarmThroughput").StartObject();
  writer.Name("ReadUnitsPerSecond").Int(warm.read_units);
  writer.Name("WriteUnitsPerSecond").Int(warm.write_units);
  writer.Name("Status").String("ACTIVE");
  writer.EndObject();
}

void WriteBillingMode(json::Writer& writer, const ShownTable& table,
                      const CapacitySettings& settings) {
  const TableDescriptor& descriptor = table.descriptor;
  bool is_on_demand = descriptor.billing_mode == BillingMode::kPayPerRequest;
  if (!is_on_demand && settings.on_demand_at == 0) return;
  writer.Name("BillingModeSummary").StartObject();
  writer.Name("BillingMode").String(is_on_demand ? "PAY_PER_REQUEST" : "PROVISIONED");
  if (!table.is_creation) {
    WriteTime(writer, "LastUpdateToPayPerRequestDateTime",
              settings.on_demand_at != 0 ? settings.on_demand_at : descriptor.created_at_micros);
  }
  writer.EndObject();
}

std::string_view IndexStatusText(const IndexDescriptor& index, const ShownTable& table) {
  if (table.is_creation) return "CREATING";
  const auto& updating = table.updating_indexes;
  if (std::find(updating.begin(), updating.end(), index.name) != updating.end()) return "UPDATING";
  switch (index.status) {
    case IndexStatus::kCreating:
      return "CREATING";
    case IndexStatus::kDeleting:
      return "DELETING";
    case IndexStatus::kActive:
      break;
  }
  return "ACTIVE";
}

void WriteIndex(json::Writer& writer, const ShownTable& table, size_t number,
                std::string_view region) {
  const TableDescriptor& descriptor = table.descriptor;
  const IndexDescriptor& index = descriptor.indexes[number];
  writer.StartObject();
  writer.Name("IndexName").String(index.name);
  WriteKeys(writer, index.key_schema);
  WriteProjection(writer, index.projection);
  if (index.kind == IndexKind::kGlobal) {
    writer.Name("IndexStatus").String(IndexStatusText(index, table));
    if (!table.is_creation && index.status == IndexStatus::kCreating) {
      writer.Name("Backfilling").Bool(index.is_backfilling);
    }
    WriteCapacity(writer, index.provisioned, CapacitySettings::FromJson(index.pass_through_json),
                  descriptor.billing_mode, table);
  }
  table::TableMetrics metrics;
  if (number < table.index_metrics.size()) metrics = table.index_metrics[number];
  writer.Name("IndexSizeBytes").Int(static_cast<int64_t>(metrics.size_bytes));
  writer.Name("ItemCount").Int(static_cast<int64_t>(metrics.item_count));
  writer.Name("IndexArn")
      .String(TableArn(region, descriptor.account, descriptor.name) + "/index/" + index.name);
  writer.EndObject();
}

void WriteIndexes(json::Writer& writer, const ShownTable& table, std::string_view region) {
  for (auto [kind, name] : {std::pair(IndexKind::kLocal, "LocalSecondaryIndexes"),
                            {IndexKind::kGlobal, "GlobalSecondaryIndexes"}}) {
    const std::vector<IndexDescriptor>& indexes = table.descriptor.indexes;
    bool has_any =
        std::any_of(indexes.begin(), indexes.end(),
                    [&, wanted = kind](const auto& index) { return index.kind == wanted; });
    if (!has_any) continue;
    writer.Name(name).StartArray();
    for (size_t i = 0; i < indexes.size(); ++i) {
      if (indexes[i].kind == kind) WriteIndex(writer, table, i, region);
    }
    writer.EndArray();
  }
}

}  // namespace

void WriteKeys(json::Writer& writer, const item::KeySchema& schema) {
  writer.Name("KeySchema").StartArray();
  for (auto [elements, key_type] : {std::pair(&schema.hash, "HASH"), {&schema.range, "RANGE"}}) {
    for (const item::KeyElement& element : *elements) {
      writer.StartObject();
      writer.Name("AttributeName").String(element.name);
      writer.Name("KeyType").String(key_type);
      writer.EndObject();
    }
  }
  writer.EndArray();
}

void WriteProjection(json::Writer& writer, const Projection& projection) {
  writer.Name("Projection").StartObject();
  writer.Name("ProjectionType")
      .String(projection.type == Projection::Type::kAll        ? "ALL"
              : projection.type == Projection::Type::kKeysOnly ? "KEYS_ONLY"
                                                               : "INCLUDE");
  if (projection.type == Projection::Type::kInclude) {
    writer.Name("NonKeyAttributes").StartArray();
    for (const std::string& name : projection.non_key_attributes) writer.String(name);
    writer.EndArray();
  }
  writer.EndObject();
}

std::string_view StatusText(table::TableStatus status) {
  switch (status) {
    case table::TableStatus::kCreating:
      return "CREATING";
    case table::TableStatus::kActive:
      return "ACTIVE";
    case table::TableStatus::kDeleting:
      return "DELETING";
  }
  return "ACTIVE";
}

ShownTable ShowTable(Services& services, const table::TableRef& table, TableDescriptor descriptor) {
  ShownTable shown;
  shown.metrics = services.tables.Metrics(table);
  for (const IndexDescriptor& index : descriptor.indexes) {
    // One that went away meanwhile has none.
    base::Result<table::TableMetrics> metrics = services.tables.IndexMetrics(table, index.name);
    shown.index_metrics.push_back(metrics ? *metrics : table::TableMetrics{});
    // As on AWS: while an index goes away the table changes, while one is being built it does not.
    if (index.status == IndexStatus::kDeleting) shown.status = "UPDATING";
  }
  if (shown.status.empty() || descriptor.status != table::TableStatus::kActive) {
    shown.status = StatusText(descriptor.status);
  }
  if (descriptor.status == table::TableStatus::kCreating) {
    shown.restore = services.restores.SummaryOf(descriptor.table_id);
  }
  shown.descriptor = std::move(descriptor);
  shown.now_micros = services.clock.NowMicros();
  return shown;
}

void AppendTableDescription(const ShownTable& table, std::string_view region, std::string& out) {
  const TableDescriptor& descriptor = table.descriptor;
  CapacitySettings settings = CapacitySettings::FromJson(descriptor.pass_through_json);
  json::Writer writer(out);
  writer.StartObject();
  writer.Name("AttributeDefinitions").StartArray();
  for (const item::KeyElement& definition : DefinitionsInUse(descriptor)) {
    writer.StartObject();
    writer.Name("AttributeName").String(definition.name);
    writer.Name("AttributeType").String(item::TypeName(definition.type));
    writer.EndObject();
  }
  writer.EndArray();
  writer.Name("TableName").String(descriptor.name);
  WriteKeys(writer, descriptor.key_schema);
  writer.Name("TableStatus").String(table.status);
  writer.Name("CreationDateTime").EpochSeconds(ToWireMillis(descriptor.created_at_micros));
  WriteCapacity(writer, descriptor.provisioned, settings, descriptor.billing_mode, table);
  WriteBillingMode(writer, table, settings);
  writer.Name("TableSizeBytes").Int(static_cast<int64_t>(table.metrics.size_bytes));
  writer.Name("ItemCount").Int(static_cast<int64_t>(table.metrics.item_count));
  writer.Name("TableArn").String(TableArn(region, descriptor.account, descriptor.name));
  writer.Name("TableId").String(descriptor.table_id);
  WriteIndexes(writer, table, region);
  if (table.restore) WriteRestore(writer, *table.restore);
  writer.Name("DeletionProtectionEnabled").Bool(descriptor.is_deletion_protected);
  if (!descriptor.table_class.empty()) {
    writer.Name("TableClassSummary").StartObject();
    writer.Name("TableClass").String(descriptor.table_class);
    WriteTime(writer, "LastUpdateDateTime", settings.class_changed_at);
    writer.EndObject();
  }
  writer.EndObject();
}

}  // namespace dray::dynamodb
