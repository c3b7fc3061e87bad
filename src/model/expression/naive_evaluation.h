// SPDX-License-Identifier: Apache-2.0
// The language a second time, for tests: over trees of whole items, as plainly as it can be said,
// with nothing of the module but the parsed tree. Slow on purpose.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/expression/tree.h"
#include "model/item/attribute_value.h"

namespace dray::expression::test {

using item::AttributeMap;
using item::AttributeValue;
using item::Item;
using item::Type;

struct NaiveStep {
  std::string name;
  size_t index = 0;
  bool is_index = false;
  auto operator<=>(const NaiveStep&) const = default;
};
using NaivePath = std::vector<NaiveStep>;

class Naive {
 public:
  Naive(const Tree& tree, std::map<std::string, std::string> names,
        std::map<std::string, AttributeValue> values)
      : tree_(tree), names_(std::move(names)), values_(std::move(values)) {}

  bool Holds(const Item& item) const { return Holds(tree_.root, item); }

  Item Project(const Item& item) const {
    std::vector<NaivePath> paths;
    for (NodeIndex path : tree_.projected) paths.push_back(PathOf(path));
    Item out;
    for (const auto& [name, value] : item) {
      std::optional<AttributeValue> kept = Keep(value, Below(paths, {name, 0, false}));
      if (kept) out.emplace(name, *std::move(kept));
    }
    return out;
  }

  // nullopt: an error.
  std::optional<Item> Update(const Item& item) const {
    std::vector<std::pair<NaivePath, AttributeValue>> sets;
    std::vector<NaivePath> removes;
    for (const Action& action : tree_.actions) {
      NaivePath path = PathOf(action.path);
      if (!HasParent(item, path)) return std::nullopt;
      std::optional<AttributeValue> existing = Get(item, path);
      switch (action.section) {
        case Section::kRemove:
          removes.push_back(path);
          break;
        case Section::kSet: {
          std::optional<AttributeValue> value = Operand(action.operand, item);
          if (!value) return std::nullopt;
          sets.emplace_back(path, *std::move(value));
          break;
        }
        case Section::kAdd: {
          AttributeValue operand = *Operand(action.operand, item);
          if (!existing) {
            sets.emplace_back(path, operand);
            break;
          }
          std::optional<AttributeValue> sum = Added(*existing, operand);
          if (!sum) return std::nullopt;
          sets.emplace_back(path, *std::move(sum));
          break;
        }
        case Section::kDelete: {
          if (!existing) break;
          AttributeValue operand = *Operand(action.operand, item);
          if (existing->type() != operand.type()) return std::nullopt;
          AttributeValue rest = WithoutMembers(*existing, operand);
          if (MemberCount(rest) == 0) {
            removes.push_back(path);
          } else {
            sets.emplace_back(path, std::move(rest));
          }
          break;
        }
      }
    }
    // First what is there already, so that no index moves; then new elements by their index; then
    // removals, the last ones first.
    Item out = item;
    std::sort(sets.begin(), sets.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [path, value] : sets) {
      if (Get(item, path)) *Slot(out, path) = value;
    }
    for (const auto& [path, value] : sets) {
      if (Get(item, path)) continue;
      if (path.size() == 1) {
        out[path[0].name] = value;
        continue;
      }
      AttributeValue* parent = Slot(out, NaivePath(path.begin(), path.end() - 1));
      if (path.back().is_index) {
        std::get<AttributeValue::List>(parent->get()).push_back(value);
      } else {
        std::get<AttributeMap>(parent->get())[path.back().name] = value;
      }
    }
    std::sort(removes.begin(), removes.end(), std::greater<>());
    for (const NaivePath& path : removes) {
      if (!Get(item, path)) continue;
      if (path.size() == 1) {
        out.erase(path[0].name);
        continue;
      }
      AttributeValue* parent = Slot(out, NaivePath(path.begin(), path.end() - 1));
      if (path.back().is_index) {
        auto& list = std::get<AttributeValue::List>(parent->get());
        list.erase(list.begin() + static_cast<ptrdiff_t>(path.back().index));
      } else {
        std::get<AttributeMap>(parent->get()).erase(path.back().name);
      }
    }
    return out;
  }

