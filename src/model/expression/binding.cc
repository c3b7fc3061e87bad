// SPDX-License-Identifier: Apache-2.0
// The order of checks is that of DynamoDB Local 3.3.1: a condition is walked in the order of the
// text, operands before the operator that they belong to. Of an update, the targets' names and
// overlaps come first, then all names, then values and types, both from the last action back.
#include "model/expression/binding.h"

#include <algorithm>

#include "model/expression/path_tree.h"
#include "model/expression/value_order.h"
#include "model/expression/value_text.h"

namespace dray::expression {

namespace {

using base::Status;
using item::Type;

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

// What AWS prints for an operand of attribute_type that is no value: its set of all types.
constexpr std::string_view kAnyType =
    "{SS,M,DECIMAL,DOUBLESET,HDS,N,B,DICT,INTSET,BOOL,HD,BS,INT,DECIMALSET,NULL,FLOAT,FS,S,L,NS,"
    "DOUBLE}";
constexpr std::string_view kTypeNames = "{N,BS,L,B,NULL,M,S,SS,NS,BOOL}";

base::Error WrongType(std::string_view op, std::string_view type) {
  return Invalid("Incorrect operand type for operator or function; operator or function: " +
                 std::string(op) + ", operand type: " + std::string(type));
}

bool IsOrdered(Type type) {
  return type == Type::kString || type == Type::kNumber || type == Type::kBinary;
}
bool IsSet(Type type) {
  return type == Type::kStringSet || type == Type::kNumberSet || type == Type::kBinarySet;
}

std::string_view LongTypeName(Type type) {
  switch (type) {
    case Type::kString:
      return "STRING";
    case Type::kNumber:
      return "NUMBER";
    case Type::kBinary:
      return "BINARY";
    case Type::kBool:
      return "BOOLEAN";
    case Type::kNull:
      return "NULL";
    case Type::kList:
      return "LIST";
    case Type::kMap:
      return "MAP";
    case Type::kStringSet:
      return "STRING_SET";
    case Type::kNumberSet:
      return "NUMBER_SET";
    case Type::kBinarySet:
      return "BINARY_SET";
  }
  return "";
}

class Binder {
 public:
  Binder(const Tree& tree, Parameters& parameters, BoundOperands& operands)
      : tree_(tree), parameters_(parameters), operands_(operands) {
    operands_.elements.resize(tree.elements.size());
    operands_.values.resize(tree.values.size());
  }

  Status Bind() {
    switch (tree_.kind) {
      case Kind::kUpdate:
        return BindUpdate();
      case Kind::kProjection: {
        std::vector<BoundPath> paths;
        for (NodeIndex path : tree_.projected) {
          RETURN_IF_ERROR(Visit(path));
          paths.push_back(operands_.path(tree_.nodes[path]));
        }
        return CheckPaths(paths);
      }
      default:
        return Visit(tree_.root);
    }
  }

 private:
  Status BindUpdate() {
    std::vector<BoundPath> targets;
    for (const Action& action : tree_.actions) {
      RETURN_IF_ERROR(BindNames(action.path));
      targets.push_back(operands_.path(tree_.nodes[action.path]));
    }
    RETURN_IF_ERROR(CheckPaths(targets));
    for (auto action = tree_.actions.rbegin(); action != tree_.actions.rend(); ++action) {
      if (action->operand != kNoNode) RETURN_IF_ERROR(BindNames(action->operand));
    }
    for (auto action = tree_.actions.rbegin(); action != tree_.actions.rend(); ++action) {
      RETURN_IF_ERROR(Visit(action->path));
      if (action->operand == kNoNode) continue;
      RETURN_IF_ERROR(Visit(action->operand));
      RETURN_IF_ERROR(CheckActionOperand(*action));
    }
    return base::Ok();
  }

  // The type sets' names: DynamoDB Local 3.3.1 and reports of AWS's texts.
  Status CheckActionOperand(const Action& action) {
    if (action.section == Section::kSet) return base::Ok();
    Type type = operands_.value(tree_.nodes[action.operand]).type();
    if (IsSet(type) || (action.section == Section::kAdd && type == Type::kNumber)) {
      return base::Ok();
    }
    std::string section(SectionName(action.section));
    return Invalid("Incorrect operand type for operator or function; operator: " + section +
                   ", operand type: " + std::string(LongTypeName(type)) +
                   ", typeSet: ALLOWED_FOR_" + section + "_OPERAND");
  }

