// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/resource_name.h"
#include "api/dynamodb/table_spec.h"
#include "api/dynamodb/wire_time.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

void WriteKeys(json::Writer& writer, const std::vector<item::KeyElement>& elements,
               std::string_view key_type) {
  for (const item::KeyElement& element : elements) {
    writer.StartObject();
    writer.Name("AttributeName").String(element.name);
    writer.Name("KeyType").String(key_type);
    writer.EndObject();
  }
}

void WriteBilling(json::Writer& writer, const table::TableDescriptor& descriptor) {
  writer.Name("ProvisionedThroughput").StartObject();
  writer.Name("NumberOfDecreasesToday").Int(0);
  writer.Name("ReadCapacityUnits").Int(descriptor.provisioned.read_units);
  writer.Name("WriteCapacityUnits").Int(descriptor.provisioned.write_units);
  writer.EndObject();
  if (descriptor.billing_mode != table::BillingMode::kPayPerRequest) return;
  writer.Name("BillingModeSummary").StartObject();
  writer.Name("BillingMode").String("PAY_PER_REQUEST");
  writer.Name("LastUpdateToPayPerRequestDateTime")
      .EpochSeconds(ToWireMillis(descriptor.created_at_micros));
  writer.EndObject();
}

}  // namespace

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

void AppendTableDescription(const table::TableDescriptor& descriptor,
                            const table::TableMetrics& metrics, std::string_view status,
                            std::string_view region, std::string& out) {
  json::Writer writer(out);
  writer.StartObject();
  writer.Name("AttributeDefinitions").StartArray();
  for (const item::KeyElement& definition : descriptor.attribute_definitions) {
    writer.StartObject();
    writer.Name("AttributeName").String(definition.name);
    writer.Name("AttributeType").String(item::TypeName(definition.type));
    writer.EndObject();
  }
  writer.EndArray();
  writer.Name("TableName").String(descriptor.name);
  writer.Name("KeySchema").StartArray();
  WriteKeys(writer, descriptor.key_schema.hash, "HASH");
  WriteKeys(writer, descriptor.key_schema.range, "RANGE");
  writer.EndArray();
  writer.Name("TableStatus").String(status);
  writer.Name("CreationDateTime").EpochSeconds(ToWireMillis(descriptor.created_at_micros));
  WriteBilling(writer, descriptor);
  writer.Name("TableSizeBytes").Int(static_cast<int64_t>(metrics.size_bytes));
  writer.Name("ItemCount").Int(static_cast<int64_t>(metrics.item_count));
  writer.Name("TableArn").String(TableArn(region, descriptor.account, descriptor.name));
  writer.Name("TableId").String(descriptor.table_id);
  writer.Name("DeletionProtectionEnabled").Bool(descriptor.is_deletion_protected);
  if (!descriptor.table_class.empty()) {
    writer.Name("TableClassSummary").StartObject();
    writer.Name("TableClass").String(descriptor.table_class);
    writer.EndObject();
  }
  // An object's members, spliced in.
  std::string_view more = descriptor.pass_through_json;
  writer.EndObject();
  if (more.size() > 2) {
    out.pop_back();
    out += ',';
    out += more.substr(1);
  }
}

}  // namespace dray::dynamodb
