// SPDX-License-Identifier: Apache-2.0
// For the .cc files that work on simdjson's DOM itself: the element behind a JsonView.
#pragma once

#include <simdjson.h>

#include <cstring>
#include <type_traits>

#include "api/dynamodb/json_view.h"

namespace dray::dynamodb {

struct JsonViewAccess {
  using Element = simdjson::dom::element;
  static_assert(std::is_trivially_copyable_v<Element>);
  static_assert(sizeof(Element) == sizeof(JsonView));

  static Element Get(const JsonView& view) {
    Element element;
    std::memcpy(static_cast<void*>(&element), view.element_, sizeof(element));
    return element;
  }
  static JsonView Make(const Element& element) {
    JsonView view;
    std::memcpy(view.element_, static_cast<const void*>(&element), sizeof(element));
    return view;
  }
};

}  // namespace dray::dynamodb
