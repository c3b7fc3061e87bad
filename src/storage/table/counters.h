// SPDX-License-Identifier: Apache-2.0
// Exact item count and size of one table, cheap and safe from crashes: the sums are kept in
// stripes, each stripe's sum stands in a small record that is put in the same commit as the item,
// and a stripe belongs to one latch, so that its record is only ever written by who holds that
// latch. A restart reads these records, at most kStripeCount a table, never the items.
//
//   key     'm' | table number (8) | stripe (2, big endian; ffff: what bulk loads brought)
//   value   version 1 (1) | item count, zigzag varint | size in bytes, zigzag varint
//
// An index is counted in the same way under its own number, in the stripes of its items' keys in
// the table, because theirs is the latch that a write holds.
//
// A stripe's sum may be negative: items that a bulk load brought may be deleted.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/table/table.h"

namespace dray::table {

struct Count {
  int64_t items = 0;
  int64_t size_bytes = 0;
  Count operator+(const Count& other) const {
    return {items + other.items, size_bytes + other.size_bytes};
  }
  bool operator==(const Count&) const = default;
};

class Counters {
 public:
  static constexpr unsigned kStripeCount = 2048;
  static constexpr uint16_t kBulkStripe = 0xffff;

  // By the top four bits of the hash first, so that a stripe stays within one partition.
  static uint16_t StripeOfTail(std::string_view tail);
  // The same for tables with local indexes: by the partition key alone, so that one latch stands
  // for an item collection.
  static uint16_t StripeOfCollection(uint64_t hash);
  static size_t LatchOf(uint64_t table_number, uint16_t stripe);
  static std::string RecordKey(uint64_t table_number, uint16_t stripe);
  static std::string Encode(const Count& sum);
  static base::Result<Count> Decode(std::string_view record);

  // The caller of these two holds the stripe's latch.
  Count Get(uint16_t stripe) const;
  void Set(uint16_t stripe, const Count& sum);

  TableMetrics total() const;

 private:
  std::vector<Count>& Stripes();

  std::atomic<std::vector<Count>*> stripes_{nullptr};  // made at the first write
  std::unique_ptr<std::vector<Count>> owned_;
  base::Mutex making_;
  Count bulk_;
  std::atomic<int64_t> items_{0};
  std::atomic<int64_t> size_bytes_{0};
};

}  // namespace dray::table
