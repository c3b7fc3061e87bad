// SPDX-License-Identifier: Apache-2.0
#include "model/expression/bound_path.h"

#include "model/expression/tree.h"

namespace dray::expression {

BoundPath BoundOperands::path(const Node& node) const {
  return {elements.data() + node.first, node.count};
}

const item::ValueView& BoundOperands::value(const Node& node) const { return values[node.first]; }

std::optional<item::ValueView> FindElement(const item::ValueView& container,
                                           const BoundElement& element) {
  if (!element.is_index) {
    if (container.type() != item::Type::kMap) return std::nullopt;
    return container.map().Find(element.name);
  }
  if (container.type() != item::Type::kList) return std::nullopt;
  uint32_t index = 0;
  for (auto it = container.list().begin(); it.valid(); it.Next(), ++index) {
    if (index == element.index) return it.value();
  }
  return std::nullopt;
}

std::optional<item::ValueView> FindPath(const item::ItemView& item, BoundPath path) {
  std::optional<item::ValueView> value = item.Find(path.front().name);
  for (size_t i = 1; value && i < path.size(); ++i) value = FindElement(*value, path[i]);
  return value;
}

std::string PathText(BoundPath path) {
  std::string text = "[";
  for (const BoundElement& element : path) {
    if (text.size() > 1) text += ", ";
    if (element.is_index) {
      text += "[" + std::to_string(element.index) + "]";
    } else {
      text += element.name;
    }
  }
  return text += "]";
}

}  // namespace dray::expression
