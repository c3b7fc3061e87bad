// SPDX-License-Identifier: Apache-2.0
// Capacity units: what AWS would have counted, from item sizes. Nothing is throttled by them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "api/dynamodb/json_view.h"

namespace dray::dynamodb {

enum class ReturnConsumedCapacity { kNone, kTotal, kIndexes };
ReturnConsumedCapacity ReadReturnConsumedCapacity(const JsonView& body);

// One unit per started kilobyte of the larger of both images.
double WriteUnits(size_t size_bytes);
// One unit per started 4 KB, half of it for eventually consistent reads. An empty read counts as
// one block.
double ReadUnits(size_t size_bytes, bool is_consistent);

// {"TableName":...,"CapacityUnits":1.0}
void AppendCapacity(ReturnConsumedCapacity mode, std::string_view table, double units,
                    std::string& out);
// ,"ConsumedCapacity":{...} unless NONE. `needs_comma`: something stands before it in the object.
void AppendCapacityMember(ReturnConsumedCapacity mode, std::string_view table, double units,
                          bool needs_comma, std::string& out);

}  // namespace dray::dynamodb
