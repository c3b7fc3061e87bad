// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/key_checks.h"

#include <string>

#include "api/dynamodb/error_mapping.h"
#include "storage/table/index_entry.h"

namespace dray::dynamodb {

namespace {

using base::Status;

Status CheckIndexType(const table::IndexDescriptor& index, const item::KeyElement& element,
                      const expression::AttributeUse& use) {
  if (!use.is_written || use.is_nested || use.attribute != element.name || !use.written_type ||
      *use.written_type == element.type) {
    return base::Ok();
  }
  return InvalidParameter("Type mismatch for Index Key " + element.name +
                          " Expected: " + std::string(TypeName(element.type)) + " Actual: " +
                          std::string(TypeName(*use.written_type)) + " IndexName: " + index.name);
}

}  // namespace

Status CheckKeyPaths(const expression::AttributeUses& uses,
                     const table::TableDescriptor& descriptor) {
  RETURN_IF_ERROR(expression::CheckKeysScalar(uses, descriptor.key_schema));
  for (const table::IndexDescriptor& index : descriptor.indexes) {
    RETURN_IF_ERROR(expression::CheckKeysScalar(uses, index.key_schema, "IndexKey"));
  }
  return base::Ok();
}

Status CheckUpdatedAttributes(const expression::AttributeUses& uses,
                              const table::TableDescriptor& descriptor) {
  RETURN_IF_ERROR(expression::CheckKeysNotWritten(uses, descriptor.key_schema));
  for (const table::IndexDescriptor& index : descriptor.indexes) {
    for (const auto* elements : {&index.key_schema.hash, &index.key_schema.range}) {
      for (const item::KeyElement& element : *elements) {
        for (const expression::AttributeUse& use : uses) {
          RETURN_IF_ERROR(CheckIndexType(index, element, use));
        }
      }
    }
  }
  return CheckKeyPaths(uses, descriptor);
}

Status CheckUpdatedIndexKeys(const table::TableDescriptor& descriptor, const item::ItemView& item) {
  for (const table::IndexDescriptor& index : descriptor.indexes) {
    if (index.status == table::IndexStatus::kDeleting) continue;
    for (const auto* elements : {&index.key_schema.hash, &index.key_schema.range}) {
      for (const item::KeyElement& element : *elements) {
        std::optional<item::ValueView> value = item.Find(element.name);
        if (!value) continue;
        if (value->type() != element.type) {
          return ValidationError(
              "The update expression attempted to update the secondary index key to unsupported "
              "type");
        }
        if (element.type != item::Type::kNumber && value->string().empty()) {
          return ValidationError(
              "One or more parameter values are not valid. The update expression attempted to "
              "update a secondary index key to a value that is not supported. The AttributeValue "
              "for a key attribute cannot contain an empty " +
              std::string(element.type == item::Type::kString ? "string" : "binary") + " value.");
        }
      }
    }
    RETURN_IF_ERROR(table::CheckIndexKeys(index, item));
  }
  return base::Ok();
}

}  // namespace dray::dynamodb