 private:
  NaivePath PathOf(NodeIndex index) const {
    NaivePath path;
    for (const PathElement& element : tree_.ElementsOf(tree_.nodes[index])) {
      std::string text(element.text);
      switch (element.kind) {
        case PathElement::Kind::kIndex:
          path.push_back({"", std::stoul(text), true});
          break;
        case PathElement::Kind::kName:
          path.push_back({text, 0, false});
          break;
        case PathElement::Kind::kPlaceholder:
          path.push_back({names_.at(text), 0, false});
          break;
      }
    }
    return path;
  }

  static AttributeValue* Slot(Item& item, const NaivePath& path) {
    auto top = item.find(path[0].name);
    AttributeValue* at = top == item.end() ? nullptr : &top->second;
    for (size_t i = 1; at != nullptr && i < path.size(); ++i) {
      if (path[i].is_index) {
        auto* list = std::get_if<AttributeValue::List>(&at->get());
        at = list == nullptr || path[i].index >= list->size() ? nullptr : &(*list)[path[i].index];
      } else {
        auto* map = std::get_if<AttributeMap>(&at->get());
        if (map == nullptr) return nullptr;
        auto entry = map->find(path[i].name);
        at = entry == map->end() ? nullptr : &entry->second;
      }
    }
    return at;
  }
  static std::optional<AttributeValue> Get(const Item& item, const NaivePath& path) {
    Item copy = item;
    AttributeValue* slot = Slot(copy, path);
    if (slot == nullptr) return std::nullopt;
    return *slot;
  }
  static bool HasParent(const Item& item, const NaivePath& path) {
    if (path.size() == 1) return true;
    auto parent = Get(item, NaivePath(path.begin(), path.end() - 1));
    return parent && parent->type() == (path.back().is_index ? Type::kList : Type::kMap);
  }

  // ---- projections

  static std::vector<NaivePath> Below(const std::vector<NaivePath>& paths, const NaiveStep& step) {
    std::vector<NaivePath> below;
    for (const NaivePath& path : paths) {
      if (!path.empty() && path[0] == step) below.emplace_back(path.begin() + 1, path.end());
    }
    return below;
  }
  static std::optional<AttributeValue> Keep(const AttributeValue& value,
                                            const std::vector<NaivePath>& paths) {
    if (paths.empty()) return std::nullopt;
    if (paths[0].empty()) return value;
    if (const auto* map = std::get_if<AttributeMap>(&value.get())) {
      AttributeMap kept;
      for (const auto& [name, entry] : *map) {
        auto inner = Keep(entry, Below(paths, {name, 0, false}));
        if (inner) kept.emplace(name, *inner);
      }
      if (kept.empty()) return std::nullopt;
      return AttributeValue(kept);
    }
    if (const auto* list = std::get_if<AttributeValue::List>(&value.get())) {
      AttributeValue::List kept;
      for (size_t i = 0; i < list->size(); ++i) {
        auto inner = Keep((*list)[i], Below(paths, {"", i, true}));
        if (inner) kept.push_back(*inner);
      }
      if (kept.empty()) return std::nullopt;
      return AttributeValue(kept);
    }
    return std::nullopt;
  }

  // ---- values

  static AttributeValue NumberOf(int64_t number) {
    return AttributeValue(item::Number::FromInt64(number));
  }

  std::optional<AttributeValue> Operand(NodeIndex index, const Item& item) const {
    const Node& node = tree_.nodes[index];
    if (node.kind == NodeKind::kValue) return values_.at(std::string(node.token));
    if (node.kind == NodeKind::kPath) return Get(item, PathOf(index));
    auto child = [&](size_t i) { return Operand(tree_.ChildrenOf(node)[i], item); };
    if (node.kind == NodeKind::kArithmetic) {
      auto a = child(0), b = child(1);
      if (!a || !b) return std::nullopt;
      const auto* left = std::get_if<item::Number>(&a->get());
      const auto* right = std::get_if<item::Number>(&b->get());
      if (left == nullptr || right == nullptr) return std::nullopt;
      auto result = node.token == "+" ? item::Number::Add(*left, *right)
                                      : item::Number::Subtract(*left, *right);
      if (!result) return std::nullopt;
      return AttributeValue(*result);
    }
    if (node.token == "size") {
      auto measured = child(0);
      if (!measured) return std::nullopt;
      return Size(*measured);
    }
    if (node.token == "if_not_exists") {
      auto existing = child(0);
      if (existing) return existing;
      return child(1);
    }
    if (node.token == "list_append") {
      auto a = child(0), b = child(1);
      if (!a || !b || a->type() != Type::kList || b->type() != Type::kList) return std::nullopt;
      auto list = std::get<AttributeValue::List>(a->get());
      for (const auto& each : std::get<AttributeValue::List>(b->get())) list.push_back(each);
      return AttributeValue(list);
    }
    return std::nullopt;
  }

