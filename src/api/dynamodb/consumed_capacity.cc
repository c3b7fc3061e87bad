// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/consumed_capacity.h"

#include <algorithm>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/shape.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

double Blocks(size_t size_bytes, size_t block_bytes) {
  return static_cast<double>(std::max<size_t>(1, (size_bytes + block_bytes - 1) / block_bytes));
}

// Units are whole or half.
std::string UnitsText(double units) {
  auto halves = static_cast<int64_t>(units * 2);
  return std::to_string(halves / 2) + (halves % 2 != 0 ? ".5" : ".0");
}

// An entry that stays where it is costs its larger image; one that moves is a delete and a put.
double EntryUnits(const table::IndexWrite& write) {
  if (write.is_same_key) return WriteUnits(std::max(write.old_bytes, write.new_bytes));
  return (write.old_bytes > 0 ? WriteUnits(write.old_bytes) : 0) +
         (write.new_bytes > 0 ? WriteUnits(write.new_bytes) : 0);
}

double Sum(const std::map<std::string, double>& units) {
  double sum = 0;
  for (const auto& [name, amount] : units) sum += amount;
  return sum;
}

void AppendUnits(double units, std::string& out) {
  out += "{\"CapacityUnits\":" + UnitsText(units) + "}";
}

void AppendIndexes(std::string_view member, const std::map<std::string, double>& units,
                   std::string& out) {
  if (units.empty()) return;
  StartMember(member, out);
  out += '{';
  for (const auto& [name, amount] : units) {
    StartMember(name, out);
    AppendUnits(amount, out);
  }
  out += '}';
}

}  // namespace

ReturnConsumedCapacity ReadReturnConsumedCapacity(const JsonView& body) {
  std::string_view mode = StringOr(body, "ReturnConsumedCapacity", "NONE");
  if (mode == "TOTAL") return ReturnConsumedCapacity::kTotal;
  if (mode == "INDEXES") return ReturnConsumedCapacity::kIndexes;
  return ReturnConsumedCapacity::kNone;
}

double WriteUnits(size_t size_bytes) { return Blocks(size_bytes, 1024); }

double ReadUnits(size_t size_bytes, bool is_consistent) {
  return Blocks(size_bytes, 4096) / (is_consistent ? 1 : 2);
}

void Capacity::AddWrite(const table::TableDescriptor& descriptor, const table::MutateResult& result,
                        size_t new_size_bytes) {
  size_t old_size_bytes = result.old_item ? result.old_item->size_bytes() : 0;
  table_units += WriteUnits(std::max(old_size_bytes, new_size_bytes));
  for (const table::IndexWrite& write : result.index_writes) {
    auto index = std::find_if(descriptor.indexes.begin(), descriptor.indexes.end(),
                              [&](const auto& each) { return each.name == write.index; });
    bool is_local = index != descriptor.indexes.end() && index->kind == table::IndexKind::kLocal;
    (is_local ? local_units : global_units)[write.index] += EntryUnits(write);
  }
}

double Capacity::total() const { return table_units + Sum(local_units) + Sum(global_units); }

void AppendCapacity(ReturnConsumedCapacity mode, std::string_view table, const Capacity& capacity,
                    std::string& out) {
  out += "{\"TableName\":";
  json::AppendString(table, out);
  out += ",\"CapacityUnits\":" + UnitsText(capacity.total());
  if (mode == ReturnConsumedCapacity::kIndexes) {
    StartMember("Table", out);
    AppendUnits(capacity.table_units, out);
    AppendIndexes("LocalSecondaryIndexes", capacity.local_units, out);
    AppendIndexes("GlobalSecondaryIndexes", capacity.global_units, out);
  }
  out += '}';
}

void AppendCapacityMember(ReturnConsumedCapacity mode, std::string_view table,
                          const Capacity& capacity, std::string& out) {
  if (mode == ReturnConsumedCapacity::kNone) return;
  StartMember("ConsumedCapacity", out);
  AppendCapacity(mode, table, capacity, out);
}

}  // namespace dray::dynamodb
