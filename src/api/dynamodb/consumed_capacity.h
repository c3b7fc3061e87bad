// SPDX-License-Identifier: Apache-2.0
// Capacity units: what AWS would have counted, from item sizes. Nothing is throttled by them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "api/dynamodb/json_view.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

enum class ReturnConsumedCapacity { kNone, kTotal, kIndexes };
ReturnConsumedCapacity ReadReturnConsumedCapacity(const JsonView& body);

// One unit per started kilobyte of the larger of both images.
double WriteUnits(size_t size_bytes);
// One unit per started 4 KB, half of it for eventually consistent reads. An empty read counts as
// one block.
double ReadUnits(size_t size_bytes, bool is_consistent);

// What one request, or its part on one table, consumed.
struct Capacity {
  double table_units = 0;
  std::map<std::string, double> local_units, global_units;  // by the name of the index

  // A write that left an item of `new_size_bytes` (0: none), with the entries that it changed.
  void AddWrite(const table::TableDescriptor& descriptor, const table::MutateResult& result,
                size_t new_size_bytes);
  double total() const;
};

// {"TableName":...,"CapacityUnits":1.0}; for INDEXES also "Table", "LocalSecondaryIndexes",
// "GlobalSecondaryIndexes".
void AppendCapacity(ReturnConsumedCapacity mode, std::string_view table, const Capacity& capacity,
                    std::string& out);
// The member "ConsumedCapacity" of the object that `out` ends with, unless NONE.
void AppendCapacityMember(ReturnConsumedCapacity mode, std::string_view table,
                          const Capacity& capacity, std::string& out);

}  // namespace dray::dynamodb
