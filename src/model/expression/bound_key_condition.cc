// SPDX-License-Identifier: Apache-2.0
#include "model/expression/bound_key_condition.h"

#include <utility>

#include "base/check.h"
#include "model/expression/binding.h"
#include "model/expression/tree.h"

namespace dray::expression {

namespace {

using base::Status;

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}
base::Error InvalidOperator(std::string_view op) {
  return Invalid("Invalid operator used in KeyConditionExpression: " + std::string(op));
}
base::Error InvalidCondition(std::string text) {
  return Invalid("Invalid condition in KeyConditionExpression: " + std::move(text));
}

// With the operands exchanged: ":v < key" is "key > :v".
KeyOperator Mirrored(KeyOperator op) {
  switch (op) {
    case KeyOperator::kLess:
      return KeyOperator::kGreater;
    case KeyOperator::kLessOrEqual:
      return KeyOperator::kGreaterOrEqual;
    case KeyOperator::kGreater:
      return KeyOperator::kLess;
    case KeyOperator::kGreaterOrEqual:
      return KeyOperator::kLessOrEqual;
    default:
      return op;
  }
}

KeyOperator KeyOperatorOf(Comparator comparator) {
  switch (comparator) {
    case Comparator::kLess:
      return KeyOperator::kLess;
    case Comparator::kLessOrEqual:
      return KeyOperator::kLessOrEqual;
    case Comparator::kGreater:
      return KeyOperator::kGreater;
    case Comparator::kGreaterOrEqual:
      return KeyOperator::kGreaterOrEqual;
    default:
      return KeyOperator::kEqual;
  }
}

// The checks of one condition after another, in the order of the text (dynalite's tests, recorded
// on AWS).
class TermTaker {
 public:
  TermTaker(const Tree& tree, const BoundOperands& operands, std::vector<KeyTerm>& terms)
      : tree_(tree), operands_(operands), terms_(terms) {}

  Status Take(NodeIndex index) {
    const Node& node = tree_.nodes[index];
    switch (node.kind) {
      case NodeKind::kAnd:
        for (NodeIndex child : tree_.ChildrenOf(node)) RETURN_IF_ERROR(Take(child));
        return base::Ok();
      case NodeKind::kOr:
      case NodeKind::kNot:
      case NodeKind::kIn:
        return InvalidOperator(node.token);
      case NodeKind::kCompare:
        if (ComparatorOf(node) == Comparator::kNotEqual) return InvalidOperator(node.token);
        return TakeTerm(node, KeyOperatorOf(ComparatorOf(node)));
      case NodeKind::kBetween:
        RETURN_IF_ERROR(CheckFirstIsKey(node));
        return TakeTerm(node, KeyOperator::kBetween);
      case NodeKind::kFunction:
        if (FunctionOf(node) != Function::kBeginsWith) return InvalidOperator(node.token);
        RETURN_IF_ERROR(CheckFirstIsKey(node));
        return TakeTerm(node, KeyOperator::kBeginsWith);
      default:
        return InvalidOperator(node.token);
    }
  }

 private:
  Status CheckFirstIsKey(const Node& node) {
    if (tree_.Child(node, 0).kind != NodeKind::kValue) return base::Ok();
    return InvalidCondition(std::string(node.token) +
                            " operator must have the key attribute as its first operand");
  }

  Status TakeTerm(const Node& node, KeyOperator op) {
    const Node* key = nullptr;
    size_t key_at = 0;
    for (size_t i = 0; i < node.count; ++i) {
      const Node& operand = tree_.Child(node, i);
      if (operand.kind == NodeKind::kFunction) {
        return Invalid("KeyConditionExpressions cannot contain nested operations");
      }
      if (operand.kind != NodeKind::kPath) continue;
      if (key != nullptr) {
        return InvalidCondition("Multiple attribute names used in one condition");
      }
      if (operand.count > 1) {
        return Invalid("KeyConditionExpressions cannot have conditions on nested attributes");
      }
      key = &operand;
      key_at = i;
    }
    if (key == nullptr) return InvalidCondition("No key attribute specified");
    KeyTerm term;
    term.attribute = operands_.path(*key).front().name;
    for (const KeyTerm& other : terms_) {
      if (other.attribute != term.attribute) continue;
      return Invalid("KeyConditionExpressions must only contain one condition per key");
    }
    term.op = key_at == 0 ? op : Mirrored(op);
    term.operand = operands_.value(tree_.Child(node, key_at == 0 ? 1 : 0));
    if (op == KeyOperator::kBetween) term.upper = operands_.value(tree_.Child(node, 2));
    terms_.push_back(term);
    return base::Ok();
  }

  const Tree& tree_;
  const BoundOperands& operands_;
  std::vector<KeyTerm>& terms_;
};

}  // namespace

base::Result<BoundKeyCondition> BoundKeyCondition::Bind(std::shared_ptr<const Tree> tree,
                                                        Parameters& parameters) {
  CHECK(tree->kind == Kind::kKeyCondition);
  BoundKeyCondition bound;
  RETURN_IF_ERROR(BindOperands(*tree, parameters, bound.operands_));
  bound.tree_ = std::move(tree);
  return bound;
}

base::Result<std::vector<KeyTerm>> BoundKeyCondition::Terms() const {
  std::vector<KeyTerm> terms;
  RETURN_IF_ERROR(TermTaker(*tree_, operands_, terms).Take(tree_->root));
  return terms;
}

AttributeUses BoundKeyCondition::attribute_uses() const {
  AttributeUses uses;
  AppendPathUses(*tree_, operands_, tree_->root, uses);
  return uses;
}

}  // namespace dray::expression
