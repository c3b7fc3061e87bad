// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "base/text_encoding.h"
#include "model/expression/grammar.h"
#include "model/expression/text_checks.h"

namespace dray::expression {

namespace {

base::Status ParseInto(Tree& tree) {
  if (base::TrimSpace(tree.text).empty()) {
    return base::Error{base::ErrorKind::kInvalidArgument, "The expression can not be empty;"};
  }
  if (tree.text.size() > kExpressionBytesMax) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "Expression size has exceeded the maximum allowed size; expression size: " +
                           std::to_string(tree.text.size())};
  }
  RETURN_IF_ERROR(Grammar(tree).Parse());
  RETURN_IF_ERROR(CheckOperatorCount(tree));
  return CheckText(tree);
}

}  // namespace

base::Result<std::shared_ptr<const Tree>> Parse(Kind kind, std::string_view text) {
  auto tree = std::make_shared<Tree>();
  tree->kind = kind;
  tree->text = text;
  base::Status parsed = ParseInto(*tree);
  if (!parsed) {
    base::Error error = std::move(parsed).error();
    error.message = "Invalid " + std::string(MemberName(kind)) + ": " + error.message;
    return error;
  }
  return std::shared_ptr<const Tree>(std::move(tree));
}

}  // namespace dray::expression