  // Names of all paths below.
  Status BindNames(NodeIndex index) {
    const Node& node = tree_.nodes[index];
    if (node.kind == NodeKind::kPath) return BindPathNames(node);
    if (node.kind == NodeKind::kValue) return base::Ok();
    for (NodeIndex child : tree_.ChildrenOf(node)) RETURN_IF_ERROR(BindNames(child));
    return base::Ok();
  }

  Status BindPathNames(const Node& node) {
    for (uint32_t i = node.first; i < node.first + node.count; ++i) {
      const PathElement& element = tree_.elements[i];
      BoundElement& bound = operands_.elements[i];
      switch (element.kind) {
        case PathElement::Kind::kIndex:
          bound.index = element.index;
          bound.is_index = true;
          break;
        case PathElement::Kind::kName:
          bound.name = element.text;
          break;
        case PathElement::Kind::kPlaceholder: {
          const std::string* name = parameters_.UseName(element.text);
          if (name == nullptr) {
            return Invalid(
                "An expression attribute name used in the document path is not defined; attribute "
                "name: " +
                std::string(element.text));
          }
          bound.name = *name;
          break;
        }
      }
    }
    return base::Ok();
  }

  Status Visit(NodeIndex index) {
    const Node& node = tree_.nodes[index];
    switch (node.kind) {
      case NodeKind::kPath:
        RETURN_IF_ERROR(BindPathNames(node));
        if (node.count > kPathElementsMax) {
          return Invalid("The document path has too many nesting levels; nesting levels: " +
                         std::to_string(node.count));
        }
        return base::Ok();
      case NodeKind::kValue: {
        const item::ValueView* value = parameters_.UseValue(node.token);
        if (value == nullptr) {
          return Invalid(
              "An expression attribute value used in expression is not defined; attribute value: " +
              std::string(node.token));
        }
        operands_.values[node.first] = *value;
        return base::Ok();
      }
      case NodeKind::kFunction:
        // Those of conditions were counted by CheckText.
        if (tree_.kind == Kind::kUpdate && node.count != OperandCount(FunctionOf(node))) {
          return Invalid(
              "Incorrect number of operands for operator or function; operator or function: " +
              std::string(node.token) + ", number of operands: " + std::to_string(node.count));
        }
        break;
      default:
        break;
    }
    for (NodeIndex child : tree_.ChildrenOf(node)) RETURN_IF_ERROR(Visit(child));
    switch (node.kind) {
      case NodeKind::kCompare:
        RETURN_IF_ERROR(CheckDistinct(node));
        if (ComparatorOf(node) == Comparator::kEqual ||
            ComparatorOf(node) == Comparator::kNotEqual) {
          return base::Ok();
        }
        return CheckTypes(node, IsOrdered);
      case NodeKind::kBetween:
        RETURN_IF_ERROR(CheckDistinct(node));
        RETURN_IF_ERROR(CheckTypes(node, IsOrdered));
        return CheckBounds(node);
      case NodeKind::kIn:
        if (node.count - 1 > kInOperandsMax) {
          return Invalid(
              "The IN operator is provided with too many operands; number of operands: " +
              std::to_string(node.count - 1));
        }
        return CheckDistinct(node);
      case NodeKind::kArithmetic:
        return CheckTypes(node, [](Type type) { return type == Type::kNumber; });
      case NodeKind::kFunction:
        return CheckFunction(node);
      default:
        return base::Ok();
    }
  }

  std::optional<Type> TypeOf(NodeIndex index) const { return StaticType(tree_, operands_, index); }

  template <class Allowed>
  Status CheckTypes(const Node& node, Allowed allowed) {
    for (NodeIndex child : tree_.ChildrenOf(node)) {
      std::optional<Type> type = TypeOf(child);
      if (type && !allowed(*type)) return WrongType(node.token, item::TypeName(*type));
    }
    return base::Ok();
  }

