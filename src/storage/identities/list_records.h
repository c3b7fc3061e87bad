// SPDX-License-Identifier: Apache-2.0
// One page of records under a prefix. Internal to this module.
#pragma once

#include <string>

#include "storage/identities/identities.h"

namespace dray::identities {

template <class T, class Decode>
base::Result<Listing<T>> Identities::ListRecords(const std::string& prefix, const ListQuery& query,
                                                 Decode decode) {
  Listing<T> listing;
  std::string from = query.after.empty() ? prefix : prefix + query.after + '\0';
  kv::Page page;
  do {
    RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, from, kv::PrefixEnd(prefix),
                                      kv::Direction::kForward, {}, page));
    for (size_t i = 0; i < page.size(); ++i) {
      ASSIGN_OR_RETURN(T entry, decode(page.value(i)));
      if (!entry.path.starts_with(query.path_prefix)) continue;
      if (listing.entries.size() == query.entries_max) {
        listing.is_last = false;
        return listing;
      }
      listing.entries.push_back(std::move(entry));
    }
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
  } while (!page.is_last());
  return listing;
}

}  // namespace dray::identities
