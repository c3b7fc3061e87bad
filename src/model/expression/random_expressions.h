// SPDX-License-Identifier: Apache-2.0
// Random items and expressions over them, for tests. Few names and few values, so that conditions
// hold about as often as not and paths lead somewhere.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "model/item/attribute_value.h"

namespace dray::expression::test {

class RandomExpressions {
 public:
  explicit RandomExpressions(uint64_t seed) : random_(seed) {}

  // Of the last expression.
  std::map<std::string, std::string> names;
  std::map<std::string, item::AttributeValue> values;

  size_t Below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random_); }
  bool OneIn(size_t n) { return Below(n) == 0; }

  item::AttributeValue Value(int depth = 3) {
    switch (Below(depth > 0 ? 12 : 6)) {
      case 0:
      case 1:
        return item::AttributeValue(std::string(Pick({"", "a", "ab", "b", "ba"})));
      case 2:
      case 3:
        return item::AttributeValue(*item::Number::Parse(
            Pick({"0", "1", "2", "1.5", "-1", "3", "9.9e125", "1e-130", "99999999999999999999"})));
      case 4:
        return item::AttributeValue(
            item::AttributeValue::Binary{std::string(Pick({"", "a", "ab", "b"}))});
      case 5:
        if (OneIn(2)) return item::AttributeValue(OneIn(2));
        return item::AttributeValue(item::AttributeValue::Null{});
      case 6:
      case 7: {
        item::AttributeValue::List list;
        for (size_t n = Below(4); n > 0; --n) list.push_back(Value(depth - 1));
        return item::AttributeValue(list);
      }
      case 8:
      case 9: {
        item::AttributeMap map;
        for (size_t n = Below(4); n > 0; --n) map.insert_or_assign(Name(), Value(depth - 1));
        return item::AttributeValue(map);
      }
      default:
        return Set();
    }
  }

  item::Item Item() {
    item::Item item;
    for (size_t n = Below(6); n > 0; --n) item.insert_or_assign(Name(), Value());
    return item;
  }

  std::string Condition() {
    Start();
    return Boolean(3);
  }
  std::string Projection() {
    Start();
    std::string text = Path();
    for (size_t n = Below(4); n > 0; --n) text += ", " + Path();
    return text;
  }
  std::string Update() {
    Start();
    std::string text;
    for (const char* section : {"SET", "REMOVE", "ADD", "DELETE"}) {
      if (!OneIn(2)) continue;
      text += std::string(text.empty() ? "" : " ") + section + " " + Action(section);
      for (size_t n = Below(3); n > 0; --n) text += ", " + Action(section);
    }
    return text.empty() ? "REMOVE " + Path() : text;
  }

 private:
  void Start() {
    names.clear();
    values.clear();
  }
  const char* Pick(std::initializer_list<const char*> from) {
    return *(from.begin() + Below(from.size()));
  }
  std::string Name() { return Pick({"f1", "f2", "f3", "f4", "f5"}); }

  item::AttributeValue Set() {
    switch (Below(3)) {
      case 0: {
        item::AttributeValue::StringSet set{{"a"}};
        for (const char* each : {"ab", "b"}) {
          if (OneIn(2)) set.members.emplace_back(each);
        }
        return item::AttributeValue(set);
      }
      case 1: {
        item::AttributeValue::NumberSet set{{item::Number::FromInt64(1)}};
        for (int64_t each : {2, 3}) {
          if (OneIn(2)) set.members.push_back(item::Number::FromInt64(each));
        }
        return item::AttributeValue(set);
      }
      default: {
        item::AttributeValue::BinarySet set{{"a"}};
        if (OneIn(2)) set.members.emplace_back("b");
        return item::AttributeValue(set);
      }
    }
  }

  std::string PathName() {
    std::string name = Name();
    if (!OneIn(3)) return name;
    std::string placeholder = "#p" + name;
    names[placeholder] = name;
    return placeholder;
  }
  std::string Path() {
    std::string path = PathName();
    for (size_t n = Below(3); n > 0; --n) {
      path += OneIn(2) ? "." + PathName() : "[" + std::to_string(Below(4)) + "]";
    }
    return path;
  }
  std::string NewValue(item::AttributeValue value) {
    std::string placeholder = ":v" + std::to_string(values.size());
    values.emplace(placeholder, std::move(value));
    return placeholder;
  }

  std::string Operand() {
    if (OneIn(6)) return "size(" + Path() + ")";
    if (OneIn(2)) return NewValue(Value(2));
    return OneIn(5) ? "(" + Path() + ")" : Path();
  }
  std::string Boolean(int depth) {
    if (depth > 0 && OneIn(2)) {
      switch (Below(3)) {
        case 0:
          return "NOT " + Wrapped(depth - 1);
        case 1:
          return Wrapped(depth - 1) + " and " + Wrapped(depth - 1);
        default:
          return Wrapped(depth - 1) + " OR " + Wrapped(depth - 1);
      }
    }
    switch (Below(9)) {
      case 0:
        return Operand() + " BETWEEN " + Operand() + " AND " + Operand();
      case 1:
        return Operand() + " IN (" + Operand() + ", " + Operand() + ")";
      case 2:
        return "attribute_exists(" + Path() + ")";
      case 3:
        return "attribute_not_exists(" + Path() + ")";
      case 4:
        return "begins_with(" + Path() + ", " + Operand() + ")";
      case 5:
        return "contains(" + Path() + ", " + Operand() + ")";
      case 6:
        return "attribute_type(" + Path() + ", " +
               NewValue(
                   item::AttributeValue(std::string(Pick({"S", "N", "L", "M", "NULL", "SS"})))) +
               ")";
      default:
        return Operand() + Pick({" = ", "<>", " < ", "<=", " > ", ">="}) + Operand();
    }
  }
  std::string Wrapped(int depth) {
    std::string inner = Boolean(depth);
    return OneIn(2) ? "(" + inner + ")" : inner;
  }

  std::string SetOperand(int depth) {
    switch (Below(depth > 0 ? 6 : 3)) {
      case 0:
        return NewValue(Value(2));
      case 1:
      case 2:
        return Path();
      case 3:
        return "list_append(" + Listish() + ", " + Listish() + ")";
      default:
        return "if_not_exists(" + Path() + ", " + SetOperand(0) + ")";
    }
  }
  std::string Listish() {
    return OneIn(2) ? Path() : NewValue(item::AttributeValue(item::AttributeValue::List{Value(1)}));
  }
  std::string Numberish() {
    return OneIn(2) ? Path()
                    : NewValue(item::AttributeValue(
                          item::Number::FromInt64(static_cast<int64_t>(Below(5)))));
  }
  std::string Action(std::string_view section) {
    std::string path = Path();
    if (section == "REMOVE") return path;
    if (section == "ADD") {
      if (OneIn(2)) return path + " " + NewValue(Set());
      return path + " " + NewValue(item::AttributeValue(item::Number::FromInt64(2)));
    }
    if (section == "DELETE") return path + " " + NewValue(Set());
    if (OneIn(3)) return path + " = " + Numberish() + (OneIn(2) ? " + " : " - ") + Numberish();
    return path + " = " + SetOperand(1);
  }

  std::mt19937_64 random_;
};

}  // namespace dray::expression::test
