// SPDX-License-Identifier: Apache-2.0
// Everything that the writes of one commit change: items and the log of changes, entries of
// secondary indexes, times of expiry, counters, sizes of item collections. The caller holds the
// latches of the items, and for writes a ticket of the table's gate, from before this is made until
// Commit returned. For one thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "storage/kv/engine.h"
#include "storage/table/index_entry.h"
#include "storage/table/record.h"
#include "storage/table/table.h"
#include "storage/table/table_state.h"

namespace dray::table {

// Where an item stands.
struct ItemPlace {
  ItemPlace() = default;
  ItemPlace(const Table& table, std::string item_key);

  std::string key;
  kv::PartitionId partition = 0;
  uint16_t stripe = 0;
};

struct NewItem {
  std::string_view encoded;
  size_t size_bytes = 0;
};

class WriteSet {
 public:
  WriteSet(kv::Engine& engine, Table& table, uint64_t collection_bytes_max);

  // A put, or a delete of an item that is there (nullopt). `old_record` is what stands there now or
  // nullptr, with a guard on it where others may write. Fills in `result` what was done to indexes.
  // An error (an index's key, the size of a collection) leaves the set unusable.
  base::Status AddWrite(const ItemPlace& place, const std::string* old_record,
                        const std::optional<NewItem>& item, const WriteGate::Ticket& ticket,
                        MutateResult& result);
  // The entries that an item, which is not changed, lacks in these indexes that are being built,
  // and the size of its collection when that is missing.
  base::Status AddMissing(const ItemPlace& place, const std::string& record,
                          std::span<const uint64_t> index_numbers);
  // False: a guard failed and nothing was written; all is to be done anew.
  base::Result<bool> Commit(kv::PartitionId partition);

 private:
  struct Sum {
    uint64_t number;  // of the table or the index
    uint16_t stripe;
    Counters* counters;
    Count count;
    Count before;  // an unchanged sum is not written
  };
  struct Collection {
    std::string key;
    int64_t bytes;
    bool is_changed;
  };

  void Guard(std::string key, std::optional<std::string> expected);
  base::Status AddTo(Counters& counters, uint64_t number, const ItemPlace& place, Count delta);
  // Adds to `grows_by` what local indexes grow by.
  base::Status AddIndexes(const ItemPlace& place, const std::optional<ItemRecord>& old_item,
                          const std::optional<NewItem>& item, int64_t time_micros,
                          int64_t& grows_by, MutateResult& result);
  base::Status ReplaceEntry(const MaintainedIndex& index, const ItemPlace& place,
                            const std::optional<IndexEntry>& old_entry,
                            const std::optional<IndexEntry>& entry, int64_t time_micros,
                            MutateResult& result);
  base::Result<std::optional<IndexEntry>> OldEntryOf(const MaintainedIndex& index,
                                                     const item::ItemView& item) const;
  // Whether the entry stands in an index that is being built.
  base::Result<bool> IsThere(const MaintainedIndex& index, const IndexEntry& entry);
  void AddExpiry(const ItemPlace& place, const std::optional<ItemRecord>& old_item,
                 const std::optional<NewItem>& item);
  void PutExpiry(std::string_view tail, int64_t seconds);
  // Valid until the next call.
  base::Result<Collection*> CollectionOf(const ItemPlace& place);
  base::Result<int64_t> SumCollection(const ItemPlace& place);

  kv::Engine& engine_;
  Table& table_;
  const uint64_t collection_bytes_max_;
  const bool needs_guards_;
  const std::shared_ptr<const Maintenance> maintenance_;  // shared: this version, all along
  kv::Batch batch_;
  std::vector<Sum> sums_;  // few
  std::vector<Collection> collections_;
  struct ExpiryPut {
    std::string tail;
    int64_t seconds;
  };
  std::vector<ExpiryPut> expiry_puts_;
};

}  // namespace dray::table