  static int64_t MemberCount(const AttributeValue& value) {
    if (auto* s = std::get_if<AttributeValue::StringSet>(&value.get())) return Count(s->members);
    if (auto* n = std::get_if<AttributeValue::NumberSet>(&value.get())) return Count(n->members);
    if (auto* b = std::get_if<AttributeValue::BinarySet>(&value.get())) return Count(b->members);
    return -1;
  }
  template <class Members>
  static int64_t Count(const Members& members) {
    return static_cast<int64_t>(members.size());
  }
  static std::optional<AttributeValue> Size(const AttributeValue& value) {
    if (MemberCount(value) >= 0) return NumberOf(MemberCount(value));
    if (auto* s = std::get_if<std::string>(&value.get())) return NumberOf(Count(*s));  // ASCII here
    if (auto* b = std::get_if<AttributeValue::Binary>(&value.get())) {
      return NumberOf(Count(b->bytes));
    }
    if (auto* l = std::get_if<AttributeValue::List>(&value.get())) return NumberOf(Count(*l));
    if (auto* m = std::get_if<AttributeMap>(&value.get())) return NumberOf(Count(*m));
    return std::nullopt;
  }

  // The members of a set, each as a value.
  static std::vector<AttributeValue> Members(const AttributeValue& set) {
    std::vector<AttributeValue> out;
    auto add = [&](AttributeValue::Variant member) {
      AttributeValue value;
      value.get() = std::move(member);
      out.push_back(value);
    };
    if (auto* s = std::get_if<AttributeValue::StringSet>(&set.get())) {
      for (const auto& each : s->members) add(each);
    } else if (auto* n = std::get_if<AttributeValue::NumberSet>(&set.get())) {
      for (const auto& each : n->members) add(each);
    } else if (auto* b = std::get_if<AttributeValue::BinarySet>(&set.get())) {
      for (const auto& each : b->members) add(AttributeValue::Binary{each});
    }
    return out;
  }
  static AttributeValue SetOf(Type type, const std::vector<AttributeValue>& members) {
    if (type == Type::kStringSet) {
      AttributeValue::StringSet set;
      for (const auto& each : members) set.members.push_back(std::get<std::string>(each.get()));
      std::sort(set.members.begin(), set.members.end());
      return AttributeValue(set);
    }
    if (type == Type::kNumberSet) {
      AttributeValue::NumberSet set;
      for (const auto& each : members) set.members.push_back(std::get<item::Number>(each.get()));
      std::sort(set.members.begin(), set.members.end());
      return AttributeValue(set);
    }
    AttributeValue::BinarySet set;
    for (const auto& each : members) {
      set.members.push_back(std::get<AttributeValue::Binary>(each.get()).bytes);
    }
    std::sort(set.members.begin(), set.members.end());
    return AttributeValue(set);
  }
  static bool Has(const std::vector<AttributeValue>& values, const AttributeValue& value) {
    return std::find(values.begin(), values.end(), value) != values.end();
  }
  static std::optional<AttributeValue> Added(const AttributeValue& existing,
                                             const AttributeValue& operand) {
    if (existing.type() != operand.type()) return std::nullopt;
    if (operand.type() == Type::kNumber) {
      auto sum = item::Number::Add(std::get<item::Number>(existing.get()),
                                   std::get<item::Number>(operand.get()));
      if (!sum) return std::nullopt;
      return AttributeValue(*sum);
    }
    std::vector<AttributeValue> members = Members(existing);
    for (const auto& each : Members(operand)) {
      if (!Has(members, each)) members.push_back(each);
    }
    return SetOf(operand.type(), members);
  }
  static AttributeValue WithoutMembers(const AttributeValue& existing,
                                       const AttributeValue& operand) {
    std::vector<AttributeValue> rest;
    for (const auto& each : Members(existing)) {
      if (!Has(Members(operand), each)) rest.push_back(each);
    }
    return SetOf(existing.type(), rest);
  }

