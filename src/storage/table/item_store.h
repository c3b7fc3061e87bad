// SPDX-License-Identifier: Apache-2.0
// Items as they are now: reading, and the one path by which they are written. A write is:
//   1. take the latch of the key             (the stripe of the table's counters is its latch's)
//   2. read the old item, let the caller decide
//   3. enter the table's gate: time, in-flight set, generation when changes are recorded
//   4. commit item, counter, the change (its image and its index entry) and what secondary indexes,
//      expiry and item collections keep, as one batch (write_set.h)
//   5. leave the gate, then the latch
// Engines that other processes write to get guards on what was read; when a guard fails, all is
// done again with a new time. Thread-safe.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/kv/engine.h"
#include "storage/table/latches.h"
#include "storage/table/table.h"
#include "storage/table/table_state.h"
#include "storage/table/write_set.h"

namespace dray::table {

class ItemStore {
 public:
  ItemStore(kv::Engine& engine, uint64_t collection_bytes_max)
      : engine_(engine),
        capabilities_(engine.capabilities()),
        collection_bytes_max_(collection_bytes_max) {}

  base::Result<std::optional<StoredItem>> Get(Table& table, const item::PrimaryKey& key);
  base::Result<MutateResult> Mutate(Table& table, const item::PrimaryKey& key,
                                    const Mutation& mutation);
  base::Result<std::vector<MutateResult>> WriteBatch(Table& table,
                                                     std::span<const Tables::BatchEntry> entries);
  base::Result<std::vector<MutateResult>> MutateMany(Table& table,
                                                     std::span<const item::PrimaryKey> keys,
                                                     const Tables::ManyMutation& mutation);
  // Deletes those of the items for which `is_to_go` says so, with shared commits.
  base::Result<std::vector<MutateResult>> DeleteIf(
      Table& table, std::span<const item::PrimaryKey> keys,
      const std::function<bool(const StoredItem&)>& is_to_go);
  // `index`: the name of one, or empty for the items themselves.
  base::Result<ItemPage> Query(Table& table, std::string_view index, std::string_view partition_key,
                               const SortRange& range, kv::Direction direction,
                               const std::optional<item::PrimaryKey>& start_after,
                               PageLimits limits);
  base::Result<ItemPage> Scan(Table& table, std::string_view index, HashRange range,
                              const std::optional<item::PrimaryKey>& start_after,
                              PageLimits limits);

  // Puts what these items lack in indexes that are being built. Keys ascend. The items are not
  // changed, so that this does not pass the gate: the caller keeps the table from being removed.
  base::Status AddMissingEntries(Table& table, std::span<const std::string> item_keys,
                                 std::span<const uint64_t> index_numbers);

 private:
  struct KeyRange {
    kv::PartitionId partition = 0;
    std::string from, to;
  };
  struct Source;
  static base::Result<Source> SourceOf(const Table& table, std::string_view index);
  static void Narrow(const Source& source, const std::string& prefix, const SortRange& sort,
                     KeyRange& range);
  static base::Result<ItemPage> CheckStillThere(const Table& table, std::string_view index,
                                                ItemPage page);
  // Puts the items of the range behind those in `page`; `page.is_last` tells whether a limit was
  // reached.
  base::Status ReadItems(const KeyRange& range, kv::Direction direction, size_t page_bytes,
                         const PageLimits& limits, size_t& size_bytes, ItemPage& page);

  // nullopt: a guard failed.
  base::Result<std::optional<MutateResult>> TryMutate(Table& table, const ItemPlace& place,
                                                      const Mutation& mutation);

  // What is to be done with one of many items; like a Decision, but borrows the new item.
  struct Choice {
    Decision::Kind kind = Decision::Kind::kKeep;
    std::optional<NewItem> item;
  };
  using Choose = std::function<base::Result<Choice>(size_t i, const StoredItem* old_item)>;
  struct Write;  // one of many on its way
  base::Result<std::vector<MutateResult>> WriteMany(Table& table,
                                                    std::span<const item::PrimaryKey> keys,
                                                    const Choose& choose);
  base::Result<bool> TryWrite(Table& table, std::span<const Write> writes, const Choose& choose,
                              std::span<MutateResult> results);
  static std::vector<size_t> LatchesOf(const Table& table, std::span<const Write> writes);
  // Calls `commit` with what may be one commit, again while it says that a guard failed.
  base::Status CommitTogether(
      std::span<const Write> writes,
      const std::function<base::Result<bool>(std::span<const Write>)>& commit);
  base::Result<std::vector<std::optional<std::string>>> ReadRecords(std::span<const Write> writes);

  kv::Engine& engine_;
  const kv::Capabilities capabilities_;
  const uint64_t collection_bytes_max_;
  Latches latches_;
};

// kInUse while the table is CREATING, kNotFound once it is deleted.
base::Status CheckUsable(const Table& table);

// The engine's keys of a range of hashes, in one family.
std::string HashRangeBegin(char family, uint64_t table_number, uint64_t first_hash);
std::string HashRangeEnd(char family, uint64_t table_number, uint64_t last_hash);

}  // namespace dray::table
