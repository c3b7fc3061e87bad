// SPDX-License-Identifier: Apache-2.0
#include "model/expression/bound_condition.h"

#include <compare>
#include <utility>

#include "base/check.h"
#include "model/expression/binding.h"
#include "model/expression/tree.h"
#include "model/expression/value_order.h"

namespace dray::expression {

namespace {

// What an operand is for one item: nothing, an encoded value, or a number that size() computed.
struct Operand {
  std::optional<item::ValueView> value;
  std::optional<item::Number> size;

  bool is_missing() const { return !value && !size; }
  std::optional<item::Number> number() const {
    if (size) return size;
    if (value && value->type() == item::Type::kNumber) return value->number();
    return std::nullopt;
  }
};

bool OperandsEqual(const Operand& a, const Operand& b) {
  if (a.is_missing() || b.is_missing()) return false;
  if (a.value && b.value) return Equal(*a.value, *b.value);
  std::optional<item::Number> left = a.number();
  std::optional<item::Number> right = b.number();
  return left && right && *left == *right;
}

std::optional<std::strong_ordering> OperandsOrder(const Operand& a, const Operand& b) {
  if (a.value && b.value) return Order(*a.value, *b.value);
  std::optional<item::Number> left = a.number();
  std::optional<item::Number> right = b.number();
  if (!left || !right) return std::nullopt;
  return *left <=> *right;
}

bool ContainsSize(const item::ValueView& container, const item::Number& size) {
  if (container.type() != item::Type::kList && container.type() != item::Type::kNumberSet) {
    return false;
  }
  for (auto it = container.list().begin(); it.valid(); it.Next()) {
    if (it.value().type() == item::Type::kNumber && it.value().number() == size) return true;
  }
  return false;
}

class Evaluation {
 public:
  Evaluation(const Tree& tree, const BoundOperands& operands, const item::ItemView& item)
      : tree_(tree), operands_(operands), item_(item) {}

  bool Holds(NodeIndex index) const {
    const Node& node = tree_.nodes[index];
    switch (node.kind) {
      case NodeKind::kOr:
        for (NodeIndex child : tree_.ChildrenOf(node)) {
          if (Holds(child)) return true;
        }
        return false;
      case NodeKind::kAnd:
        for (NodeIndex child : tree_.ChildrenOf(node)) {
          if (!Holds(child)) return false;
        }
        return true;
      case NodeKind::kNot:
        return !Holds(tree_.ChildrenOf(node)[0]);
      case NodeKind::kCompare:
        return CompareHolds(node);
      case NodeKind::kBetween: {
        Operand value = OperandOf(node, 0);
        auto above = OperandsOrder(OperandOf(node, 1), value);
        if (!above || std::is_gt(*above)) return false;
        auto below = OperandsOrder(value, OperandOf(node, 2));
        return below && std::is_lteq(*below);
      }
      case NodeKind::kIn: {
        Operand value = OperandOf(node, 0);
        if (value.is_missing()) return false;
        for (size_t i = 1; i < node.count; ++i) {
          if (OperandsEqual(value, OperandOf(node, i))) return true;
        }
        return false;
      }
      case NodeKind::kFunction:
        return FunctionHolds(node);
      default:
        return false;  // the grammar has no other conditions
    }
  }

 private:
  bool CompareHolds(const Node& node) const {
    Operand left = OperandOf(node, 0);
    Operand right = OperandOf(node, 1);
    Comparator comparator = ComparatorOf(node);
    if (comparator == Comparator::kEqual) return OperandsEqual(left, right);
    if (comparator == Comparator::kNotEqual) return !OperandsEqual(left, right);
    auto order = OperandsOrder(left, right);
    if (!order) return false;
    switch (comparator) {
      case Comparator::kLess:
        return std::is_lt(*order);
      case Comparator::kLessOrEqual:
        return std::is_lteq(*order);
      case Comparator::kGreater:
        return std::is_gt(*order);
      default:
        return std::is_gteq(*order);
    }
  }

  bool FunctionHolds(const Node& node) const {
    Operand first = OperandOf(node, 0);
    if (FunctionOf(node) == Function::kAttributeExists) return !first.is_missing();
    if (FunctionOf(node) == Function::kAttributeNotExists) return first.is_missing();
    Operand second = OperandOf(node, 1);
    if (first.is_missing() || second.is_missing()) return false;
    switch (FunctionOf(node)) {
      case Function::kAttributeType: {
        item::Type type = first.value ? first.value->type() : item::Type::kNumber;
        return item::TypeName(type) == second.value->string();
      }
      case Function::kBeginsWith:
        return first.value && second.value && BeginsWith(*first.value, *second.value);
      case Function::kContains:
        if (!first.value) return false;
        return second.value ? Contains(*first.value, *second.value)
                            : ContainsSize(*first.value, *second.size);
      default:
        return false;
    }
  }

  Operand OperandOf(const Node& parent, size_t child) const {
    const Node& node = tree_.Child(parent, child);
    switch (node.kind) {
      case NodeKind::kValue:
        return {operands_.value(node), std::nullopt};
      case NodeKind::kPath:
        return {FindPath(item_, operands_.path(node)), std::nullopt};
      case NodeKind::kFunction: {  // size
        Operand measured = OperandOf(node, 0);
        if (!measured.value) return {};
        std::optional<size_t> size = SizeOf(*measured.value);
        if (!size) return {};
        return {std::nullopt, item::Number::FromInt64(static_cast<int64_t>(*size))};
      }
      default:
        return {};
    }
  }

  const Tree& tree_;
  const BoundOperands& operands_;
  const item::ItemView& item_;
};

}  // namespace

base::Result<BoundCondition> BoundCondition::Bind(std::shared_ptr<const Tree> tree,
                                                  Parameters& parameters) {
  CHECK(tree->kind == Kind::kCondition || tree->kind == Kind::kFilter);
  BoundCondition bound;
  RETURN_IF_ERROR(BindOperands(*tree, parameters, bound.operands_));
  bound.tree_ = std::move(tree);
  return bound;
}

bool BoundCondition::Matches(const item::ItemView& item) const {
  return Evaluation(*tree_, operands_, item).Holds(tree_->root);
}

AttributeUses BoundCondition::attribute_uses() const {
  AttributeUses uses;
  AppendPathUses(*tree_, operands_, tree_->root, uses);
  return uses;
}

}  // namespace dray::expression
