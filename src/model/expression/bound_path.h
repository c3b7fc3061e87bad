// SPDX-License-Identifier: Apache-2.0
// Document paths and values of an expression after binding. Internal to this module's bound
// classes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/item/item_encoding.h"

namespace dray::expression {

struct Node;

struct BoundElement {
  std::string_view name;  // of the item's attribute, or a map's entry
  uint32_t index = 0;     // of a list's element
  bool is_index = false;
  bool operator==(const BoundElement&) const = default;
};
using BoundPath = std::span<const BoundElement>;

// Parallel to Tree::elements and Tree::values. `node` is of the same tree.
struct BoundOperands {
  std::vector<BoundElement> elements;
  std::vector<item::ValueView> values;

  BoundPath path(const Node& node) const;                // a kPath node
  const item::ValueView& value(const Node& node) const;  // a kValue node
};

// What stands at the path; nullopt when any step of it does not exist or is of another type.
std::optional<item::ValueView> FindPath(const item::ItemView& item, BoundPath path);
// One step further.
std::optional<item::ValueView> FindElement(const item::ValueView& container,
                                           const BoundElement& element);

std::string PathText(BoundPath path);  // [a, b, [1]], as AWS prints paths

}  // namespace dray::expression
