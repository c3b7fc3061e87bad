// SPDX-License-Identifier: Apache-2.0
#include "storage/table/maintenance.h"

#include <algorithm>

namespace dray::table {

bool HasLocalIndexes(const TableDescriptor& descriptor) {
  return std::any_of(descriptor.indexes.begin(), descriptor.indexes.end(),
                     [](const IndexDescriptor& index) { return index.kind == IndexKind::kLocal; });
}

std::shared_ptr<const Maintenance> Maintenance::Of(const TableRecord& record,
                                                   const Maintenance* before) {
  const TableDescriptor& descriptor = record.descriptor;
  if (descriptor.indexes.empty() && !descriptor.time_to_live.is_enabled) return nullptr;
  auto next = std::make_shared<Maintenance>();
  next->table_schema = descriptor.key_schema;
  next->time_to_live = descriptor.time_to_live;
  next->has_collections = HasLocalIndexes(descriptor);
  for (const IndexDescriptor& index : descriptor.indexes) {
    const MaintainedIndex* known = before == nullptr ? nullptr : before->FindByNumber(index.number);
    next->indexes.push_back(
        {index, known == nullptr ? std::make_shared<Counters>() : known->counters});
    if (index.kind == IndexKind::kLocal && index.status == IndexStatus::kCreating) {
      next->collections_may_be_missing = true;
    }
  }
  return next;
}

const MaintainedIndex* Maintenance::Find(std::string_view name) const {
  auto found = std::find_if(indexes.begin(), indexes.end(), [&](const MaintainedIndex& index) {
    return index.descriptor.name == name;
  });
  return found == indexes.end() ? nullptr : &*found;
}

const MaintainedIndex* Maintenance::FindByNumber(uint64_t number) const {
  auto found = std::find_if(indexes.begin(), indexes.end(), [&](const MaintainedIndex& index) {
    return index.descriptor.number == number;
  });
  return found == indexes.end() ? nullptr : &*found;
}

}  // namespace dray::table
