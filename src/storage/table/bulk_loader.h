// SPDX-License-Identifier: Apache-2.0
// The external radix sort behind BulkLoader (table.h). Records go into buckets by the top bits of
// their hash; while everything fits into memory it stays there, afterwards the largest bucket is
// spilled whenever memory is full. Finish takes the buckets in order, sorts each in memory (or by
// runs, when one is too large), and hands ranges of buckets to the engine as bulk loads of
// ascending keys, several ranges at a time. The files: docs/formats/bulk-load.md.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/file_system.h"
#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/table/table.h"

namespace dray::table {

struct BulkLoadOptions {
  std::string folder;                 // of this load alone; made when needed
  size_t memory_bytes = 192 << 20;    // of records held, while adding and while sorting
  unsigned threads = 0;               // of Finish; 0 = twice the cores: some wait for the disk
  base::FileSystem* files = nullptr;  // nullptr: the real one
};

// The table whose items are loaded; nobody can read or write it.
struct BulkLoadTarget {
  kv::Engine& engine;
  uint64_t table_number = 0;
  int64_t write_time_micros = 0;  // of every item
  kv::PartitionId partition = kv::kSystemPartition;
};

// What an interrupted load left in the table is removed first; `engine` outlives the loader.
base::Result<std::unique_ptr<BulkLoader>> MakeBulkLoader(BulkLoadTarget target,
                                                         BulkLoadOptions options);
// Goes on from a checkpoint of a loader of the same folder. kCorruption when the files do not match
// it.
base::Result<std::unique_ptr<BulkLoader>> ResumeBulkLoader(BulkLoadTarget target,
                                                           BulkLoadOptions options,
                                                           std::string_view checkpoint);
// Removes the files of a load, finished or not; fine when there are none.
base::Status AbandonBulkLoad(base::FileSystem& files, const std::string& folder);

}  // namespace dray::table
