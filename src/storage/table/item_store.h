// SPDX-License-Identifier: Apache-2.0
// Items as they are now: reading, and the one path by which they are written. A write is:
//   1. take the latch of the key             (the stripe of the table's counters is its latch's)
//   2. read the old item, let the caller decide
//   3. enter the table's gate: time, in-flight set, generation when changes are recorded
//   4. commit item, counter, and the change: its image and its index entry, as one batch
//   5. leave the gate, then the latch
// Engines that other processes write to get guards on what was read; when a guard fails, all is
// done again with a new time. Thread-safe.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/kv/engine.h"
#include "storage/table/latches.h"
#include "storage/table/table.h"
#include "storage/table/table_state.h"

namespace dray::table {

class ItemStore {
 public:
  explicit ItemStore(kv::Engine& engine) : engine_(engine), capabilities_(engine.capabilities()) {}

  base::Result<std::optional<StoredItem>> Get(Table& table, const item::PrimaryKey& key);
  base::Result<MutateResult> Mutate(Table& table, const item::PrimaryKey& key,
                                    const Mutation& mutation);
  base::Result<std::vector<MutateResult>> WriteBatch(Table& table,
                                                     std::span<const Tables::BatchEntry> entries);
  base::Result<ItemPage> Query(Table& table, std::string_view partition_key, const SortRange& range,
                               kv::Direction direction,
                               const std::optional<item::PrimaryKey>& start_after,
                               PageLimits limits);
  base::Result<ItemPage> Scan(Table& table, HashRange range,
                              const std::optional<item::PrimaryKey>& start_after,
                              PageLimits limits);

 private:
  struct KeyRange {
    kv::PartitionId partition = 0;
    std::string from, to;
  };
  // Puts the items of the range behind those in `page`; `page.is_last` tells whether a limit was
  // reached.
  base::Status ReadItems(const KeyRange& range, kv::Direction direction, size_t page_bytes,
                         const PageLimits& limits, size_t& size_bytes, ItemPage& page);
  // nullopt: a guard failed.
  base::Result<std::optional<MutateResult>> TryMutate(Table& table, const std::string& key,
                                                      uint16_t stripe, const Mutation& mutation);
  struct Write;  // one entry of a batch on its way
  base::Result<bool> TryWrite(Table& table, std::span<Write> writes);
  base::Result<Count> ReadCounter(Table& table, kv::PartitionId partition, uint16_t stripe,
                                  kv::Batch& batch);

  kv::Engine& engine_;
  const kv::Capabilities capabilities_;
  Latches latches_;
};

// kInUse while the table is CREATING, kNotFound once it is deleted.
base::Status CheckUsable(const Table& table);

// The engine's keys of a range of hashes, in one family.
std::string HashRangeBegin(char family, uint64_t table_number, uint64_t first_hash);
std::string HashRangeEnd(char family, uint64_t table_number, uint64_t last_hash);

}  // namespace dray::table
