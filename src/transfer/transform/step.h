// SPDX-License-Identifier: Apache-2.0
// The elements of a list of transforms. Internal to this module.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <variant>

#include "format/json/json.h"
#include "model/expression/bound_condition.h"
#include "model/expression/expression.h"
#include "transfer/transform/mask.h"

namespace dray::transform {

struct Keep {
  std::set<std::string, std::less<>> names;
};
struct Drop {
  std::set<std::string, std::less<>> names;
};
struct Rename {
  std::string from, to;
};
struct Filter {
  // Bound expressions point into the parameters, those into the values.
  std::string values;
  expression::Parameters parameters;
  std::optional<expression::BoundCondition> condition;
};

struct Step {
  std::variant<Keep, Drop, Rename, Filter, Mask> what;
};

// One element of the list. A mask's key comes from `secret` when it is not null, else from the
// element.
base::Result<std::unique_ptr<Step>> ReadStep(const json::Value& element, const std::string* secret);
// Whether the element is a mask that has a key.
bool TakesSecret(const json::Value& element);

}  // namespace dray::transform
