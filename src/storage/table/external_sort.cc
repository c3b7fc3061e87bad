// SPDX-License-Identifier: Apache-2.0
// Add:         bucket = top bits of the hash; append to the bucket's chunks; when all chunks
//              together come near the budget, wake the spiller, which spills the largest bucket (at
//              least about budget / buckets bytes, so that spills are long writes) while others
//              add; when they pass the budget, spill here as well.
// Checkpoint:  spill every bucket, sync the spill files.
// Finish:      cut the buckets into groups of about equal bytes; threads take groups in order; per
//              bucket: read its extents, sort, drop older duplicates, hand on.
#include "storage/table/external_sort.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <thread>

#include "storage/table/key_encoding.h"
#include "storage/table/sorted_run.h"

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
// Of the memory, what is left to those who add while the spiller writes.
constexpr size_t kAheadShare = 8;

}  // namespace

ExternalSort::Chunk ExternalSort::ChunkPool::Take(size_t capacity) {
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

void ExternalSort::ChunkPool::Give(Chunk chunk) {
  if (chunk.capacity != kChunkBytes) return;
  chunk.used = 0;
  base::MutexLock lock(mutex_);
  free_.push_back(std::move(chunk));
}

void ExternalSort::ChunkPool::Clear() {
  base::MutexLock lock(mutex_);
  free_.clear();
}

ExternalSort::ExternalSort(ExternalSortOptions options, base::FileSystem& files)
    : options_(std::move(options)),
      files_(files),
      buckets_(kBuckets),
      ahead_bytes_(options_.memory_bytes - options_.memory_bytes / kAheadShare) {}

ExternalSort::~ExternalSort() { (void)StopSpiller(); }

base::Result<std::unique_ptr<ExternalSort>> ExternalSort::Make(
    ExternalSortOptions options, std::optional<std::string_view> checkpoint) {
  base::FileSystem& files = options.files != nullptr ? *options.files : base::PosixFileSystem();
  std::unique_ptr<ExternalSort> sort(new ExternalSort(std::move(options), files));
  RETURN_IF_ERROR(sort->Prepare(checkpoint));
  return sort;
}

base::Result<std::unique_ptr<ExternalSort>> ExternalSort::Create(ExternalSortOptions options) {
  return Make(std::move(options), std::nullopt);
}

base::Result<std::unique_ptr<ExternalSort>> ExternalSort::Resume(ExternalSortOptions options,
                                                                 std::string_view checkpoint) {
  return Make(std::move(options), checkpoint);
}

size_t ExternalSort::BucketBytesMax() const {
  return std::max(kBucketBytesMin, options_.memory_bytes / (2 * ThreadCount()));
}

base::Status ExternalSort::Prepare(std::optional<std::string_view> checkpoint) {
  if (!checkpoint) return files_.RemoveTree(options_.folder);
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

base::Status ExternalSort::Add(const Record& record) {
  if (held_bytes_.load(std::memory_order_relaxed) > ahead_bytes_) {
    RETURN_IF_ERROR(SpillerStatus());
    if (!is_spiller_awake_.load(std::memory_order_relaxed)) WakeSpiller();
    RETURN_IF_ERROR(SpillDownTo(options_.memory_bytes));
  }
  const std::string_view front = record.key_and_value, rest = record.rest_of_value;
  const uint64_t hash = HashOfTail(TailOfItemKey(front.substr(0, record.key_bytes)));
  Bucket& bucket = buckets_[hash >> (64 - kBucketBits)];
  base::MutexLock lock(bucket.mutex);
  char* out = Reserve(bucket, LoadRecord::kHeaderBytes + front.size() + rest.size());
  WriteLoadRecordHeader(record.sequence, record.key_bytes,
                        front.size() - record.key_bytes + rest.size(), record.size_bytes, out);
  out += LoadRecord::kHeaderBytes;
  std::memcpy(out, front.data(), front.size());
  std::memcpy(out + front.size(), rest.data(), rest.size());
  return base::Ok();
}

char* ExternalSort::Reserve(Bucket& bucket, size_t bytes) {
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

void ExternalSort::DropChunks(Bucket& bucket) {
  held_bytes_ -= bucket.held_bytes;
  bucket.held_bytes = 0;
  for (Chunk& chunk : bucket.chunks) pool_.Give(std::move(chunk));
  bucket.chunks.clear();
}

// Of those that no other thread is spilling; nullptr where all that hold records are being spilled.
ExternalSort::Bucket* ExternalSort::TakeLargest() {
  while (true) {
    Bucket* largest = nullptr;
    size_t bytes = 0;
    for (Bucket& bucket : buckets_) {
      if (bucket.held_bytes <= bytes || bucket.is_spilling) continue;
      largest = &bucket;
      bytes = bucket.held_bytes;
    }
    if (largest == nullptr || !largest->is_spilling.exchange(true)) return largest;
  }
}

base::Status ExternalSort::SpillDownTo(size_t bytes) {
  while (held_bytes_.load(std::memory_order_relaxed) > bytes) {
    Bucket* const largest = TakeLargest();
    if (largest == nullptr) return base::Ok();
    base::MutexLock lock(largest->mutex);
    base::Status spilled = SpillBucket(static_cast<uint32_t>(largest - buckets_.data()), *largest);
    largest->is_spilling = false;
    RETURN_IF_ERROR(spilled);
  }
  return base::Ok();
}

void ExternalSort::WakeSpiller() {
  base::MutexLock lock(spiller_mutex_);
  if (is_spiller_stopped_ || is_spiller_awake_.exchange(true)) return;
  if (!spiller_.joinable()) {
    spiller_ = std::thread([this] { SpillAhead(); });
  } else {
    spiller_wake_.NotifyOne();
  }
}

void ExternalSort::SpillAhead() {
  while (AwaitSpill()) {
    base::Status spilled = SpillDownTo(ahead_bytes_);
    base::MutexLock lock(spiller_mutex_);
    is_spiller_awake_ = false;
    if (spilled) continue;
    spiller_error_ = std::move(spilled).error();
    has_spiller_failed_ = true;
    return;
  }
}

// False when there is nothing more to do.
bool ExternalSort::AwaitSpill() {
  base::MutexLock lock(spiller_mutex_);
  while (!is_spiller_awake_ && !is_spiller_stopped_) spiller_wake_.Wait(spiller_mutex_);
  return !is_spiller_stopped_;
}

base::Status ExternalSort::SpillerStatus() {
  if (!has_spiller_failed_.load(std::memory_order_relaxed)) return base::Ok();
  base::MutexLock lock(spiller_mutex_);
  return *spiller_error_;
}

base::Status ExternalSort::StopSpiller() {
  std::thread spiller;
  {
    base::MutexLock lock(spiller_mutex_);
    is_spiller_stopped_ = true;
    spiller_wake_.NotifyOne();
    spiller = std::move(spiller_);
  }
  if (spiller.joinable()) spiller.join();
  return SpillerStatus();
}

base::Result<SpillFiles*> ExternalSort::Spill() {
  base::MutexLock lock(spill_mutex_);
  if (spill_ == nullptr) {
    ASSIGN_OR_RETURN(spill_, SpillFiles::Create(files_, options_.folder));
  }
  return spill_.get();
}

base::Status ExternalSort::SpillBucket(uint32_t index, Bucket& bucket) {
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

base::Result<std::string> ExternalSort::Checkpoint() {
  RETURN_IF_ERROR(SpillerStatus());
  for (uint32_t i = 0; i < kBuckets; ++i) {
    base::MutexLock lock(buckets_[i].mutex);
    RETURN_IF_ERROR(SpillBucket(i, buckets_[i]));
  }
  ASSIGN_OR_RETURN(SpillFiles * spill, Spill());
  return spill->Checkpoint();
}

unsigned ExternalSort::ThreadCount() const {
  return options_.threads > 0 ? options_.threads
                              : 3 * std::max(1u, std::thread::hardware_concurrency());
}

uint64_t ExternalSort::BytesOf(Bucket& bucket) {
  base::MutexLock lock(bucket.mutex);
  uint64_t bytes = 0;
  for (const Chunk& chunk : bucket.chunks) bytes += chunk.used;
  for (const SpillFiles::Extent& extent : bucket.extents) bytes += extent.bytes;
  return bytes;
}

void ExternalSort::PlanGroups(Finishing& finishing) {
  std::array<uint64_t, kBuckets> bytes;
  for (uint32_t i = 0; i < kBuckets; ++i) {
    bytes[i] = BytesOf(buckets_[i]);
    finishing.bytes_total += bytes[i];
  }
  const uint64_t group_bytes = std::clamp<uint64_t>(finishing.bytes_total / (4 * ThreadCount()),
                                                    kGroupBytesMin, kGroupBytesMax);
  BucketRange group;
  for (uint32_t i = 0; i < kBuckets; ++i) {
    group.bytes += bytes[i];
    group.end_bucket = i + 1;
    if (group.bytes < group_bytes && i + 1 < kBuckets) continue;
    if (group.bytes > 0) finishing.groups.push_back(group);
    group = {i + 1, i + 1, 0};
  }
}

base::Status ExternalSort::Finish(const OpenGroup& open,
                                  const std::function<base::Status(double)>& progress) {
  RETURN_IF_ERROR(StopSpiller());
  pool_.Clear();
  Finishing finishing{open, progress};
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
  return base::Ok();
}

void ExternalSort::FinishGroups(Finishing& finishing) {
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

base::Status ExternalSort::FinishGroup(Finishing& finishing, const BucketRange& range) {
  ASSIGN_OR_RETURN(auto group, finishing.open());
  const LoadRecordSink sink = [&](const LoadRecord& record) { return group->Add(record); };
  std::vector<char> buffer;
  for (uint32_t i = range.first_bucket; i < range.end_bucket; ++i) {
    if (finishing.is_failed) return base::Ok();  // another thread has the error
    const uint64_t bytes = BytesOf(buckets_[i]);
    RETURN_IF_ERROR(FinishBucket(i, buffer, sink));
    base::MutexLock lock(finishing.mutex);
    finishing.bytes_done += bytes;
    RETURN_IF_ERROR(finishing.progress(static_cast<double>(finishing.bytes_done) /
                                       static_cast<double>(finishing.bytes_total)));
  }
  return group->Finish();
}

base::Status ExternalSort::FinishBucket(uint32_t index, std::vector<char>& buffer,
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
base::Status ExternalSort::FinishLargeBucket(uint32_t index, Bucket& bucket,
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

}  // namespace dray::table
