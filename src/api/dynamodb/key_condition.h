// SPDX-License-Identifier: Apache-2.0
// Which items a Query wants, as a range of the key space of a table or index. The terms come from
// KeyConditionExpression (model/expression) or from the older KeyConditions.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/json_view.h"
#include "base/result.h"
#include "model/expression/bound_key_condition.h"
#include "model/item/key_schema.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

// {"pk":{"AttributeValueList":[...],"ComparisonOperator":"EQ"}}. Owns what the terms point to.
struct KeyConditions {
  std::deque<std::string> attributes;
  std::deque<EncodedItem> operands;
  std::vector<expression::KeyTerm> terms;
};
base::Result<KeyConditions> ReadKeyConditions(const JsonView& conditions);

struct KeyRange {
  std::vector<std::string> hash;  // ordered encodings, one for each of schema.hash
  table::SortRange sort;
};
// `schema`: of the table, or of the index that is queried.
base::Result<KeyRange> ResolveKeyRange(const std::vector<expression::KeyTerm>& terms,
                                       const item::KeySchema& schema);

}  // namespace dray::dynamodb
