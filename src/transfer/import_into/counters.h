// SPDX-License-Identifier: Apache-2.0
// What an import into a table counts. processed = imported() + skipped + filtered + errors.
#pragma once

#include <cstdint>

#include "transfer/import_into/ask.h"

namespace dray::import_into {

struct Counters {
  uint64_t processed = 0;
  uint64_t inserted = 0, updated = 0, unchanged = 0, deleted = 0;
  uint64_t skipped = 0, filtered = 0, errors = 0;
  uint64_t bytes = 0;  // uncompressed

  uint64_t imported() const { return inserted + updated + unchanged + deleted; }
  void Count(Effect effect) {
    switch (effect) {
      case Effect::kInserted:
        ++inserted;
        return;
      case Effect::kUpdated:
        ++updated;
        return;
      case Effect::kUnchanged:
        ++unchanged;
        return;
      case Effect::kDeleted:
        ++deleted;
        return;
      case Effect::kSkipped:
        ++skipped;
        return;
      case Effect::kFailed:
        ++errors;
        return;
    }
  }
  // Calls visit(member) for each, in the order in which they are stored.
  template <class Self, class Visit>
  static void ForEach(Self& self, Visit visit) {
    visit(self.processed);
    visit(self.inserted);
    visit(self.updated);
    visit(self.unchanged);
    visit(self.deleted);
    visit(self.skipped);
    visit(self.filtered);
    visit(self.errors);
    visit(self.bytes);
  }
  void Add(const Counters& other) {
    processed += other.processed;
    inserted += other.inserted;
    updated += other.updated;
    unchanged += other.unchanged;
    deleted += other.deleted;
    skipped += other.skipped;
    filtered += other.filtered;
    errors += other.errors;
    bytes += other.bytes;
  }
  // `other` is an earlier state of the same counters.
  Counters Since(const Counters& other) const {
    return {processed - other.processed, inserted - other.inserted, updated - other.updated,
            unchanged - other.unchanged, deleted - other.deleted,   skipped - other.skipped,
            filtered - other.filtered,   errors - other.errors,     bytes - other.bytes};
  }
  bool operator==(const Counters&) const = default;
};

}  // namespace dray::import_into
