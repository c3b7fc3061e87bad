// SPDX-License-Identifier: Apache-2.0
// Which items a Query wants: KeyConditionExpression or the older KeyConditions, as terms, and the
// range of the key space that they mean for a table.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/json_view.h"
#include "base/result.h"
#include "model/item/key_schema.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

enum class KeyOperator {
  kEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,
  kBeginsWith
};

// attribute OPERATOR operands. Operands are single values (ReadValue).
struct KeyTerm {
  std::string attribute;
  KeyOperator op = KeyOperator::kEqual;
  std::vector<EncodedItem> operands;
};

// Grammar, keywords in any case:
//   condition := factor [ AND factor ]
//   factor    := ( condition ) | name op :value | :value op name | name BETWEEN :value AND :value
//              | begins_with ( name , :value )
//   op        := = | < | <= | > | >=          name := identifier | #identifier
// `names` and `values` are ExpressionAttributeNames and -Values; each entry must be used.
base::Result<std::vector<KeyTerm>> ParseKeyConditionExpression(
    std::string_view text, const std::optional<JsonView>& names,
    const std::optional<JsonView>& values);

// {"pk":{"AttributeValueList":[...],"ComparisonOperator":"EQ"}}
base::Result<std::vector<KeyTerm>> ReadKeyConditions(const JsonView& conditions);

struct KeyRange {
  std::string partition_key;  // ordered encoding
  table::SortRange sort;
};
base::Result<KeyRange> ResolveKeyRange(const std::vector<KeyTerm>& terms,
                                       const item::KeySchema& schema);

bool IsReservedWord(std::string_view word);  // in any case; reserved_words.cc

}  // namespace dray::dynamodb
