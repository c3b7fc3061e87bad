// SPDX-License-Identifier: Apache-2.0
// Deletes items whose time has come. A round takes the time, then goes through the stripes of the
// index of times; what is due there is deleted in small batches, each item after a look under its
// latch, by the ordinary write path. Deleted entries are not passed twice, though the engine keeps
// their traces for a while: within a round the search goes on where it stopped, and the next round
// begins in each stripe at its floor, below which nothing can be due. Thread-safe.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/table/item_store.h"
#include "storage/table/service_clock.h"
#include "storage/table/table_state.h"

namespace dray::table {

class ItemExpiry {
 public:
  ItemExpiry(kv::Engine& engine, ServiceClock& clock, ItemStore& items)
      : engine_(engine), clock_(clock), items_(items) {}

  // Goes on with the table's round, or begins one; `items_max` is lowered by what was looked at.
  // Items are left when it is 0 afterwards.
  base::Status Advance(Table& table, size_t& items_max);

 private:
  struct Place {
    kv::PartitionId partition;
    unsigned stripe;
  };
  static std::vector<Place> PlacesOf(const Table& table);
  base::Status Go(Table& table, const TimeToLive& settings, size_t& items_max)
      REQUIRES(table.background);
  // Where the search of a stripe begins; from then on its floor is the time of the round.
  int64_t TakeFloor(Table& table, unsigned stripe, int64_t now_seconds) const;

  kv::Engine& engine_;
  ServiceClock& clock_;
  ItemStore& items_;
};

}  // namespace dray::table
