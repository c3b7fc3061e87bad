// SPDX-License-Identifier: Apache-2.0
// Recursive descent over the tokens of one expression. Internal to this module.
//
//   condition  := conjunction { OR conjunction }
//   conjunction:= negation { AND negation }
//   negation   := { NOT } primary
//   primary    := ( condition ) | comparison
//   comparison := operand comparator operand | operand BETWEEN operand AND operand
//               | operand IN ( operand { , operand } ) | function
//   operand    := :value | path | function | ( operand )
//   function   := identifier ( operand { , operand } )
//   path       := name { . name | [ integer ] }           name := identifier | #identifier
//   projection := path { , path }
//   update     := { SET set { , set } | REMOVE path { , path } | ADD add { , add } | DELETE add ...
//   } set        := path = arithmetic                        add := path :value arithmetic :=
//   operand [ (+|-) operand ] | ( arithmetic )
//
// "(" is ambiguous in two places: what follows is read one way, and on failure the other way. The
// failure that got furthest is reported. Two pairs of parentheses around the same thing are an
// error at once, before any later syntax error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/expression/lexer.h"
#include "model/expression/tree.h"

namespace dray::expression {

class Grammar {
 public:
  // Reads tree.text, fills the rest.
  explicit Grammar(Tree& tree) : tree_(tree), tokens_(Tokenize(tree.text)) {}

  // Syntax and parentheses only.
  base::Status Parse();

 private:
  // Parsers return kNoNode or false after a failure; failed_at_ or error_ tells which.
  struct Mark {
    size_t next, nodes, children, elements, values;
  };
  Mark Here() const {
    return {next_, tree_.nodes.size(), tree_.children.size(), tree_.elements.size(),
            tree_.values.size()};
  }
  void BackTo(const Mark& mark);

  const Token& Peek(size_t ahead = 0) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
  }
  bool Is(TokenKind kind) const { return Peek().kind == kind; }
  const Token& Take() { return tokens_[next_++]; }
  bool Expect(TokenKind kind);
  NodeIndex Fail();                     // the next token is wrong
  NodeIndex Stop(std::string message);  // nothing else is tried
  // No text may use up the stack. What nests deeper than that has more operators than AWS allows,
  // or more parentheses.
  static constexpr size_t kDepthMax = 400;
  NodeIndex StopAtDepth();
  bool is_stopped() const { return !error_.empty(); }
  NodeIndex AddNode(NodeKind kind, uint8_t op, std::string_view token,
                    std::span<const NodeIndex> children);

  // operand_grammar.cc
  NodeIndex Operand();
  NodeIndex FunctionCall();
  NodeIndex Path();
  NodeIndex Value();
  bool OperandList(std::vector<NodeIndex>& list);  // behind "(", up to and with ")"
  bool Projection();
  // "(" inner ")" where the inner one must not be in parentheses of its own.
  template <class Inner>
  NodeIndex Parenthesised(Inner inner);

  // condition_grammar.cc
  NodeIndex Condition();
  NodeIndex Conjunction();
  NodeIndex Negation();
  NodeIndex Primary();
  NodeIndex Comparison();

  // update_grammar.cc
  bool Update();
  bool Clause(Section section, uint32_t clause);
  bool OneAction(Section section, uint32_t clause);
  NodeIndex ArithmeticValue();

  Tree& tree_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
  size_t failed_at_ = 0;
  std::string error_;
  size_t depth_ = 0;               // of open parentheses
  bool is_parenthesised_ = false;  // what was parsed last stood in parentheses
};

template <class Inner>
NodeIndex Grammar::Parenthesised(Inner inner) {
  if (++depth_ > kDepthMax) return StopAtDepth();
  Take();  // "("
  NodeIndex node = inner();
  if (node == kNoNode) return kNoNode;
  bool is_inner_parenthesised = is_parenthesised_;
  if (!Expect(TokenKind::kCloseParenthesis)) return kNoNode;
  if (is_inner_parenthesised) return Stop("The expression has redundant parentheses;");
  --depth_;
  is_parenthesised_ = true;
  return node;
}

}  // namespace dray::expression
