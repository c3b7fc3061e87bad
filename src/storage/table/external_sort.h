// SPDX-License-Identifier: Apache-2.0
// The external radix sort behind bulk loads. Records go into buckets by the top bits of their hash;
// while everything fits into memory it stays there; when memory is nearly full a thread spills the
// largest buckets, and when it is full those who add do so, too. Finish takes the buckets in order,
// sorts each in memory (or by runs, when one is too large), and hands on groups of buckets, several
// groups at a time. The files: docs/formats/bulk-load.md.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/file_system.h"
#include "base/mutex.h"
#include "base/result.h"
#include "storage/table/load_record.h"
#include "storage/table/sorted_run.h"
#include "storage/table/spill_files.h"

namespace dray::table {

struct ExternalSortOptions {
  std::string folder;       // of this sort alone; made when needed
  size_t memory_bytes = 0;  // of records held, while adding and while sorting
  unsigned threads = 0;     // of Finish; 0 = three times the cores: some wait for the disk
  base::FileSystem* files = nullptr;  // nullptr: the real one
};

class ExternalSort {
 public:
  // Removes what stands in the folder.
  static base::Result<std::unique_ptr<ExternalSort>> Create(ExternalSortOptions options);
  // Goes on from a checkpoint of a sort of the same folder. kCorruption when the files do not match
  // it.
  static base::Result<std::unique_ptr<ExternalSort>> Resume(ExternalSortOptions options,
                                                            std::string_view checkpoint);
  ~ExternalSort();
  ExternalSort(const ExternalSort&) = delete;
  ExternalSort& operator=(const ExternalSort&) = delete;

  // A storage key that ends with a tail (key_encoding.h), with the first bytes of its value behind
  // it, then the rest of the value. Of equal keys the record with the highest sequence is kept.
  // Thread-safe. A spill that failed meanwhile is returned by the next call of any kind.
  struct Record {
    std::string_view key_and_value;
    size_t key_bytes = 0;
    std::string_view rest_of_value;
    size_t size_bytes = 0;
    uint64_t sequence = 0;
  };
  base::Status Add(const Record& record);
  // Everything added so far survives a crash once this returns; ASCII, for Resume.
  base::Result<std::string> Checkpoint();

  // What a range of hashes goes to. Used by one thread; without Finish nothing of it is to remain.
  class Group {
   public:
    virtual ~Group() = default;
    // Records by (hash, key), each key once.
    virtual base::Status Add(const LoadRecord& record) = 0;
    virtual base::Status Finish() = 0;
  };
  using OpenGroup = std::function<base::Result<std::unique_ptr<Group>>()>;
  // `open` is called by several threads. `progress` gets the share done, 0 to 1, by one at a time.
  base::Status Finish(const OpenGroup& open, const std::function<base::Status(double)>& progress);

 private:
  struct Chunk {
    std::unique_ptr<char[]> data;
    size_t used = 0, capacity = 0;
    std::string_view view() const { return {data.get(), used}; }
  };
  // Chunks of the full size that are free again, so that the memory of spilled buckets is used by
  // the next ones.
  class ChunkPool {
   public:
    Chunk Take(size_t capacity);
    void Give(Chunk chunk);
    void Clear();

   private:
    base::Mutex mutex_;
    std::vector<Chunk> free_ GUARDED_BY(mutex_);
  };
  struct Bucket {
    base::Mutex mutex;
    std::vector<Chunk> chunks GUARDED_BY(mutex);
    std::vector<SpillFiles::Extent> extents GUARDED_BY(mutex);
    std::atomic<size_t> held_bytes{0};  // capacity of the chunks; changed under the mutex
    std::atomic<bool> is_spilling{false};
  };
  struct BucketRange {
    uint32_t first_bucket = 0, end_bucket = 0;
    uint64_t bytes = 0;
  };
  // What the threads of Finish share.
  struct Finishing {
    const OpenGroup& open;
    const std::function<base::Status(double)>& progress;
    std::vector<BucketRange> groups = {};
    std::atomic<size_t> next_group{0};
    std::atomic<bool> is_failed{false};
    uint64_t bytes_total = 0;
    base::Mutex mutex = {};
    uint64_t bytes_done GUARDED_BY(mutex) = 0;
    std::optional<base::Error> error GUARDED_BY(mutex) = {};
  };

  ExternalSort(ExternalSortOptions options, base::FileSystem& files);
  static base::Result<std::unique_ptr<ExternalSort>> Make(
      ExternalSortOptions options, std::optional<std::string_view> checkpoint);
  base::Status Prepare(std::optional<std::string_view> checkpoint);

  base::Result<SpillFiles*> Spill();
  base::Status SpillBucket(uint32_t index, Bucket& bucket) REQUIRES(bucket.mutex);
  base::Status SpillDownTo(size_t bytes);
  Bucket* TakeLargest();
  void WakeSpiller();
  void SpillAhead();
  bool AwaitSpill();
  base::Status SpillerStatus();
  base::Status StopSpiller();
  char* Reserve(Bucket& bucket, size_t bytes) REQUIRES(bucket.mutex);
  void DropChunks(Bucket& bucket) REQUIRES(bucket.mutex);
  static uint64_t BytesOf(Bucket& bucket);

  unsigned ThreadCount() const;
  size_t BucketBytesMax() const;
  void PlanGroups(Finishing& finishing);
  void FinishGroups(Finishing& finishing);
  base::Status FinishGroup(Finishing& finishing, const BucketRange& range);
  base::Status FinishBucket(uint32_t index, std::vector<char>& buffer, const LoadRecordSink& sink);
  base::Status FinishLargeBucket(uint32_t index, Bucket& bucket, std::vector<char>& buffer,
                                 const LoadRecordSink& sink) REQUIRES(bucket.mutex);

  const ExternalSortOptions options_;
  base::FileSystem& files_;
  std::vector<Bucket> buckets_;
  std::atomic<size_t> held_bytes_{0};
  ChunkPool pool_;
  base::Mutex spill_mutex_;
  std::unique_ptr<SpillFiles> spill_ GUARDED_BY(spill_mutex_);  // made by the first spill

  const size_t ahead_bytes_;  // held, from which on the spiller works
  std::atomic<bool> is_spiller_awake_{false};
  base::Mutex spiller_mutex_;
  base::CondVar spiller_wake_;
  std::thread spiller_ GUARDED_BY(spiller_mutex_);  // started when it is first needed
  bool is_spiller_stopped_ GUARDED_BY(spiller_mutex_) = false;
  std::atomic<bool> has_spiller_failed_{false};
  std::optional<base::Error> spiller_error_ GUARDED_BY(spiller_mutex_);
};

}  // namespace dray::table
