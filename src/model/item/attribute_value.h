// SPDX-License-Identifier: Apache-2.0
// The ten types of DynamoDB, and a value as an owning tree. The tree is for expressions, generators
// and tests; what is stored, exported and returned stays in the compact encoding (item_encoding.h).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/item/number.h"

namespace dray::item {

// The numeric values are stored (docs/formats/item.md): never renumber.
enum class Type : uint8_t {
  kString = 1,
  kNumber = 2,
  kBinary = 3,
  kBool = 4,
  kNull = 5,
  kList = 6,
  kMap = 7,
  kStringSet = 8,
  kNumberSet = 9,
  kBinarySet = 10,
};

std::string_view TypeName(Type type);  // "S", "N", "B", "BOOL", "NULL", "L", "M", "SS", "NS", "BS"
bool TypeFromName(std::string_view name, Type& type);

class AttributeValue;
using AttributeMap = std::map<std::string, AttributeValue, std::less<>>;

class AttributeValue {
 public:
  struct Null {
    bool operator==(const Null&) const = default;
  };
  struct Binary {
    std::string bytes;
    bool operator==(const Binary&) const = default;
    auto operator<=>(const Binary&) const = default;
  };
  struct StringSet {
    std::vector<std::string> members;  // sorted, unique
    bool operator==(const StringSet&) const = default;
  };
  struct NumberSet {
    std::vector<Number> members;  // sorted, unique
    bool operator==(const NumberSet&) const = default;
  };
  struct BinarySet {
    std::vector<std::string> members;  // sorted, unique
    bool operator==(const BinarySet&) const = default;
  };
  using List = std::vector<AttributeValue>;
  using Map = AttributeMap;
  using Variant = std::variant<std::string, Number, Binary, bool, Null, List, Map, StringSet,
                               NumberSet, BinarySet>;

  AttributeValue() : value_(Null{}) {}
  AttributeValue(Variant value)
      : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)

  Type type() const;
  const Variant& get() const { return value_; }
  Variant& get() { return value_; }
  bool operator==(const AttributeValue&) const;

 private:
  Variant value_;
};

using Item = AttributeMap;  // top-level attributes as a tree

// Levels of an attribute's value: 1 for a scalar or a set, 1 + the deepest element for a list or
// map (an empty one counts 2). At most kNestingLevelsMax are legal.
int NestingLevels(const AttributeValue& value);

}  // namespace dray::item
