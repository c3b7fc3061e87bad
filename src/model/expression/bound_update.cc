// SPDX-License-Identifier: Apache-2.0
#include "model/expression/bound_update.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "model/expression/binding.h"
#include "model/expression/tree.h"

namespace dray::expression {

namespace {

// Of what an action writes, where the expression alone tells.
std::optional<item::Type> WrittenType(const Tree& tree, const BoundOperands& operands,
                                      NodeIndex operand) {
  const Node& node = tree.nodes[operand];
  if (node.kind == NodeKind::kArithmetic) return item::Type::kNumber;
  if (node.kind == NodeKind::kFunction) {
    if (FunctionOf(node) == Function::kListAppend) return item::Type::kList;
    return WrittenType(tree, operands, tree.ChildrenOf(node)[1]);  // if_not_exists
  }
  return StaticType(tree, operands, operand);
}

}  // namespace

base::Result<BoundUpdate> BoundUpdate::Bind(std::shared_ptr<const Tree> tree,
                                            Parameters& parameters) {
  CHECK(tree->kind == Kind::kUpdate);
  BoundUpdate bound;
  RETURN_IF_ERROR(BindOperands(*tree, parameters, bound.operands_));
  for (const Action& action : tree->actions) {
    bound.targets_.Add(bound.operands_.path(tree->nodes[action.path]));
  }
  bound.only_removes_ =
      std::all_of(tree->actions.begin(), tree->actions.end(), [](const Action& action) {
        return action.section == Section::kRemove || action.section == Section::kDelete;
      });
  bound.tree_ = std::move(tree);
  return bound;
}

base::Status BoundUpdate::ProjectUpdated(const item::ItemView& item, item::ItemBuilder& out) const {
  return ProjectPaths(targets_, item, out);
}

AttributeUses BoundUpdate::attribute_uses() const {
  AttributeUses uses;
  for (const Action& action : tree_->actions) {
    AppendPathUses(*tree_, operands_, action.path, uses);
    AttributeUse& use = uses.back();
    use.is_written = true;
    bool has_type = action.section == Section::kSet || action.section == Section::kAdd;
    if (has_type) use.written_type = WrittenType(*tree_, operands_, action.operand);
  }
  for (const Action& action : tree_->actions) {
    if (action.operand != kNoNode) AppendPathUses(*tree_, operands_, action.operand, uses);
  }
  return uses;
}

}  // namespace dray::expression