  // ---- conditions

  // -1, 0, 1; nullopt where there is no order.
  static std::optional<int> Order(const std::optional<AttributeValue>& a,
                                  const std::optional<AttributeValue>& b) {
    if (!a || !b || a->type() != b->type()) return std::nullopt;
    auto sign = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
    if (auto* s = std::get_if<std::string>(&a->get())) {
      return sign(*s, std::get<std::string>(b->get()));
    }
    if (auto* n = std::get_if<item::Number>(&a->get())) {
      return sign(*n, std::get<item::Number>(b->get()));
    }
    if (auto* bytes = std::get_if<AttributeValue::Binary>(&a->get())) {
      return sign(bytes->bytes, std::get<AttributeValue::Binary>(b->get()).bytes);
    }
    return std::nullopt;
  }

  bool Holds(NodeIndex index, const Item& item) const {
    const Node& node = tree_.nodes[index];
    std::vector<NodeIndex> children(tree_.ChildrenOf(node).begin(), tree_.ChildrenOf(node).end());
    auto operand = [&](size_t i) { return Operand(children[i], item); };
    switch (node.kind) {
      case NodeKind::kOr:
        return std::any_of(children.begin(), children.end(),
                           [&](NodeIndex child) { return Holds(child, item); });
      case NodeKind::kAnd:
        return std::all_of(children.begin(), children.end(),
                           [&](NodeIndex child) { return Holds(child, item); });
      case NodeKind::kNot:
        return !Holds(children[0], item);
      case NodeKind::kCompare: {
        auto a = operand(0), b = operand(1);
        bool is_equal = a && b && *a == *b;
        if (node.token == "=") return is_equal;
        if (node.token == "<>") return !is_equal;
        auto order = Order(a, b);
        if (!order) return false;
        if (node.token == "<") return *order < 0;
        if (node.token == "<=") return *order <= 0;
        if (node.token == ">") return *order > 0;
        return *order >= 0;
      }
      case NodeKind::kBetween: {
        auto low = Order(operand(1), operand(0)), high = Order(operand(0), operand(2));
        return low && high && *low <= 0 && *high <= 0;
      }
      case NodeKind::kIn: {
        auto value = operand(0);
        for (size_t i = 1; value && i < children.size(); ++i) {
          if (operand(i) == value) return true;
        }
        return false;
      }
      default:
        return FunctionHolds(node, operand);
    }
  }

  template <class OperandAt>
  static bool FunctionHolds(const Node& node, OperandAt operand) {
    auto first = operand(0);
    if (node.token == "attribute_exists") return first.has_value();
    if (node.token == "attribute_not_exists") return !first.has_value();
    auto second = operand(1);
    if (!first || !second) return false;
    auto* text = std::get_if<std::string>(&first->get());
    auto* part = std::get_if<std::string>(&second->get());
    auto* bytes = std::get_if<AttributeValue::Binary>(&first->get());
    auto* piece = std::get_if<AttributeValue::Binary>(&second->get());
    if (node.token == "attribute_type") return item::TypeName(first->type()) == *part;
    if (node.token == "begins_with") {
      if (text != nullptr && part != nullptr) return text->rfind(*part, 0) == 0;
      return bytes != nullptr && piece != nullptr && bytes->bytes.rfind(piece->bytes, 0) == 0;
    }
    if (text != nullptr) return part != nullptr && text->find(*part) != std::string::npos;
    if (bytes != nullptr) {
      return piece != nullptr && bytes->bytes.find(piece->bytes) != std::string::npos;
    }
    if (auto* list = std::get_if<AttributeValue::List>(&first->get())) {
      return Has(*list, *second);
    }
    return Has(Members(*first), *second);
  }

  const Tree& tree_;
  std::map<std::string, std::string> names_;
  std::map<std::string, AttributeValue> values_;
};

}  // namespace dray::expression::test
