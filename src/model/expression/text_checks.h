// SPDX-License-Identifier: Apache-2.0
// What is wrong with an expression whatever the names and values are. Internal to this module.
#pragma once

#include "base/result.h"
#include "model/expression/tree.h"

namespace dray::expression {

// The number of operators and functions. AWS counts comparators, BETWEEN, IN, AND, OR, NOT, + and -
// and functions ("a<b or (a<b ...": measured; functions: the quotas page of the developer guide).
base::Status CheckOperatorCount(const Tree& tree);

// Reserved words, list indexes, function names and places, numbers of operands, repeated sections:
// the first problem in the order of the text. Also fills in the indexes of paths.
base::Status CheckText(Tree& tree);

}  // namespace dray::expression
