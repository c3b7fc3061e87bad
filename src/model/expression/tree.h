// SPDX-License-Identifier: Apache-2.0
// A parsed expression. Nodes, operands and paths stand in vectors and refer to each other by index,
// so that a tree is a handful of allocations and binding can keep parallel vectors. Internal to
// this module.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/expression/expression.h"

namespace dray::expression {

enum class NodeKind : uint8_t {
  kOr,          // two or more children
  kAnd,         // two or more children
  kNot,         // one
  kCompare,     // two; op: Comparator
  kBetween,     // three
  kIn,          // the operand, then the list
  kFunction,    // the operands; op: Function
  kArithmetic,  // two; op: Arithmetic
  kPath,        // `first`, `count`: its elements in Tree::elements
  kValue,       // `first`: its index in Tree::values
};
enum class Comparator : uint8_t {
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual
};
enum class Function : uint8_t {
  kAttributeExists,
  kAttributeNotExists,
  kAttributeType,
  kBeginsWith,
  kContains,
  kSize,
  kIfNotExists,
  kListAppend,
  kUnknown,  // only while parsing
};
enum class Arithmetic : uint8_t { kPlus, kMinus };
enum class Section : uint8_t { kSet, kRemove, kAdd, kDelete };

using NodeIndex = uint32_t;
inline constexpr NodeIndex kNoNode = UINT32_MAX;

struct Node {
  NodeKind kind = NodeKind::kValue;
  uint8_t op = 0;
  uint32_t first = 0;  // of its children in Tree::children, unless said otherwise above
  uint32_t count = 0;
  std::string_view token;  // the operator or the function's name as it was written
};

struct PathElement {
  enum class Kind : uint8_t { kName, kPlaceholder, kIndex } kind = Kind::kName;
  uint32_t index = 0;     // kIndex
  std::string_view text;  // the name, "#placeholder", or the index's digits
};

struct Action {
  Section section = Section::kSet;
  uint32_t clause = 0;  // SET a = b, c = d REMOVE e: clauses 0, 0, 1
  NodeIndex path = kNoNode;
  NodeIndex operand = kNoNode;  // none for REMOVE
};

struct Tree {
  Tree() = default;
  Tree(const Tree&) = delete;  // views point into `text`
  Tree& operator=(const Tree&) = delete;

  Kind kind = Kind::kCondition;
  std::string text;
  std::vector<Node> nodes;
  std::vector<NodeIndex> children;
  std::vector<PathElement> elements;
  std::vector<std::string_view> values;  // ":placeholder", each occurrence

  NodeIndex root = kNoNode;          // kCondition, kFilter, kKeyCondition
  std::vector<Action> actions;       // kUpdate
  std::vector<NodeIndex> projected;  // kProjection: paths

  std::span<const NodeIndex> ChildrenOf(const Node& node) const {
    return {children.data() + node.first, node.count};
  }
  const Node& Child(const Node& node, size_t index) const {
    return nodes[children[node.first + index]];
  }
  std::span<const PathElement> ElementsOf(const Node& path) const {
    return {elements.data() + path.first, path.count};
  }
};

inline Function FunctionOf(const Node& node) { return static_cast<Function>(node.op); }
inline Comparator ComparatorOf(const Node& node) { return static_cast<Comparator>(node.op); }
Function FunctionByName(std::string_view name);  // case matters, as on AWS
size_t OperandCount(Function function);
std::string_view SectionName(Section section);

// The expression again, with no more parentheses and blanks than needed: for tests and logs.
std::string ToText(const Tree& tree);

}  // namespace dray::expression
