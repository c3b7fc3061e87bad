// SPDX-License-Identifier: Apache-2.0
// What all expressions share: operands, functions, document paths; and projections.
#include <algorithm>

#include "model/expression/grammar.h"

namespace dray::expression {

base::Status Grammar::Parse() {
  bool is_parsed = false;
  switch (tree_.kind) {
    case Kind::kCondition:
    case Kind::kFilter:
    case Kind::kKeyCondition:
      tree_.root = Condition();
      is_parsed = tree_.root != kNoNode;
      break;
    case Kind::kProjection:
      is_parsed = Projection();
      break;
    case Kind::kUpdate:
      is_parsed = Update();
      break;
  }
  if (is_parsed && !Is(TokenKind::kEnd)) {
    Fail();
    is_parsed = false;
  }
  if (is_parsed) return base::Ok();
  if (!is_stopped()) error_ = SyntaxErrorText(tree_.text, tokens_, failed_at_);
  return base::Error{base::ErrorKind::kInvalidArgument, std::move(error_)};
}

void Grammar::BackTo(const Mark& mark) {
  next_ = mark.next;
  tree_.nodes.resize(mark.nodes);
  tree_.children.resize(mark.children);
  tree_.elements.resize(mark.elements);
  tree_.values.resize(mark.values);
}

bool Grammar::Expect(TokenKind kind) {
  if (!Is(kind)) {
    Fail();
    return false;
  }
  ++next_;
  return true;
}

NodeIndex Grammar::Fail() {
  failed_at_ = std::max(failed_at_, next_);
  return kNoNode;
}

NodeIndex Grammar::Stop(std::string message) {
  if (error_.empty()) error_ = std::move(message);
  return kNoNode;
}

NodeIndex Grammar::StopAtDepth() {
  auto operators = std::count_if(tokens_.begin(), tokens_.end(), [](const Token& token) {
    return token.kind >= TokenKind::kAnd && token.kind <= TokenKind::kGreaterOrEqual;
  });
  if (static_cast<size_t>(operators) <= kOperatorsMax) {
    return Stop("The expression has redundant parentheses;");
  }
  return Stop("The expression contains too many operators; operator count: " +
              std::to_string(kOperatorsMax + 1));
}

NodeIndex Grammar::AddNode(NodeKind kind, uint8_t op, std::string_view token,
                           std::span<const NodeIndex> children) {
  Node node;
  node.kind = kind;
  node.op = op;
  node.token = token;
  node.first = static_cast<uint32_t>(tree_.children.size());
  node.count = static_cast<uint32_t>(children.size());
  tree_.children.insert(tree_.children.end(), children.begin(), children.end());
  tree_.nodes.push_back(node);
  is_parenthesised_ = false;
  return static_cast<NodeIndex>(tree_.nodes.size() - 1);
}

NodeIndex Grammar::Operand() {
  if (is_stopped()) return kNoNode;
  switch (Peek().kind) {
    case TokenKind::kValuePlaceholder:
      return Value();
    case TokenKind::kOpenParenthesis:
      return Parenthesised([this] { return Operand(); });
    case TokenKind::kIdentifier:
      if (Peek(1).kind == TokenKind::kOpenParenthesis) return FunctionCall();
      return Path();
    case TokenKind::kNamePlaceholder:
      return Path();
    default:
      return Fail();
  }
}

NodeIndex Grammar::Value() {
  Node node;
  node.kind = NodeKind::kValue;
  node.token = Take().text;
  node.first = static_cast<uint32_t>(tree_.values.size());
  tree_.values.push_back(node.token);
  tree_.nodes.push_back(node);
  is_parenthesised_ = false;
  return static_cast<NodeIndex>(tree_.nodes.size() - 1);
}

bool Grammar::OperandList(std::vector<NodeIndex>& list) {
  do {
    NodeIndex operand = Operand();
    if (operand == kNoNode) return false;
    list.push_back(operand);
    if (!Is(TokenKind::kComma)) break;
    Take();
  } while (true);
  return Expect(TokenKind::kCloseParenthesis);
}

NodeIndex Grammar::FunctionCall() {
  std::string_view name = Take().text;
  Function function = FunctionByName(name);
  // No function that exists can stand so deep.
  if (++depth_ > kDepthMax) {
    return Stop((function == Function::kUnknown
                     ? "Invalid function name; function: "
                     : "The function is not allowed to be used this way in an expression; "
                       "function: ") +
                std::string(name));
  }
  Take();  // "("
  std::vector<NodeIndex> operands;
  if (!OperandList(operands)) return kNoNode;
  --depth_;
  return AddNode(NodeKind::kFunction, static_cast<uint8_t>(function), name, operands);
}

NodeIndex Grammar::Path() {
  if (!Is(TokenKind::kIdentifier) && !Is(TokenKind::kNamePlaceholder)) return Fail();
  Node node;
  node.kind = NodeKind::kPath;
  node.first = static_cast<uint32_t>(tree_.elements.size());
  auto add_name = [this] {
    const Token& token = Take();
    tree_.elements.push_back({token.kind == TokenKind::kIdentifier
                                  ? PathElement::Kind::kName
                                  : PathElement::Kind::kPlaceholder,
                              0, token.text});
  };
  add_name();
  while (true) {
    if (Is(TokenKind::kDot)) {
      Take();
      if (!Is(TokenKind::kIdentifier) && !Is(TokenKind::kNamePlaceholder)) return Fail();
      add_name();
    } else if (Is(TokenKind::kOpenBracket)) {
      Take();
      if (!Is(TokenKind::kInteger)) return Fail();
      // The number itself is taken, and its range checked, by CheckText.
      tree_.elements.push_back({PathElement::Kind::kIndex, 0, Take().text});
      if (!Expect(TokenKind::kCloseBracket)) return kNoNode;
    } else {
      break;
    }
  }
  node.count = static_cast<uint32_t>(tree_.elements.size()) - node.first;
  node.token = tree_.elements[node.first].text;
  tree_.nodes.push_back(node);
  is_parenthesised_ = false;
  return static_cast<NodeIndex>(tree_.nodes.size() - 1);
}

bool Grammar::Projection() {
  while (true) {
    NodeIndex path = Path();
    if (path == kNoNode) return false;
    tree_.projected.push_back(path);
    if (!Is(TokenKind::kComma)) return true;
    Take();
  }
}

}  // namespace dray::expression
