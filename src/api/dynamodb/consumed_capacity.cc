// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/consumed_capacity.h"

#include <algorithm>

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

void AppendCapacity(ReturnConsumedCapacity mode, std::string_view table, double units,
                    std::string& out) {
  std::string text = UnitsText(units);
  out += "{\"TableName\":";
  json::AppendString(table, out);
  out += ",\"CapacityUnits\":" + text;
  if (mode == ReturnConsumedCapacity::kIndexes)
    out += ",\"Table\":{\"CapacityUnits\":" + text + "}";
  out += '}';
}

void AppendCapacityMember(ReturnConsumedCapacity mode, std::string_view table, double units,
                          bool needs_comma, std::string& out) {
  if (mode == ReturnConsumedCapacity::kNone) return;
  if (needs_comma) out += ',';
  out += "\"ConsumedCapacity\":";
  AppendCapacity(mode, table, units, out);
}

}  // namespace dray::dynamodb
