// SPDX-License-Identifier: Apache-2.0
// Values as AWS prints them in error texts. Internal to this module.
#pragma once

#include <string>

#include "base/result.h"
#include "model/item/item_encoding.h"

namespace dray::expression {

// "AttributeValue: {S:x}"
std::string ValueText(const item::ValueView& value);

// The two bounds of a BETWEEN, without the "Invalid ...Expression: ".
base::Status CheckBetweenBounds(const item::ValueView& lower, const item::ValueView& upper);

}  // namespace dray::expression
