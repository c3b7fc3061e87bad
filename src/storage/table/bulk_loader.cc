// SPDX-License-Identifier: Apache-2.0
// Add:         bucket = top bits of the hash; append to the bucket's chunks; when all chunks
//              together pass the budget, spill the largest bucket (at least budget / buckets bytes,
//              so that spills are long writes).
// Checkpoint:  spill every bucket, sync the spill files.
// Finish:      cut the buckets into groups of about equal bytes; threads take groups in order, each
//              one bulk load of the engine; per bucket: read its extents, sort, drop older
//              duplicates, add.
#include "storage/table/bulk_loader.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"
#include "storage/table/key_encoding.h"
#include "storage/table/load_record.h"
#include "storage/table/record.h"
#include "storage/table/sorted_run.h"
#include "storage/table/spill_files.h"

namespace dray::table {
namespace {

constexpr unsigned kBucketBits = 9;
constexpr uint32_t kBuckets = 1u << kBucketBits;
constexpr size_t kChunkBytes = 64 << 10;
constexpr size_t kFirstChunkBytes = 4 << 10;
constexpr size_t kExtentBytesMax = 4 << 20;
// A bucket up to this size is always sorted in memory, however small the budget.
constexpr size_t kBucketBytesMin = 256 << 10;
constexpr uint64_t kGroupBytesMin = 4 << 20;
constexpr uint64_t kGroupBytesMax = 256 << 20;
constexpr size_t kMergeRunsMax = 64;

struct Chunk {
  std::unique_ptr<char[]> data;
  size_t used = 0, capacity = 0;
  std::string_view view() const { return {data.get(), used}; }
};

// Chunks of the full size that are free again, so that the memory of spilled buckets is used by the
// next ones.
class ChunkPool {
 public:
  Chunk Take(size_t capacity) {
    if (capacity == kChunkBytes) {
      base::MutexLock lock(mutex_);
      if (!free_.empty()) {
        Chunk chunk = std::move(free_.back());
        free_.pop_back();
        return chunk;
      }
    }
    Chunk chunk;
    chunk.data = std::make_unique_for_overwrite<char[]>(capacity);
    chunk.capacity = capacity;
    return chunk;
  }
  void Give(Chunk chunk) {
    if (chunk.capacity != kChunkBytes) return;
    chunk.used = 0;
    base::MutexLock lock(mutex_);
    free_.push_back(std::move(chunk));
  }
  void Clear() {
    base::MutexLock lock(mutex_);
    free_.clear();
  }

 private:
  base::Mutex mutex_;
  std::vector<Chunk> free_ GUARDED_BY(mutex_);
};

struct Bucket {
  base::Mutex mutex;
  std::vector<Chunk> chunks GUARDED_BY(mutex);
  std::vector<SpillFiles::Extent> extents GUARDED_BY(mutex);
  std::atomic<size_t> held_bytes{0};  // capacity of the chunks; changed under the mutex
};

class RadixBulkLoader final : public BulkLoader {
 public:
  RadixBulkLoader(BulkLoadTarget target, BulkLoadOptions options, base::FileSystem& files)
      : target_(target), options_(std::move(options)), files_(files), buckets_(kBuckets) {}

  base::Status Prepare(std::optional<std::string_view> checkpoint);

  base::Status Add(const item::PrimaryKey& key, std::string_view encoded, size_t size_bytes,
                   uint64_t sequence) override;
  base::Result<std::string> Checkpoint() override;
  base::Result<TableMetrics> Finish(const std::function<base::Status(double)>& progress) override;

 private:
  struct Group {
    uint32_t first_bucket = 0, end_bucket = 0;
    uint64_t bytes = 0;
  };
  // What the threads of Finish share.
  struct Finishing {
    std::vector<Group> groups;
    std::atomic<size_t> next_group{0};
    std::atomic<bool> is_failed{false};
    uint64_t bytes_total = 0;
    const std::function<base::Status(double)>* progress = nullptr;
    base::Mutex mutex;
    uint64_t bytes_done GUARDED_BY(mutex) = 0;
    TableMetrics metrics GUARDED_BY(mutex);
    std::optional<base::Error> error GUARDED_BY(mutex);
  };

