// SPDX-License-Identifier: Apache-2.0
// The embedded engine. RocksDB's headers and its Status stay inside this folder.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "storage/kv/engine.h"

namespace dray::kv_rocksdb {

struct Options {
  std::string folder;  // created when absent
  // First bytes of the keys that are written once, read by range and deleted by range: they lie in
  // files apart from the others (column_families.h).
  std::string logs = {};
  bool sync_commits = true;  // false: a commit may be lost with the machine (--durability=os)
  size_t block_cache_bytes = 128 << 20;
  size_t write_buffer_bytes = 32 << 20;  // per memtable; at most six stand
  // Deleted ranges that still take this much are compacted, if it is a sixteenth of the database.
  uint64_t reclaim_bytes_min = 32 << 20;
};

// One process a folder (RocksDB holds a lock file). kCorruption, kIo.
base::Result<std::unique_ptr<kv::Engine>> OpenRocksDbEngine(Options options);

}  // namespace dray::kv_rocksdb