  Status CheckDistinct(const Node& node) {
    const Node& first = tree_.Child(node, 0);
    if (first.kind != NodeKind::kPath) return base::Ok();
    BoundPath path = operands_.path(first);
    for (size_t i = 1; i < node.count; ++i) {
      const Node& other = tree_.Child(node, i);
      if (other.kind != NodeKind::kPath) continue;
      BoundPath other_path = operands_.path(other);
      if (!std::equal(path.begin(), path.end(), other_path.begin(), other_path.end())) continue;
      return Invalid(
          "The first operand must be distinct from the remaining operands for this operator or "
          "function; operator: " +
          std::string(node.token) + ", first operand: " + PathText(path));
    }
    return base::Ok();
  }

  Status CheckBounds(const Node& node) {
    const Node& lower_node = tree_.Child(node, 1);
    const Node& upper_node = tree_.Child(node, 2);
    if (lower_node.kind != NodeKind::kValue || upper_node.kind != NodeKind::kValue) {
      return base::Ok();
    }
    const item::ValueView& lower = operands_.value(lower_node);
    const item::ValueView& upper = operands_.value(upper_node);
    return CheckBetweenBounds(lower, upper);
  }

  Status CheckFunction(const Node& node) {
    std::string name(node.token);
    Function function = FunctionOf(node);
    const Node& first = tree_.Child(node, 0);
    bool needs_path = function == Function::kAttributeExists ||
                      function == Function::kAttributeNotExists ||
                      function == Function::kIfNotExists;
    if (needs_path && first.kind != NodeKind::kPath) {
      return Invalid("Operator or function requires a document path; operator or function: " +
                     name);
    }
    switch (function) {
      case Function::kSize:
        return CheckTypes(node, [](Type type) {
          return type != Type::kNumber && type != Type::kBool && type != Type::kNull;
        });
      case Function::kBeginsWith:
        RETURN_IF_ERROR(CheckDistinct(node));
        return CheckTypes(node,
                          [](Type type) { return type == Type::kString || type == Type::kBinary; });
      case Function::kAttributeType:
        RETURN_IF_ERROR(CheckDistinct(node));
        return CheckAttributeType(node);
      case Function::kListAppend:
        return CheckTypes(node, [](Type type) { return type == Type::kList; });
      case Function::kContains:
      case Function::kIfNotExists:
        return CheckDistinct(node);
      default:
        return base::Ok();
    }
  }

  Status CheckAttributeType(const Node& node) {
    std::optional<Type> type = TypeOf(tree_.ChildrenOf(node)[1]);
    if (!type) return WrongType(node.token, kAnyType);
    if (*type != Type::kString) return WrongType(node.token, item::TypeName(*type));
    std::string_view name = operands_.value(tree_.Child(node, 1)).string();
    Type named = Type::kString;
    if (item::TypeFromName(name, named)) return base::Ok();
    return Invalid("Invalid attribute type name found; type: " + std::string(name) +
                   ", valid types: " + std::string(kTypeNames));
  }

  const Tree& tree_;
  Parameters& parameters_;
  BoundOperands& operands_;
};

}  // namespace

Status BindOperands(const Tree& tree, Parameters& parameters, BoundOperands& operands) {
  Status bound = Binder(tree, parameters, operands).Bind();
  if (bound) return bound;
  base::Error error = std::move(bound).error();
  error.message = "Invalid " + std::string(MemberName(tree.kind)) + ": " + error.message;
  return error;
}

std::optional<Type> StaticType(const Tree& tree, const BoundOperands& operands, NodeIndex index) {
  const Node& node = tree.nodes[index];
  if (node.kind == NodeKind::kValue) return operands.value(node).type();
  if (node.kind == NodeKind::kFunction && FunctionOf(node) == Function::kSize) {
    return Type::kNumber;
  }
  return std::nullopt;
}

void AppendPathUses(const Tree& tree, const BoundOperands& operands, NodeIndex index,
                    AttributeUses& uses) {
  const Node& node = tree.nodes[index];
  if (node.kind == NodeKind::kPath) {
    AttributeUse use;
    use.attribute = operands.path(node).front().name;
    use.is_nested = node.count > 1;
    uses.push_back(use);
    return;
  }
  if (node.kind == NodeKind::kValue) return;
  for (NodeIndex child : tree.ChildrenOf(node)) AppendPathUses(tree, operands, child, uses);
}

}  // namespace dray::expression
