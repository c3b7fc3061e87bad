// SPDX-License-Identifier: Apache-2.0
// Names of what a tree consists of, and trees as text.
#include <algorithm>
#include <iterator>

#include "model/expression/tree.h"

namespace dray::expression {

namespace {

struct FunctionRow {
  std::string_view name;
  size_t operands;
};
constexpr FunctionRow kFunctions[] = {
    // in the order of Function
    {"attribute_exists", 1}, {"attribute_not_exists", 1},
    {"attribute_type", 2},   {"begins_with", 2},
    {"contains", 2},         {"size", 1},
    {"if_not_exists", 2},    {"list_append", 2},
};

int Precedence(NodeKind kind) {
  switch (kind) {
    case NodeKind::kOr:
      return 1;
    case NodeKind::kAnd:
      return 2;
    case NodeKind::kNot:
      return 3;
    default:
      return 4;
  }
}

class Printer {
 public:
  explicit Printer(const Tree& tree) : tree_(tree) {}

  std::string Print() {
    if (tree_.kind == Kind::kUpdate) {
      PrintActions();
    } else if (tree_.kind == Kind::kProjection) {
      PrintList(tree_.projected);
    } else {
      PrintNode(tree_.root);
    }
    return std::move(out_);
  }

 private:
  void PrintActions() {
    for (size_t i = 0; i < tree_.actions.size(); ++i) {
      const Action& action = tree_.actions[i];
      if (i > 0 && tree_.actions[i - 1].clause == action.clause) {
        out_ += ", ";
      } else {
        if (i > 0) out_ += ' ';
        out_ += SectionName(action.section);
        out_ += ' ';
      }
      PrintNode(action.path);
      if (action.section == Section::kRemove) continue;
      out_ += action.section == Section::kSet ? " = " : " ";
      PrintNode(action.operand);
    }
  }

  void PrintList(std::span<const NodeIndex> nodes) {
    for (size_t i = 0; i < nodes.size(); ++i) {
      if (i > 0) out_ += ", ";
      PrintNode(nodes[i]);
    }
  }

  // In parentheses where it binds less tightly than `least`.
  void PrintChild(NodeIndex index, int least) {
    bool is_wrapped = Precedence(tree_.nodes[index].kind) < least;
    if (is_wrapped) out_ += '(';
    PrintNode(index);
    if (is_wrapped) out_ += ')';
  }

  void PrintNode(NodeIndex index) {
    const Node& node = tree_.nodes[index];
    std::span<const NodeIndex> children;
    if (node.kind != NodeKind::kPath && node.kind != NodeKind::kValue) {
      children = tree_.ChildrenOf(node);
    }
    switch (node.kind) {
      case NodeKind::kOr:
      case NodeKind::kAnd:
        for (size_t i = 0; i < children.size(); ++i) {
          if (i > 0) out_ += node.kind == NodeKind::kOr ? " OR " : " AND ";
          PrintChild(children[i], Precedence(node.kind) + 1);
        }
        return;
      case NodeKind::kNot:
        out_ += "NOT ";
        return PrintChild(children[0], Precedence(node.kind));
      case NodeKind::kCompare:
      case NodeKind::kArithmetic:
        PrintNode(children[0]);
        out_ += ' ';
        out_ += node.token;
        out_ += ' ';
        return PrintNode(children[1]);
      case NodeKind::kBetween:
        PrintNode(children[0]);
        out_ += " BETWEEN ";
        PrintNode(children[1]);
        out_ += " AND ";
        return PrintNode(children[2]);
      case NodeKind::kIn:
        PrintNode(children[0]);
        out_ += " IN (";
        PrintList(children.subspan(1));
        out_ += ')';
        return;
      case NodeKind::kFunction:
        out_ += node.token;
        out_ += '(';
        PrintList(children);
        out_ += ')';
        return;
      case NodeKind::kPath:
        return PrintPath(node);
      case NodeKind::kValue:
        out_ += tree_.values[node.first];
        return;
    }
  }

  void PrintPath(const Node& node) {
    bool is_first = true;
    for (const PathElement& element : tree_.ElementsOf(node)) {
      if (element.kind == PathElement::Kind::kIndex) {
        out_ += '[';
        out_ += element.text;
        out_ += ']';
      } else {
        if (!is_first) out_ += '.';
        out_ += element.text;
      }
      is_first = false;
    }
  }

  const Tree& tree_;
  std::string out_;
};

}  // namespace

std::string_view MemberName(Kind kind) {
  switch (kind) {
    case Kind::kCondition:
      return "ConditionExpression";
    case Kind::kFilter:
      return "FilterExpression";
    case Kind::kKeyCondition:
      return "KeyConditionExpression";
    case Kind::kProjection:
      return "ProjectionExpression";
    case Kind::kUpdate:
      return "UpdateExpression";
  }
  return "";
}

Function FunctionByName(std::string_view name) {
  const auto* row = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                 [&](const FunctionRow& each) { return each.name == name; });
  return static_cast<Function>(row - std::begin(kFunctions));  // past the last one: kUnknown
}

size_t OperandCount(Function function) {
  return function == Function::kUnknown ? 0 : kFunctions[static_cast<size_t>(function)].operands;
}

std::string_view SectionName(Section section) {
  switch (section) {
    case Section::kSet:
      return "SET";
    case Section::kRemove:
      return "REMOVE";
    case Section::kAdd:
      return "ADD";
    case Section::kDelete:
      return "DELETE";
  }
  return "";
}

std::string ToText(const Tree& tree) { return Printer(tree).Print(); }

}  // namespace dray::expression
