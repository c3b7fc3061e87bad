// SPDX-License-Identifier: Apache-2.0
// The order of these checks is that of DynamoDB Local 3.3.1, which shares AWS's expression code;
// the texts are in README.md.
#include "model/expression/text_checks.h"

#include <algorithm>
#include <charconv>

namespace dray::expression {

namespace {

using base::Status;

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

bool IsUpdateFunction(Function function) {
  return function == Function::kIfNotExists || function == Function::kListAppend;
}

std::string WrongOperandCount(const Node& node) {
  return "Incorrect number of operands for operator or function; operator or function: " +
         std::string(node.token) + ", number of operands: " + std::to_string(node.count);
}

class TextChecker {
 public:
  explicit TextChecker(Tree& tree) : tree_(tree) {}

  Status Check() {
    switch (tree_.kind) {
      case Kind::kUpdate:
        return CheckSections();
      case Kind::kProjection:
        for (NodeIndex path : tree_.projected) RETURN_IF_ERROR(Visit(path, Place::kOperand));
        return base::Ok();
      default:
        return Visit(tree_.root, Place::kCondition);
    }
  }

 private:
  enum class Place { kCondition, kOperand, kListAppendOperand };

  // A section at a time, in the order in which the sections appear first.
  Status CheckSections() {
    std::vector<Section> seen;
    for (const Action& first : tree_.actions) {
      if (std::find(seen.begin(), seen.end(), first.section) != seen.end()) continue;
      seen.push_back(first.section);
      bool is_repeated = false;
      for (const Action& action : tree_.actions) {
        if (action.section != first.section) continue;
        is_repeated = is_repeated || action.clause != first.clause;
        RETURN_IF_ERROR(Visit(action.path, Place::kOperand));
        if (action.operand != kNoNode) RETURN_IF_ERROR(Visit(action.operand, Place::kOperand));
      }
      if (is_repeated) {
        return Invalid("The \"" + std::string(SectionName(first.section)) +
                       "\" section can only be used once in an update expression;");
      }
    }
    return base::Ok();
  }

  Status Visit(NodeIndex index, Place place) {
    const Node& node = tree_.nodes[index];
    switch (node.kind) {
      case NodeKind::kPath:
        return VisitPath(node);
      case NodeKind::kValue:
        return base::Ok();
      case NodeKind::kFunction:
        return VisitFunction(node, place);
      case NodeKind::kOr:
      case NodeKind::kAnd:
      case NodeKind::kNot:
        return VisitChildren(node, Place::kCondition);
      default:
        return VisitChildren(node, Place::kOperand);
    }
  }
  Status VisitChildren(const Node& node, Place place) {
    for (NodeIndex child : tree_.ChildrenOf(node)) RETURN_IF_ERROR(Visit(child, place));
    return base::Ok();
  }

  Status VisitPath(const Node& node) {
    for (uint32_t i = node.first; i < node.first + node.count; ++i) {
      PathElement& element = tree_.elements[i];
      if (element.kind == PathElement::Kind::kName && IsReservedWord(element.text)) {
        return Invalid("Attribute name is a reserved keyword; reserved keyword: " +
                       std::string(element.text));
      }
      if (element.kind != PathElement::Kind::kIndex) continue;
      constexpr uint32_t kIndexMax = 2'147'483'647;
      const char* end = element.text.data() + element.text.size();
      auto [stop, failure] = std::from_chars(element.text.data(), end, element.index);
      if (failure != std::errc() || stop != end || element.index > kIndexMax) {
        return Invalid("List index is not within the allowable range; index: [" +
                       std::string(element.text) + "]");
      }
    }
    return base::Ok();
  }

  Status VisitFunction(const Node& node, Place place) {
    Function function = FunctionOf(node);
    std::string name(node.token);
    if (function == Function::kUnknown) {
      return Invalid("Invalid function name; function: " + name);
    }
    bool is_update = tree_.kind == Kind::kUpdate;
    if (is_update != IsUpdateFunction(function)) {
      return Invalid(std::string("The function is not allowed in ") +
                     (is_update ? "an update" : "a condition") + " expression; function: " + name);
    }
    // size is an operand, the other functions of conditions are conditions. In updates, list_append
    // may not be an operand of a function.
    bool is_misplaced =
        is_update ? function == Function::kListAppend && place == Place::kListAppendOperand
                  : (function == Function::kSize) == (place == Place::kCondition);
    if (is_misplaced) {
      return Invalid(
          "The function is not allowed to be used this way in an expression; function: " + name);
    }
    // Those of updates are counted when names and values are known.
    if (!is_update && node.count != OperandCount(function)) return Invalid(WrongOperandCount(node));
    return VisitChildren(node, is_update ? Place::kListAppendOperand : Place::kOperand);
  }

  Tree& tree_;
};

}  // namespace

base::Status CheckOperatorCount(const Tree& tree) {
  size_t count = 0;
  for (const Node& node : tree.nodes) {
    switch (node.kind) {
      case NodeKind::kPath:
      case NodeKind::kValue:
        break;
      case NodeKind::kOr:
      case NodeKind::kAnd:
        count += node.count - 1;
        break;
      default:
        ++count;
    }
  }
  if (count <= kOperatorsMax) return base::Ok();
  // AWS stops counting at the first one too many.
  return Invalid("The expression contains too many operators; operator count: " +
                 std::to_string(kOperatorsMax + 1));
}

base::Status CheckText(Tree& tree) { return TextChecker(tree).Check(); }

}  // namespace dray::expression
