// SPDX-License-Identifier: Apache-2.0
#include "storage/kv/rocksdb/space_reclaimer.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "storage/kv/rocksdb/rocks_status.h"

namespace dray::kv_rocksdb {
namespace {

// A compaction rewrites whole files around what it drops: on large databases it waits for more.
constexpr uint64_t kShareOfDatabase = 16;
constexpr uint64_t kBytesMax = 1ull << 30;
// Ranges with less than this are not worth a compaction of their own.
constexpr uint64_t kRangeBytesMin = 64 << 10;

}  // namespace

base::Result<uint64_t> ApproximateBytes(rocksdb::DB& db, const FamilyRange& range) {
  rocksdb::Range keys(range.from, range.to);
  rocksdb::SizeApproximationOptions approximation;
  approximation.include_memtables = true;
  approximation.include_files = true;
  uint64_t bytes = 0;
  rocksdb::Status status = db.GetApproximateSizes(approximation, range.family, &keys, 1, &bytes);
  if (!status.ok()) return FromRocksDb(status, "cannot estimate a range");
  return bytes;
}

SpaceReclaimer::SpaceReclaimer(const ColumnFamilies& families, uint64_t bytes_min)
    : families_(families), bytes_min_(bytes_min), thread_([this] { Run(); }) {}

SpaceReclaimer::~SpaceReclaimer() {
  {
    base::MutexLock lock(mutex_);
    is_stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

uint64_t SpaceReclaimer::Threshold() const {
  uint64_t total = 0;
  if (!families_.db().GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &total))
    return bytes_min_;
  return std::max(bytes_min_, std::min(kBytesMax, total / kShareOfDatabase));
}

void SpaceReclaimer::RangeDeleted(const FamilyRange& range) {
  const auto bytes = ApproximateBytes(families_.db(), range);
  base::MutexLock lock(mutex_);
  if (!bytes || *bytes < kRangeBytesMin) {
    hidden_.erase(range.from);
    return;
  }
  hidden_[range.from] = {range, *bytes};
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
    rocksdb::Status status;
    for (const auto& [from, hidden] : ranges) {
      status = Compact(hidden.range);
      if (!status.ok()) break;
      bytes += hidden.bytes;
    }
    // The write-ahead log holds it, too, until both families have written out what they share
    // there.
    if (status.ok()) status = families_.db().Flush(rocksdb::FlushOptions(), families_.all());
    if (is_stopping_) return;
    if (!status.ok()) {  // the next deletion counts again
      base::log::Error("the space of deleted data could not be given back",
                       {{"error", status.ToString()}});
    }
    base::log::Info("space of deleted data given back", {{"about_bytes", bytes}});
  }
}

rocksdb::Status SpaceReclaimer::Compact(const FamilyRange& range) {
  rocksdb::CompactRangeOptions options;
  options.exclusive_manual_compaction = false;  // requests' own compactions go on
  options.canceled = &is_stopping_;
  rocksdb::Slice begin(range.from), end(range.to);
  return families_.db().CompactRange(options, range.family, &begin, &end);
}

}  // namespace dray::kv_rocksdb
