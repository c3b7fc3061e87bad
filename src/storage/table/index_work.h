// SPDX-License-Identifier: Apache-2.0
// Indexes that come and go while a table is in use, and the index of times that expiry needs.
//   create   the index is in the record, CREATING: every write that enters the gate from then on
//            keeps its entries, looking up whether the old one is there
//   build    writes in flight are drained, then the items are gone through in pages: for each page
//            the latches are taken, the items read again, and what they lack is put, in one commit;
//            where the next page begins is stored now and then
//   active   all items have been looked at: in the record; writes no longer look up
//   delete   DELETING in the record: no write touches it any more; drained; its range is deleted,
//            then its place in the record
// A crash between any two steps leaves a record that says what is to be done. Thread-safe.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/table/catalog.h"
#include "storage/table/item_store.h"
#include "storage/table/table.h"
#include "storage/table/table_state.h"

namespace dray::table {

class IndexWork {
 public:
  IndexWork(kv::Engine& engine, Catalog& catalog, ItemStore& items)
      : engine_(engine), catalog_(catalog), items_(items) {}

  // What Create checks: names that differ, schemas that can be kept, an engine that can.
  base::Status CheckSpec(const TableDescriptor& spec) const;
  base::Status CreateIndex(Table& table, IndexDescriptor spec);
  base::Status DeleteIndex(Table& table, std::string_view name);
  base::Status SetTimeToLive(Table& table, const TimeToLive& settings);

  // Goes on with the table, at most about `items_max` items; lowers it by what was done. Does
  // nothing while the table is not ACTIVE.
  base::Status Advance(Table& table, size_t& items_max);
  // Whether Advance would do something.
  static bool IsNeeded(const Table& table);
  // These indexes of a CREATING table were filled by its load: they are ACTIVE.
  base::Status MarkLoaded(Table& table, std::span<const uint64_t> numbers);

  void OnWork(std::function<void()> wake);
  void Wake();

 private:
  base::Status CheckIndex(const IndexDescriptor& index, const item::KeySchema& table_schema) const;
  base::Status RemoveDropped(Table& table, std::span<const uint64_t> numbers)
      REQUIRES(table.background);
  base::Status LoadPositions(Table& table, std::span<const uint64_t> numbers)
      REQUIRES(table.background);
  base::Status StorePosition(Table& table, std::span<const uint64_t> numbers, std::string_view tail)
      REQUIRES(table.background);
  base::Status Build(Table& table, std::span<const uint64_t> numbers, size_t& items_max)
      REQUIRES(table.background);
  // The next items behind `tail`; empty: there are none.
  base::Result<std::vector<std::string>> NextKeys(const Table& table, const std::string& tail,
                                                  size_t count_max);
  base::Status Finish(Table& table, TableStatus status, std::span<const uint64_t> numbers)
      REQUIRES(table.background);

  kv::Engine& engine_;
  Catalog& catalog_;
  ItemStore& items_;
  base::Mutex wake_mutex_;
  std::function<void()> wake_ GUARDED_BY(wake_mutex_);
};

// Removes what an index keeps in the engine, its counters included.
base::Status DeleteIndexData(kv::Engine& engine, const Table& table, uint64_t number);
// Of all the table's partitions.
base::Status DeletePrefix(kv::Engine& engine, const Table& table, const std::string& prefix);

}  // namespace dray::table
