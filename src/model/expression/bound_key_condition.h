// SPDX-License-Identifier: Apache-2.0
// What a Query asks of a key: KeyConditionExpression as terms, and terms against a key schema.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/expression/attribute_use.h"
#include "model/expression/bound_path.h"
#include "model/expression/expression.h"
#include "model/item/key_schema.h"

namespace dray::expression {

enum class KeyOperator {
  kEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kBetween,  // two operands, bounds included
  kBeginsWith,
};

// attribute OPERATOR operand [AND upper]. Views into the bound expression and its parameters, or
// for KeyConditions into what the caller read.
struct KeyTerm {
  std::string_view attribute;
  KeyOperator op = KeyOperator::kEqual;
  item::ValueView operand;
  item::ValueView upper;  // kBetween only
};

// Immutable after Bind. Movable. Points into the parameters.
class BoundKeyCondition {
 public:
  // `tree` of kind kKeyCondition: the same grammar and checks as for a condition.
  static base::Result<BoundKeyCondition> Bind(std::shared_ptr<const Tree> tree,
                                              Parameters& parameters);

  // In the order of the text. What a key condition may not have besides is an error here and not of
  // Bind, because AWS looks at it after all expressions of the request and CheckAllUsed: "Invalid
  // operator used in KeyConditionExpression: OR", "KeyConditionExpressions cannot have conditions
  // on nested attributes" and so on, without "Invalid KeyConditionExpression: ".
  base::Result<std::vector<KeyTerm>> Terms() const;

  AttributeUses attribute_uses() const;

 private:
  BoundKeyCondition() = default;

  std::shared_ptr<const Tree> tree_;
  BoundOperands operands_;
};

// The terms in the order of a key: all hash attributes by equality, then leading range attributes
// by equality, then at most one other operator on the next one.
struct KeySelection {
  std::vector<item::ValueView> hash;         // one for each of schema.hash
  std::vector<item::ValueView> range_equal;  // of the first attributes of schema.range
  std::optional<KeyTerm> range_last;         // on schema.range[range_equal.size()]; never kEqual
};

// Checks the terms against the key of the table or index: which attributes, which operators, types,
// empty values. "Query condition missed key schema element: pk", "Query key condition not
// supported", "One or more parameter values were invalid: Condition parameter type does not match
// schema type". The lower bound of BETWEEN above the upper one is an error here too
// (KeyConditions).
base::Result<KeySelection> SelectKeys(const std::vector<KeyTerm>& terms,
                                      const item::KeySchema& schema);

}  // namespace dray::expression
