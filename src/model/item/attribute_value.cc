// SPDX-License-Identifier: Apache-2.0
#include "model/item/attribute_value.h"

#include <algorithm>
#include <array>

namespace dray::item {
namespace {
constexpr std::array<std::string_view, 11> kTypeNames = {"",  "S", "N",  "B",  "BOOL", "NULL",
                                                         "L", "M", "SS", "NS", "BS"};
}  // namespace

std::string_view TypeName(Type type) { return kTypeNames[static_cast<size_t>(type)]; }

bool TypeFromName(std::string_view name, Type& type) {
  for (size_t i = 1; i < kTypeNames.size(); ++i) {
    if (kTypeNames[i] == name) {
      type = static_cast<Type>(i);
      return true;
    }
  }
  return false;
}

// The alternatives of Variant stand in the order of Type.
static_assert(std::variant_size_v<AttributeValue::Variant> == kTypeNames.size() - 1);
Type AttributeValue::type() const { return static_cast<Type>(value_.index() + 1); }

bool AttributeValue::operator==(const AttributeValue& other) const {
  return value_ == other.value_;
}

int NestingLevels(const AttributeValue& value) {
  int below = 0;
  if (const auto* list = std::get_if<AttributeValue::List>(&value.get())) {
    for (const AttributeValue& element : *list) below = std::max(below, NestingLevels(element));
  } else if (const auto* map = std::get_if<AttributeValue::Map>(&value.get())) {
    for (const auto& [name, element] : *map) below = std::max(below, NestingLevels(element));
  } else {
    return 1;
  }
  // A container counts as having something in it, as in ItemBuilder.
  return 1 + std::max(below, 1);
}

}  // namespace dray::item
