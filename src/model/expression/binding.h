// SPDX-License-Identifier: Apache-2.0
// A tree's placeholders replaced by what one request gives for them, and the checks that need the
// values. Internal to this module.
#pragma once

#include <optional>

#include "base/result.h"
#include "model/expression/attribute_use.h"
#include "model/expression/bound_path.h"
#include "model/expression/tree.h"

namespace dray::expression {

// Fills `operands`; errors have AWS's whole text. For trees of any kind.
base::Status BindOperands(const Tree& tree, Parameters& parameters, BoundOperands& operands);

// The type that an operand has whatever the item is: of a value, and N for size().
std::optional<item::Type> StaticType(const Tree& tree, const BoundOperands& operands,
                                     NodeIndex node);

// The paths below `node`, appended in the order of the text.
void AppendPathUses(const Tree& tree, const BoundOperands& operands, NodeIndex node,
                    AttributeUses& uses);

}  // namespace dray::expression
