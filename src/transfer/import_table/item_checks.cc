// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/item_checks.h"

#include "base/check.h"
#include "storage/table/index_entry.h"

namespace dray::import_table {

base::Result<item::PrimaryKey> ItemChecks::Check(const codec::Record& record) const {
  CHECK(record.outcome != codec::Record::Outcome::kEnd);
  if (record.outcome != codec::Record::Outcome::kItem) {
    return base::Error{base::ErrorKind::kInvalidArgument, record.message, {}};
  }
  if (record.item_size_bytes > item::kItemBytesMax) {
    return base::Error{
        base::ErrorKind::kInvalidArgument, "Item size has exceeded the maximum allowed size", {}};
  }
  const item::ItemView item(record.item);
  ASSIGN_OR_RETURN(item::PrimaryKey key, item::KeyOfItem(keys_, item));
  if (!indexes_.empty()) RETURN_IF_ERROR(table::CheckIndexKeys(indexes_, item));
  return key;
}

}  // namespace dray::import_table
