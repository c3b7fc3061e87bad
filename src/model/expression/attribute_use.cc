// SPDX-License-Identifier: Apache-2.0
#include "model/expression/attribute_use.h"

#include <algorithm>
#include <string>

namespace dray::expression {

namespace {

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

bool IsKey(const item::KeySchema& schema, std::string_view attribute) {
  auto has = [&](const std::vector<item::KeyElement>& elements) {
    return std::any_of(elements.begin(), elements.end(),
                       [&](const item::KeyElement& element) { return element.name == attribute; });
  };
  return has(schema.hash) || has(schema.range);
}

}  // namespace

base::Status CheckKeysScalar(const AttributeUses& uses, const item::KeySchema& schema,
                             std::string_view label) {
  for (const AttributeUse& use : uses) {
    if (!use.is_nested || !IsKey(schema, use.attribute)) continue;
    return Invalid(
        "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
        "allowed: " +
        std::string(label) + ": " + std::string(use.attribute));
  }
  return base::Ok();
}

base::Status CheckKeysNotWritten(const AttributeUses& uses, const item::KeySchema& table) {
  for (const AttributeUse& use : uses) {
    if (!use.is_written || !IsKey(table, use.attribute)) continue;
    return Invalid("One or more parameter values were invalid: Cannot update attribute " +
                   std::string(use.attribute) + ". This attribute is part of the key");
  }
  return base::Ok();
}

base::Status CheckFilterWithoutKeys(const AttributeUses& uses, const item::KeySchema& schema) {
  for (const AttributeUse& use : uses) {
    if (!IsKey(schema, use.attribute)) continue;
    return Invalid(
        "Filter Expression can only contain non-primary key attributes: Primary key attribute: " +
        std::string(use.attribute));
  }
  return base::Ok();
}

}  // namespace dray::expression
