// SPDX-License-Identifier: Apache-2.0
// What the writes of a table keep besides its items: secondary indexes, times of expiry, sizes of
// item collections. A snapshot: a write takes it behind the gate, so that after a drain every write
// sees the newest one.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "storage/table/catalog_record.h"
#include "storage/table/counters.h"
#include "storage/table/index_descriptor.h"

namespace dray::table {

struct MaintainedIndex {
  IndexDescriptor descriptor;
  std::shared_ptr<Counters> counters;  // shared: by the snapshots before and after
};

struct Maintenance {
  item::KeySchema table_schema;
  std::vector<MaintainedIndex> indexes;  // those being deleted, too: their entries are left alone
  TimeToLive time_to_live;
  bool has_collections = false;             // there are local indexes
  bool collections_may_be_missing = false;  // not all items of a loaded table were looked at yet

  // nullptr when there is nothing to keep. Counters are taken over from `before`.
  static std::shared_ptr<const Maintenance> Of(const TableRecord& record,
                                               const Maintenance* before);

  const MaintainedIndex* Find(std::string_view name) const;
  const MaintainedIndex* FindByNumber(uint64_t number) const;
};

bool HasLocalIndexes(const TableDescriptor& descriptor);

}  // namespace dray::table
