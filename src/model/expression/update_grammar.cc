// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "model/expression/grammar.h"

namespace dray::expression {

bool Grammar::Update() {
  uint32_t clause = 0;
  do {
    Section section = Section::kSet;
    switch (Peek().kind) {
      case TokenKind::kSet:
        section = Section::kSet;
        break;
      case TokenKind::kRemove:
        section = Section::kRemove;
        break;
      case TokenKind::kAdd:
        section = Section::kAdd;
        break;
      case TokenKind::kDelete:
        section = Section::kDelete;
        break;
      default:
        Fail();
        return false;
    }
    Take();
    if (!Clause(section, clause++)) return false;
  } while (!Is(TokenKind::kEnd));
  return true;
}

bool Grammar::Clause(Section section, uint32_t clause) {
  while (true) {
    if (!OneAction(section, clause)) return false;
    if (!Is(TokenKind::kComma)) return true;
    Take();
  }
}

bool Grammar::OneAction(Section section, uint32_t clause) {
  Action action;
  action.section = section;
  action.clause = clause;
  action.path = Path();
  if (action.path == kNoNode) return false;
  switch (section) {
    case Section::kSet:
      if (!Expect(TokenKind::kEqual)) return false;
      action.operand = ArithmeticValue();
      if (action.operand == kNoNode) return false;
      break;
    case Section::kAdd:
    case Section::kDelete:
      if (!Is(TokenKind::kValuePlaceholder)) {
        Fail();
        return false;
      }
      action.operand = Value();
      break;
    case Section::kRemove:
      break;
  }
  tree_.actions.push_back(action);
  return true;
}

NodeIndex Grammar::ArithmeticValue() {
  if (is_stopped()) return kNoNode;
  Mark start = Here();
  size_t depth = depth_;
  NodeIndex left = Operand();
  if (left != kNoNode) {
    if (!Is(TokenKind::kPlus) && !Is(TokenKind::kMinus)) return left;
    const Token& token = Take();
    Arithmetic op = token.kind == TokenKind::kPlus ? Arithmetic::kPlus : Arithmetic::kMinus;
    NodeIndex right = Operand();
    if (right == kNoNode) return kNoNode;
    return AddNode(NodeKind::kArithmetic, static_cast<uint8_t>(op), token.text,
                   std::array{left, right});
  }
  if (is_stopped() || tokens_[start.next].kind != TokenKind::kOpenParenthesis) return kNoNode;
  BackTo(start);
  depth_ = depth;
  return Parenthesised([this] { return ArithmeticValue(); });
}

}  // namespace dray::expression
