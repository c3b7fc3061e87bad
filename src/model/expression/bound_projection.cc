// SPDX-License-Identifier: Apache-2.0
#include "model/expression/bound_projection.h"

#include <utility>

#include "base/check.h"
#include "model/expression/binding.h"
#include "model/expression/tree.h"

namespace dray::expression {

base::Result<BoundProjection> BoundProjection::Bind(std::shared_ptr<const Tree> tree,
                                                    Parameters& parameters) {
  CHECK(tree->kind == Kind::kProjection);
  BoundProjection bound;
  RETURN_IF_ERROR(BindOperands(*tree, parameters, bound.operands_));
  for (NodeIndex path : tree->projected) {
    bound.paths_.Add(bound.operands_.path(tree->nodes[path]));
  }
  bound.tree_ = std::move(tree);
  return bound;
}

base::Status BoundProjection::Project(const item::ItemView& item, item::ItemBuilder& out) const {
  return ProjectPaths(paths_, item, out);
}

AttributeUses BoundProjection::attribute_uses() const {
  AttributeUses uses;
  for (NodeIndex path : tree_->projected) AppendPathUses(*tree_, operands_, path, uses);
  return uses;
}

}  // namespace dray::expression
