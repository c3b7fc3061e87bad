// SPDX-License-Identifier: Apache-2.0
// The memory of one open table: what TableRef points to. One stands for every table in the catalog,
// deleted ones with data included, from start to end.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/mutex.h"
#include "storage/table/catalog_record.h"
#include "storage/table/counters.h"
#include "storage/table/write_gate.h"

namespace dray::table {

class Table {
 public:
  Table(TableRecord record, ServiceClock& clock)
      : number(record.descriptor.number),
        partitions(record.partitions),
        gate(clock),
        status_(record.descriptor.status),
        record_(std::make_shared<const TableRecord>(std::move(record))) {}

  const uint64_t number;
  const std::vector<Partition> partitions;

  // Held over a change of the table's record, from reading it to storing it, drains included.
  // Taken before every other lock.
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
    record_ = std::move(next);
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
  mutable base::Mutex record_mutex_;
  std::shared_ptr<const TableRecord> record_ GUARDED_BY(record_mutex_);
};

}  // namespace dray::table
