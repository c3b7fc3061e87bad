// SPDX-License-Identifier: Apache-2.0
// Projection expressions with their names.
#pragma once

#include <memory>

#include "base/result.h"
#include "model/expression/attribute_use.h"
#include "model/expression/bound_path.h"
#include "model/expression/expression.h"
#include "model/expression/path_tree.h"

namespace dray::expression {

// Immutable after Bind. Movable. Points into the parameters.
class BoundProjection {
 public:
  static base::Result<BoundProjection> Bind(std::shared_ptr<const Tree> tree,
                                            Parameters& parameters);

  // What of `item` the paths reach, as attributes of `out`; StartItem and Finish are the caller's.
  // Maps and lists keep their structure, a list only its chosen elements, in order; a container of
  // which nothing is left is left out. The item's order of attributes stays. Fails only for an item
  // that is no valid one.
  base::Status Project(const item::ItemView& item, item::ItemBuilder& out) const;

  AttributeUses attribute_uses() const;

 private:
  BoundProjection() = default;

  std::shared_ptr<const Tree> tree_;
  BoundOperands operands_;
  PathTree paths_;
};

}  // namespace dray::expression
