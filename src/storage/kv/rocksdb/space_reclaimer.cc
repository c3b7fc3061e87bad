// SPDX-License-Identifier: Apache-2.0
#include "storage/kv/rocksdb/space_reclaimer.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

namespace dray::kv_rocksdb {
namespace {

// A compaction rewrites whole files around what it drops: on large databases it waits for more.
constexpr uint64_t kShareOfDatabase = 16;
constexpr uint64_t kBytesMax = 1ull << 30;
// Ranges with less than this are not worth a compaction of their own.
constexpr uint64_t kRangeBytesMin = 64 << 10;

}  // namespace

SpaceReclaimer::SpaceReclaimer(rocksdb::DB& db, uint64_t bytes_min)
    : db_(db), bytes_min_(bytes_min), thread_([this] { Run(); }) {}

SpaceReclaimer::~SpaceReclaimer() {
  {
    base::MutexLock lock(mutex_);
    is_stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

uint64_t SpaceReclaimer::BytesHidden(const std::string& from, const std::string& to) const {
  rocksdb::Range range(from, to);
  rocksdb::SizeApproximationOptions approximation;
  approximation.include_memtables = true;
  approximation.include_files = true;
  uint64_t bytes = 0;
  rocksdb::Status status =
      db_.GetApproximateSizes(approximation, db_.DefaultColumnFamily(), &range, 1, &bytes);
  return status.ok() ? bytes : 0;
}

uint64_t SpaceReclaimer::Threshold() const {
  uint64_t total = 0;
  if (!db_.GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &total)) return bytes_min_;
  return std::max(bytes_min_, std::min(kBytesMax, total / kShareOfDatabase));
}

void SpaceReclaimer::RangeDeleted(const std::string& from, const std::string& to) {
  const uint64_t bytes = BytesHidden(from, to);
  base::MutexLock lock(mutex_);
  if (bytes < kRangeBytesMin) {
    hidden_.erase(from);
    return;
  }
  hidden_[from] = {to, bytes};
  uint64_t total = 0;
  for (const auto& [begin, hidden] : hidden_) total += hidden.bytes;
  if (total < Threshold()) return;
  is_due_ = true;
  changed_.NotifyAll();
}

void SpaceReclaimer::Run() {
  while (true) {
    std::map<std::string, Hidden> ranges;
    {
      base::MutexLock lock(mutex_);
      while (!is_due_ && !is_stopping_) changed_.Wait(mutex_);
      if (is_stopping_) return;
      is_due_ = false;
      ranges.swap(hidden_);
    }
    uint64_t bytes = 0;
    for (const auto& [from, hidden] : ranges) {
      rocksdb::CompactRangeOptions compact;
      compact.exclusive_manual_compaction = false;  // requests' own compactions go on
      compact.canceled = &is_stopping_;
      rocksdb::Slice begin(from), end(hidden.to);
      rocksdb::Status status = db_.CompactRange(compact, db_.DefaultColumnFamily(), &begin, &end);
      if (is_stopping_) return;
      if (!status.ok()) {
        base::log::Error("the space of deleted data could not be given back",
                         {{"error", status.ToString()}});
        break;  // the next deletion counts again
      }
      bytes += hidden.bytes;
    }
    base::log::Info("space of deleted data given back", {{"about_bytes", bytes}});
  }
}

}  // namespace dray::kv_rocksdb
