// SPDX-License-Identifier: Apache-2.0
// What AWS checks of a request's expressions against the keys of its table and of its indexes,
// before it looks at any item.
#pragma once

#include "base/result.h"
#include "model/expression/attribute_use.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

// "Key attributes must be scalars; ...: Key: pk", for indexes "IndexKey: g".
base::Status CheckKeyPaths(const expression::AttributeUses& uses,
                           const table::TableDescriptor& descriptor);

// Of an update: "Cannot update attribute pk. This attribute is part of the key", "Type mismatch for
// Index Key g Expected: S Actual: N IndexName: idx" where the expression alone tells the type, then
// CheckKeyPaths.
base::Status CheckUpdatedAttributes(const expression::AttributeUses& uses,
                                    const table::TableDescriptor& descriptor);

// Of the item that an update made, from values that only the item knew.
base::Status CheckUpdatedIndexKeys(const table::TableDescriptor& descriptor,
                                   const item::ItemView& item);

}  // namespace dray::dynamodb
