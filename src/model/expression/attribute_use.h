// SPDX-License-Identifier: Apache-2.0
// Which attributes of an item an expression touches, and AWS's rules about key attributes.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/item/key_schema.h"

namespace dray::expression {

// One document path of a bound expression, by its first element. Views are valid as long as the
// bound expression.
struct AttributeUse {
  std::string_view attribute;  // top level
  bool is_nested = false;      // the path goes on: a.b, a[0]
  bool is_written = false;     // the target of an update's action
  // Of what an update's SET or ADD writes, where the expression alone tells.
  std::optional<item::Type> written_type;
};

// In the order of the text; the same attribute may stand there several times.
using AttributeUses = std::vector<AttributeUse>;

// "Key attributes must be scalars; list random access '[]' and map lookup '.' are not allowed: Key:
// pk". `label` is "Key" for a table's key, "IndexKey" for an index's.
base::Status CheckKeysScalar(const AttributeUses& uses, const item::KeySchema& schema,
                             std::string_view label = "Key");
// "One or more parameter values were invalid: Cannot update attribute pk. This attribute is part of
// the key".
base::Status CheckKeysNotWritten(const AttributeUses& uses, const item::KeySchema& table);
// For a Query's filter, with the key of what is queried: "Filter Expression can only contain
// non-primary key attributes: Primary key attribute: pk".
base::Status CheckFilterWithoutKeys(const AttributeUses& uses, const item::KeySchema& schema);

}  // namespace dray::expression
