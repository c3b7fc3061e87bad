// SPDX-License-Identifier: Apache-2.0
// Conditions: also filters and key conditions, which AWS reads with the same grammar.
#include <array>

#include "model/expression/grammar.h"

namespace dray::expression {

namespace {

std::optional<Comparator> ComparatorOf(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEqual:
      return Comparator::kEqual;
    case TokenKind::kNotEqual:
      return Comparator::kNotEqual;
    case TokenKind::kLess:
      return Comparator::kLess;
    case TokenKind::kLessOrEqual:
      return Comparator::kLessOrEqual;
    case TokenKind::kGreater:
      return Comparator::kGreater;
    case TokenKind::kGreaterOrEqual:
      return Comparator::kGreaterOrEqual;
    default:
      return std::nullopt;
  }
}

}  // namespace

NodeIndex Grammar::Condition() {
  std::vector<NodeIndex> terms;
  while (true) {
    NodeIndex term = Conjunction();
    if (term == kNoNode) return kNoNode;
    terms.push_back(term);
    if (!Is(TokenKind::kOr)) break;
    Take();
  }
  return terms.size() == 1 ? terms[0] : AddNode(NodeKind::kOr, 0, "OR", terms);
}

NodeIndex Grammar::Conjunction() {
  std::vector<NodeIndex> terms;
  while (true) {
    NodeIndex term = Negation();
    if (term == kNoNode) return kNoNode;
    terms.push_back(term);
    if (!Is(TokenKind::kAnd)) break;
    Take();
  }
  return terms.size() == 1 ? terms[0] : AddNode(NodeKind::kAnd, 0, "AND", terms);
}

NodeIndex Grammar::Negation() {
  size_t negations = 0;  // counted, not recursed into: there may be a thousand
  for (; Is(TokenKind::kNot); Take()) ++negations;
  NodeIndex node = Primary();
  if (node == kNoNode) return kNoNode;
  for (; negations > 0; --negations) node = AddNode(NodeKind::kNot, 0, "NOT", std::array{node});
  return node;
}

NodeIndex Grammar::Primary() {
  if (is_stopped()) return kNoNode;
  if (!Is(TokenKind::kOpenParenthesis)) return Comparison();
  Mark start = Here();
  size_t depth = depth_;
  NodeIndex node = Parenthesised([this] { return Condition(); });
  if (is_stopped()) return kNoNode;
  bool is_operand = ComparatorOf(Peek().kind) || Is(TokenKind::kBetween) || Is(TokenKind::kIn);
  if (node != kNoNode && !is_operand) return node;
  if (node != kNoNode) Fail();  // "(size(a)) = b"; for "(a = b) = c" this is where it is wrong
  BackTo(start);
  depth_ = depth;
  return Comparison();
}

NodeIndex Grammar::Comparison() {
  NodeIndex left = Operand();
  if (left == kNoNode) return kNoNode;
  const Token& token = Peek();
  if (std::optional<Comparator> comparator = ComparatorOf(token.kind)) {
    Take();
    NodeIndex right = Operand();
    if (right == kNoNode) return kNoNode;
    return AddNode(NodeKind::kCompare, static_cast<uint8_t>(*comparator), token.text,
                   std::array{left, right});
  }
  if (token.kind == TokenKind::kBetween) {
    Take();
    NodeIndex lower = Operand();
    if (lower == kNoNode || !Expect(TokenKind::kAnd)) return kNoNode;
    NodeIndex upper = Operand();
    if (upper == kNoNode) return kNoNode;
    return AddNode(NodeKind::kBetween, 0, "BETWEEN", std::array{left, lower, upper});
  }
  if (token.kind == TokenKind::kIn) {
    Take();
    if (!Expect(TokenKind::kOpenParenthesis)) return kNoNode;
    std::vector<NodeIndex> operands = {left};
    if (!OperandList(operands)) return kNoNode;
    return AddNode(NodeKind::kIn, 0, "IN", operands);
  }
  // A function may be a condition by itself, in parentheses it was read as one before.
  if (tree_.nodes[left].kind == NodeKind::kFunction && !is_parenthesised_) return left;
  return Fail();
}

}  // namespace dray::expression
