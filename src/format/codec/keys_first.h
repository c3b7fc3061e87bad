// SPDX-License-Identifier: Apache-2.0
// The order in which exports write attributes: those of the key, in the schema's order, then the
// others in the item's (contract section 2.6).
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "model/item/item_encoding.h"
#include "model/item/key_schema.h"

namespace dray::codec {

class KeysFirst {
 public:
  explicit KeysFirst(const item::KeySchema& keys) {
    for (const auto* elements : {&keys.hash, &keys.range}) {
      for (const item::KeyElement& element : *elements) names_.push_back(element.name);
    }
  }

  // add(name, value) for every attribute.
  template <class Add>
  void ForEach(const item::ItemView& item, Add add) const {
    auto rest = item.attributes().begin();
    // Keys stand in front already in most items that were written here.
    size_t in_place = 0;
    for (; in_place < names_.size() && rest.valid() && rest.name() == names_[in_place];
         ++in_place, rest.Next()) {
      add(rest.name(), rest.value());
    }
    for (size_t i = in_place; i < names_.size(); ++i) {
      if (auto value = item.Find(names_[i])) add(std::string_view(names_[i]), *value);
    }
    bool has_keys_behind = in_place < names_.size();
    for (; rest.valid(); rest.Next()) {
      if (has_keys_behind && IsKey(rest.name())) continue;
      add(rest.name(), rest.value());
    }
  }

  // add(name, value) for the attributes of the key.
  template <class Add>
  void ForEachKey(const item::ItemView& item, Add add) const {
    for (const std::string& name : names_) {
      if (auto value = item.Find(name)) add(std::string_view(name), *value);
    }
  }

 private:
  bool IsKey(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  std::vector<std::string> names_;
};

}  // namespace dray::codec
