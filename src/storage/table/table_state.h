// SPDX-License-Identifier: Apache-2.0
// The memory of one open table: what TableRef points to. One stands for every table in the catalog,
// deleted ones with data included, from start to end.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/mutex.h"
#include "storage/table/catalog_record.h"
#include "storage/table/counters.h"
#include "storage/table/key_encoding.h"
#include "storage/table/maintenance.h"
#include "storage/table/write_gate.h"

namespace dray::table {

// How far the search for expired items has come in a table; one round goes through all stripes.
struct ExpiryRound {
  uint64_t number = 0;      // of the index of times; another one: the round is over
  int64_t now_seconds = 0;  // items due then; 0: no round is under way
  size_t place = 0;         // which partition and stripe
  std::string from;         // where the search goes on there; empty: at its beginning
};

class Table {
 public:
  Table(TableRecord record, ServiceClock& clock)
      : number(record.descriptor.number),
        partitions(record.partitions),
        has_collections(HasLocalIndexes(record.descriptor)),
        gate(clock),
        status_(record.descriptor.status) {
    for (auto& seconds : expiry_floor) seconds.store(INT64_MIN, std::memory_order_relaxed);
    set_record(std::move(record));
  }

  const uint64_t number;
  const std::vector<Partition> partitions;
  const bool has_collections;  // there are local indexes: they come and go with the table

  // Held over work in the background on this table. Taken before `changing`, by no request.
  base::Mutex background;
  std::map<uint64_t, std::string> build_positions GUARDED_BY(background);  // tails, by index number
  ExpiryRound expiry_round GUARDED_BY(background);

  // By stripe: no item below these seconds is due. Raised before a stripe is searched, lowered
  // after an item was written.
  std::array<std::atomic<int64_t>, kStripes> expiry_floor;

  // Held over a change of the table's record, from reading it to storing it, drains included.
  // Taken before every other lock but `background`.
  base::Mutex changing;

  WriteGate gate;
  Counters counters;

  // What keeps changes from being dropped. An entry of either kind needs the changes at or after
  // its time. Taken before the gate's mutex.
  base::Mutex pins_mutex;
  std::map<std::string, int64_t, std::less<>> pins GUARDED_BY(pins_mutex);  // by owner
  std::multiset<int64_t> view_pins GUARDED_BY(pins_mutex);
  // The log is whole from here on; INT64_MAX: it holds nothing. Mirrors the record.
  int64_t log_since_micros GUARDED_BY(pins_mutex) = INT64_MAX;

  std::atomic<int> bulk_loads{0};  // loaders at work; the data stays while there are some

  // The least time that a pin needs; INT64_MAX without pins.
  int64_t FirstPin() const REQUIRES(pins_mutex) {
    int64_t first = view_pins.empty() ? INT64_MAX : *view_pins.begin();
    for (const auto& [owner, time] : pins) first = std::min(first, time);
    return first;
  }

  TableStatus status() const { return status_.load(std::memory_order_acquire); }
  std::shared_ptr<const TableRecord> record() const {  // shared: readers keep the version they saw
    base::MutexLock lock(record_mutex_);
    return record_;
  }
  void set_record(TableRecord record) {
    auto next = std::make_shared<const TableRecord>(std::move(record));
    base::MutexLock lock(record_mutex_);
    status_.store(next->descriptor.status, std::memory_order_release);
    maintenance_ = Maintenance::Of(*next, maintenance_.get());
    has_maintenance_.store(maintenance_ != nullptr, std::memory_order_release);
    record_ = std::move(next);
  }
  // What writes keep besides items; nullptr: nothing. Shared: a write keeps the version it saw.
  std::shared_ptr<const Maintenance> maintenance() const {
    if (!has_maintenance_.load(std::memory_order_acquire)) return nullptr;
    base::MutexLock lock(record_mutex_);
    return maintenance_;
  }

  // The stripe of the counters, and so the latch, of an item.
  uint16_t StripeOf(std::string_view tail) const {
    return has_collections ? Counters::StripeOfCollection(HashOfTail(tail))
                           : Counters::StripeOfTail(tail);
  }
  void LowerExpiryFloor(std::string_view tail, int64_t seconds) {
    std::atomic<int64_t>& floor = expiry_floor[StripeOfHash(HashOfTail(tail))];
    int64_t known = floor.load(std::memory_order_acquire);
    while (known > seconds && !floor.compare_exchange_weak(known, seconds)) {
    }
  }

  // The partition that holds a hash.
  const Partition& PartitionOf(uint64_t hash) const {
    auto after = std::upper_bound(
        partitions.begin(), partitions.end(), hash,
        [](uint64_t value, const Partition& partition) { return value < partition.hashes.first; });
    return *--after;
  }

 private:
  std::atomic<TableStatus> status_;
  std::atomic<bool> has_maintenance_{false};
  mutable base::Mutex record_mutex_;
  std::shared_ptr<const TableRecord> record_ GUARDED_BY(record_mutex_);
  std::shared_ptr<const Maintenance> maintenance_ GUARDED_BY(record_mutex_);
};

}  // namespace dray::table