  base::Status RemoveLeftovers();
  base::Result<SpillFiles*> Spill();
  base::Status SpillBucket(uint32_t index, Bucket& bucket) REQUIRES(bucket.mutex);
  base::Status SpillLargest();
  char* Reserve(Bucket& bucket, size_t bytes) REQUIRES(bucket.mutex);
  void DropChunks(Bucket& bucket) REQUIRES(bucket.mutex);
  static uint64_t BytesOf(Bucket& bucket);

  unsigned ThreadCount() const;
  size_t BucketBytesMax() const {
    return std::max(kBucketBytesMin, options_.memory_bytes / (2 * ThreadCount()));
  }
  void PlanGroups(Finishing& finishing);
  void FinishGroups(Finishing& finishing);
  base::Status FinishGroup(Finishing& finishing, const Group& group);
  base::Status FinishBucket(uint32_t index, std::vector<char>& buffer, const LoadRecordSink& sink);
  base::Status FinishLargeBucket(uint32_t index, Bucket& bucket, std::vector<char>& buffer,
                                 const LoadRecordSink& sink) REQUIRES(bucket.mutex);

  const BulkLoadTarget target_;
  const BulkLoadOptions options_;
  base::FileSystem& files_;
  std::vector<Bucket> buckets_;
  std::atomic<size_t> held_bytes_{0};
  ChunkPool pool_;
  base::Mutex spill_mutex_;
  std::unique_ptr<SpillFiles> spill_ GUARDED_BY(spill_mutex_);  // made by the first spill
};

base::Status RadixBulkLoader::Prepare(std::optional<std::string_view> checkpoint) {
  RETURN_IF_ERROR(RemoveLeftovers());
  if (!checkpoint) return AbandonBulkLoad(files_, options_.folder);
  std::vector<std::vector<SpillFiles::Extent>> extents(kBuckets);
  {
    base::MutexLock lock(spill_mutex_);  // never held while a bucket's is taken: see SpillBucket
    ASSIGN_OR_RETURN(spill_, SpillFiles::Resume(files_, options_.folder, *checkpoint, extents));
  }
  for (uint32_t i = 0; i < kBuckets; ++i) {
    base::MutexLock bucket_lock(buckets_[i].mutex);
    buckets_[i].extents = std::move(extents[i]);
  }
  return base::Ok();
}

// A Finish that was interrupted may have loaded some ranges already. They would be loaded again,
// but what the source no longer holds would stay.
base::Status RadixBulkLoader::RemoveLeftovers() {
  const std::string from = TablePrefix(kItemFamily, target_.table_number);
  const std::string to = kv::PrefixEnd(from);
  kv::ReadLimits one;
  one.entries_max = 1;
  kv::Page page;
  RETURN_IF_ERROR(
      target_.engine.ReadRange(target_.partition, from, to, kv::Direction::kForward, one, page));
  if (page.size() == 0) return base::Ok();
  return target_.engine.DeleteRange(target_.partition, from, to);
}

base::Status RadixBulkLoader::Add(const item::PrimaryKey& key, std::string_view encoded,
                                  size_t size_bytes, uint64_t sequence) {
  if (held_bytes_.load(std::memory_order_relaxed) > options_.memory_bytes) {
    RETURN_IF_ERROR(SpillLargest());
  }
  // Key and the head of the item record, built outside of the lock; reused by this thread.
  thread_local std::string head;
  head.clear();
  AppendItemKey(target_.table_number, key, head);
  const size_t key_bytes = head.size();
  AppendItemRecord(target_.write_time_micros, size_bytes, {}, head);
  const size_t value_bytes = head.size() - key_bytes + encoded.size();

  const uint64_t hash = HashOfTail(TailOfItemKey(head));
  Bucket& bucket = buckets_[hash >> (64 - kBucketBits)];
  base::MutexLock lock(bucket.mutex);
  char* out = Reserve(bucket, LoadRecord::kHeaderBytes + key_bytes + value_bytes);
  WriteLoadRecordHeader(sequence, key_bytes, value_bytes, size_bytes, out);
  out += LoadRecord::kHeaderBytes;
  std::memcpy(out, head.data(), head.size());
  std::memcpy(out + head.size(), encoded.data(), encoded.size());
  return base::Ok();
}

char* RadixBulkLoader::Reserve(Bucket& bucket, size_t bytes) {
  if (bucket.chunks.empty() || bucket.chunks.back().capacity - bucket.chunks.back().used < bytes) {
    size_t capacity = bucket.chunks.empty()
                          ? kFirstChunkBytes
                          : std::min(kChunkBytes, bucket.chunks.back().capacity * 2);
    Chunk chunk = pool_.Take(std::max(capacity, bytes));
    bucket.held_bytes += chunk.capacity;
    held_bytes_ += chunk.capacity;
    bucket.chunks.push_back(std::move(chunk));
  }
  Chunk& chunk = bucket.chunks.back();
  char* out = chunk.data.get() + chunk.used;
  chunk.used += bytes;
  return out;
}

void RadixBulkLoader::DropChunks(Bucket& bucket) {
  held_bytes_ -= bucket.held_bytes;
  bucket.held_bytes = 0;
  for (Chunk& chunk : bucket.chunks) pool_.Give(std::move(chunk));
  bucket.chunks.clear();
}

base::Status RadixBulkLoader::SpillLargest() {
  while (held_bytes_.load(std::memory_order_relaxed) > options_.memory_bytes) {
    auto largest = std::max_element(
        buckets_.begin(), buckets_.end(),
        [](const Bucket& a, const Bucket& b) { return a.held_bytes < b.held_bytes; });
    const size_t seen = largest->held_bytes;
    base::MutexLock lock(largest->mutex);
    if (largest->held_bytes < seen / 2) continue;  // another thread has just spilled it
    RETURN_IF_ERROR(SpillBucket(static_cast<uint32_t>(largest - buckets_.begin()), *largest));
  }
  return base::Ok();
}

base::Result<SpillFiles*> RadixBulkLoader::Spill() {
  base::MutexLock lock(spill_mutex_);
  if (spill_ == nullptr) {
    ASSIGN_OR_RETURN(spill_, SpillFiles::Create(files_, options_.folder));
  }
  return spill_.get();
}

base::Status RadixBulkLoader::SpillBucket(uint32_t index, Bucket& bucket) {
  ASSIGN_OR_RETURN(SpillFiles * spill, Spill());
  std::vector<std::string_view> pieces;
  size_t bytes = 0;
  for (size_t i = 0; i < bucket.chunks.size(); ++i) {
    pieces.push_back(bucket.chunks[i].view());
    bytes += bucket.chunks[i].used;
    if (i + 1 < bucket.chunks.size() && bytes + bucket.chunks[i + 1].used <= kExtentBytesMax) {
      continue;
    }
    if (bytes > 0) {
      ASSIGN_OR_RETURN(auto extent, spill->Append(index, pieces));
      bucket.extents.push_back(extent);
    }
    pieces.clear();
    bytes = 0;
  }
  DropChunks(bucket);
  return base::Ok();
}

base::Result<std::string> RadixBulkLoader::Checkpoint() {
  for (uint32_t i = 0; i < kBuckets; ++i) {
    base::MutexLock lock(buckets_[i].mutex);
    RETURN_IF_ERROR(SpillBucket(i, buckets_[i]));
  }
  ASSIGN_OR_RETURN(SpillFiles * spill, Spill());
  return spill->Checkpoint();
}

unsigned RadixBulkLoader::ThreadCount() const {
  return options_.threads > 0 ? options_.threads
                              : 2 * std::max(1u, std::thread::hardware_concurrency());
}

uint64_t RadixBulkLoader::BytesOf(Bucket& bucket) {
  base::MutexLock lock(bucket.mutex);
  uint64_t bytes = 0;
  for (const Chunk& chunk : bucket.chunks) bytes += chunk.used;
  for (const SpillFiles::Extent& extent : bucket.extents) bytes += extent.bytes;
  return bytes;
}

void RadixBulkLoader::PlanGroups(Finishing& finishing) {
  std::array<uint64_t, kBuckets> bytes;
  for (uint32_t i = 0; i < kBuckets; ++i) {
    bytes[i] = BytesOf(buckets_[i]);
    finishing.bytes_total += bytes[i];
  }
  const uint64_t group_bytes = std::clamp<uint64_t>(finishing.bytes_total / (4 * ThreadCount()),
                                                    kGroupBytesMin, kGroupBytesMax);
  Group group;
  for (uint32_t i = 0; i < kBuckets; ++i) {
    group.bytes += bytes[i];
    group.end_bucket = i + 1;
    if (group.bytes < group_bytes && i + 1 < kBuckets) continue;
    if (group.bytes > 0) finishing.groups.push_back(group);
    group = {i + 1, i + 1, 0};
  }
}

base::Result<TableMetrics> RadixBulkLoader::Finish(
    const std::function<base::Status(double)>& progress) {
  pool_.Clear();
  Finishing finishing;
  finishing.progress = &progress;
  PlanGroups(finishing);
  const size_t threads = std::min<size_t>(ThreadCount(), finishing.groups.size());
  std::vector<std::thread> others;
  for (size_t i = 1; i < threads; ++i) {
    others.emplace_back([this, &finishing] { FinishGroups(finishing); });
  }
  FinishGroups(finishing);
  for (std::thread& thread : others) thread.join();
  base::MutexLock lock(finishing.mutex);
  if (finishing.error) return *std::move(finishing.error);
  return finishing.metrics;
}

void RadixBulkLoader::FinishGroups(Finishing& finishing) {
  while (!finishing.is_failed) {
    const size_t index = finishing.next_group++;
    if (index >= finishing.groups.size()) return;
    base::Status status = FinishGroup(finishing, finishing.groups[index]);
    if (status) continue;
    finishing.is_failed = true;
    base::MutexLock lock(finishing.mutex);
    if (!finishing.error) finishing.error = status.error();
  }
}

base::Status RadixBulkLoader::FinishGroup(Finishing& finishing, const Group& group) {
  ASSIGN_OR_RETURN(auto load, target_.engine.StartBulkLoad(target_.partition));
  TableMetrics metrics;
  const LoadRecordSink sink = [&](const LoadRecord& record) {
    ++metrics.item_count;
    metrics.size_bytes += record.size_bytes;
    return load->Add(record.key, record.value);
  };
  std::vector<char> buffer;
  for (uint32_t i = group.first_bucket; i < group.end_bucket; ++i) {
    if (finishing.is_failed)
      return base::Ok();  // the load is dropped; another thread has the error
    const uint64_t bytes = BytesOf(buckets_[i]);
    RETURN_IF_ERROR(FinishBucket(i, buffer, sink));
    base::MutexLock lock(finishing.mutex);
    finishing.bytes_done += bytes;
    RETURN_IF_ERROR((*finishing.progress)(static_cast<double>(finishing.bytes_done) /
                                          static_cast<double>(finishing.bytes_total)));
  }
  RETURN_IF_ERROR(load->Finish());
  base::MutexLock lock(finishing.mutex);
  finishing.metrics.item_count += metrics.item_count;
  finishing.metrics.size_bytes += metrics.size_bytes;
  return base::Ok();
}

base::Status RadixBulkLoader::FinishBucket(uint32_t index, std::vector<char>& buffer,
                                           const LoadRecordSink& sink) {
  Bucket& bucket = buckets_[index];
  base::MutexLock lock(bucket.mutex);
  size_t spilled_bytes = 0;
  for (const SpillFiles::Extent& extent : bucket.extents) spilled_bytes += extent.bytes;
  if (spilled_bytes > BucketBytesMax()) return FinishLargeBucket(index, bucket, buffer, sink);
  LoadRecordSorter sorter;
  if (spilled_bytes > 0) {
    ASSIGN_OR_RETURN(SpillFiles * spill, Spill());
    buffer.resize(std::max(buffer.size(), spilled_bytes));
    size_t at = 0;
    for (const SpillFiles::Extent& extent : bucket.extents) {
      RETURN_IF_ERROR(spill->Read(index, extent, buffer.data() + at));
      at += extent.bytes;
    }
    RETURN_IF_ERROR(sorter.AddBuffer({buffer.data(), spilled_bytes}));
  }
  for (const Chunk& chunk : bucket.chunks) RETURN_IF_ERROR(sorter.AddBuffer(chunk.view()));
  RETURN_IF_ERROR(sorter.Drain(sink));
  held_bytes_ -= bucket.held_bytes;
  bucket.held_bytes = 0;
  bucket.chunks.clear();  // not into the pool: nobody adds any more
  return base::Ok();
}

// Sorts pieces that fit into memory, writes each as a run, and merges the runs, at most
// kMergeRunsMax at a time.
base::Status RadixBulkLoader::FinishLargeBucket(uint32_t index, Bucket& bucket,
                                                std::vector<char>& buffer,
                                                const LoadRecordSink& sink) {
  RETURN_IF_ERROR(SpillBucket(index, bucket));
  ASSIGN_OR_RETURN(SpillFiles * spill, Spill());
  const std::string stem = options_.folder + "/run" + std::to_string(index) + "-";
  std::vector<std::string> runs;
  auto start_run = [&]() -> base::Result<std::unique_ptr<RunWriter>> {
    runs.push_back(stem + std::to_string(runs.size()));
    return RunWriter::Create(files_, runs.back());
  };
  for (size_t i = 0; i < bucket.extents.size();) {
    size_t bytes = 0, end = i;
    do {
      bytes += bucket.extents[end++].bytes;
    } while (end < bucket.extents.size() && bytes + bucket.extents[end].bytes <= BucketBytesMax());
    buffer.resize(std::max(buffer.size(), bytes));
    for (size_t at = 0; i < end; at += bucket.extents[i++].bytes) {
      RETURN_IF_ERROR(spill->Read(index, bucket.extents[i], buffer.data() + at));
    }
    LoadRecordSorter sorter;
    RETURN_IF_ERROR(sorter.AddBuffer({buffer.data(), bytes}));
    ASSIGN_OR_RETURN(auto run, start_run());
    RETURN_IF_ERROR(sorter.Drain([&](const LoadRecord& record) { return run->Add(record); }));
    RETURN_IF_ERROR(run->Close());
  }
  buffer = {};  // merging has buffers of its own
  size_t merged = 0;
  auto remove = [&](const std::vector<std::string>& paths) -> base::Status {
    for (const std::string& path : paths) RETURN_IF_ERROR(files_.RemoveFile(path));
    return base::Ok();
  };
  while (runs.size() - merged > kMergeRunsMax) {
    std::vector<std::string> some(runs.begin() + static_cast<ptrdiff_t>(merged),
                                  runs.begin() + static_cast<ptrdiff_t>(merged + kMergeRunsMax));
    merged += kMergeRunsMax;
    ASSIGN_OR_RETURN(auto run, start_run());
    RETURN_IF_ERROR(MergeRuns(files_, some, BucketBytesMax(),
                              [&](const LoadRecord& record) { return run->Add(record); }));
    RETURN_IF_ERROR(run->Close());
    RETURN_IF_ERROR(remove(some));
  }
  std::vector<std::string> rest(runs.begin() + static_cast<ptrdiff_t>(merged), runs.end());
  RETURN_IF_ERROR(MergeRuns(files_, rest, BucketBytesMax(), sink));
  return remove(rest);
}

base::Result<std::unique_ptr<BulkLoader>> Make(BulkLoadTarget target, BulkLoadOptions options,
                                               std::optional<std::string_view> checkpoint) {
  base::FileSystem& files = options.files != nullptr ? *options.files : base::PosixFileSystem();
  auto loader = std::make_unique<RadixBulkLoader>(target, std::move(options), files);
  RETURN_IF_ERROR(loader->Prepare(checkpoint));
  return std::unique_ptr<BulkLoader>(std::move(loader));
}

}  // namespace

base::Result<std::unique_ptr<BulkLoader>> MakeBulkLoader(BulkLoadTarget target,
                                                         BulkLoadOptions options) {
  return Make(target, std::move(options), std::nullopt);
}

base::Result<std::unique_ptr<BulkLoader>> ResumeBulkLoader(BulkLoadTarget target,
                                                           BulkLoadOptions options,
                                                           std::string_view checkpoint) {
  return Make(target, std::move(options), checkpoint);
}

base::Status AbandonBulkLoad(base::FileSystem& files, const std::string& folder) {
  return files.RemoveTree(folder);
}

}  // namespace dray::table
