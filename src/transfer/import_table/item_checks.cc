// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/item_checks.h"

#include "base/check.h"

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
  return item::KeyOfItem(keys_, item::ItemView(record.item));
}

}  // namespace dray::import_table
