// SPDX-License-Identifier: Apache-2.0
// Condition and filter expressions with their names and values.
#pragma once

#include <memory>
#include <vector>

#include "base/result.h"
#include "model/expression/attribute_use.h"
#include "model/expression/bound_path.h"
#include "model/expression/expression.h"

namespace dray::expression {

// Immutable after Bind; may be evaluated by several threads. Movable. Points into the parameters.
class BoundCondition {
 public:
  // `tree` of kind kCondition or kFilter. Checks names, values and the types of operands.
  static base::Result<BoundCondition> Bind(std::shared_ptr<const Tree> tree,
                                           Parameters& parameters);

  // An absent item is ItemView({}): it has no attributes. A missing attribute equals nothing, is <>
  // to everything, and no order holds for it; values of different types are like that too.
  bool Matches(const item::ItemView& item) const;

  AttributeUses attribute_uses() const;

 private:
  BoundCondition() = default;

  std::shared_ptr<const Tree> tree_;
  BoundOperands operands_;
};

}  // namespace dray::expression
