// SPDX-License-Identifier: Apache-2.0
// Gives the space of deleted ranges back to the disk. A range's tombstone only hides what files
// still hold, until a compaction happens to meet both; on a server that writes little none ever
// does. Here deleted ranges are counted, and compacted in the background once it is worth it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "storage/kv/rocksdb/column_families.h"

namespace dray::kv_rocksdb {

class SpaceReclaimer {
 public:
  // `bytes_min`: below it nothing is compacted.
  SpaceReclaimer(const ColumnFamilies& families, uint64_t bytes_min);
  ~SpaceReclaimer();  // leaves what it is at
  SpaceReclaimer(const SpaceReclaimer&) = delete;
  SpaceReclaimer& operator=(const SpaceReclaimer&) = delete;

  // It has been deleted. Thread-safe.
  void RangeDeleted(const FamilyRange& range);

 private:
  struct Hidden {
    FamilyRange range;
    uint64_t bytes = 0;
  };

  uint64_t Threshold() const;
  void Run();
  rocksdb::Status Compact(const FamilyRange& range);

  const ColumnFamilies& families_;
  const uint64_t bytes_min_;
  std::atomic<bool> is_stopping_{false};
  base::Mutex mutex_;
  base::CondVar changed_;
  // By the beginning of the range: what expires is deleted from the same place on, time and again.
  std::map<std::string, Hidden> hidden_ GUARDED_BY(mutex_);
  bool is_due_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

// What the files and memtables hold of it, about.
base::Result<uint64_t> ApproximateBytes(rocksdb::DB& db, const FamilyRange& range);

}  // namespace dray::kv_rocksdb
