// SPDX-License-Identifier: Apache-2.0
// What an import asks of a record before its item goes into the table: what PutItem asks of an
// item, with PutItem's texts (contract section 4.6). An item without the key of an index is fine,
// it is not in that index; one whose key of an index has a wrong type or size is not.
#pragma once

#include <vector>

#include "base/result.h"
#include "format/codec/codec.h"
#include "model/item/key_schema.h"
#include "storage/table/table.h"

namespace dray::import_table {

// Immutable, so thread-safe.
class ItemChecks {
 public:
  explicit ItemChecks(const table::TableDescriptor& table)
      : keys_(table.key_schema), indexes_(table.indexes) {}

  // The key of the record's item, or kInvalidArgument with what is wrong with the record. Not for
  // the record that says the object has ended.
  base::Result<item::PrimaryKey> Check(const codec::Record& record) const;

 private:
  item::KeySchema keys_;
  std::vector<table::IndexDescriptor> indexes_;
};

}  // namespace dray::import_table
