// SPDX-License-Identifier: Apache-2.0
// What stands behind BulkLoader (table.h). Items go through an external sort (external_sort.h) and
// then as sorted files into the engine. The entries of secondary indexes are made from the items
// that are left when duplicates are gone, and go the same way through a sort of their own; sizes of
// item collections are summed up as the items pass by in order.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/table/external_sort.h"
#include "storage/table/table.h"

namespace dray::table {

struct BulkLoadOptions {
  std::string folder;  // of this load alone; made when needed
  // Of items held, while adding and while sorting; entries of indexes get half as much again.
  size_t memory_bytes = 192 << 20;
  unsigned threads = 0;               // of Finish; 0 = twice the cores: some wait for the disk
  base::FileSystem* files = nullptr;  // nullptr: the real one
};

// The table whose items are loaded; nobody can read or write it.
struct BulkLoadTarget {
  kv::Engine& engine;
  uint64_t table_number = 0;
  int64_t write_time_micros = 0;  // of every item
  kv::PartitionId partition = kv::kSystemPartition;
  item::KeySchema key_schema = {};            // needed with indexes
  std::vector<IndexDescriptor> indexes = {};  // to be filled
};

struct LoadMetrics {
  TableMetrics items;
  std::vector<TableMetrics> indexes;  // in the target's order
};

class TableLoader {
 public:
  // What an interrupted load left in the table is removed first; the engine outlives the loader.
  static base::Result<std::unique_ptr<TableLoader>> Make(BulkLoadTarget target,
                                                         BulkLoadOptions options);
  // Goes on from a checkpoint of a loader of the same folder. kCorruption when the files do not
  // match it.
  static base::Result<std::unique_ptr<TableLoader>> Resume(BulkLoadTarget target,
                                                           BulkLoadOptions options,
                                                           std::string_view checkpoint);

  // As BulkLoader's.
  base::Status Add(const item::PrimaryKey& key, std::string_view encoded, size_t size_bytes,
                   uint64_t sequence);
  base::Result<std::string> Checkpoint() { return items_->Checkpoint(); }
  base::Result<LoadMetrics> Finish(const std::function<base::Status(double)>& progress);

 private:
  TableLoader(BulkLoadTarget target, BulkLoadOptions options, std::unique_ptr<ExternalSort> items);
  base::Status RemoveLeftovers();
  base::Status RemoveLeftovers(const std::string& prefix);

  const BulkLoadTarget target_;
  const BulkLoadOptions options_;
  const std::unique_ptr<ExternalSort> items_;
};

}  // namespace dray::table
