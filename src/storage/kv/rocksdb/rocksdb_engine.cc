// SPDX-License-Identifier: Apache-2.0
#include "storage/kv/rocksdb/rocksdb_engine.h"

#include <rocksdb/cache.h>
#include <rocksdb/convenience.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <vector>

#include "base/blocking.h"
#include "base/check.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/no_wait.h"
#include "storage/kv/rocksdb/engine_log.h"
#include "storage/kv/rocksdb/full_disk.h"
#include "storage/kv/rocksdb/space_reclaimer.h"

namespace dray::kv_rocksdb {

namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

constexpr size_t kLatches = 256;
// Sorted files of a bulk load are cut at this size, so that no compaction must rewrite a giant.
constexpr uint64_t kBulkFileBytes = 64ull << 20;
constexpr size_t kScanReadahead = 256 << 10;

rocksdb::Slice ToSlice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

// The one place where RocksDB's statuses become ours.
Error FromRocksDb(const rocksdb::Status& status, std::string_view what) {
  std::string message = std::string(what) + ": " + status.ToString();
  if (status.IsCorruption()) return {ErrorKind::kCorruption, std::move(message)};
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kNoSpace) {
    return {ErrorKind::kIo, std::move(message), base::kNoSpace};
  }
  if (status.IsIOError()) return {ErrorKind::kIo, std::move(message)};
  if (status.IsBusy() || status.IsTryAgain()) return {ErrorKind::kUnavailable, std::move(message)};
  return {ErrorKind::kInternal, std::move(message)};
}

rocksdb::BlockBasedTableOptions TableOptions(const Options& options) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  table.block_size = 16 * 1024;  // scans rule: larger blocks, a quarter of the index
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  // Index and filter blocks are paged through the cache, so that memory stays bounded however large
  // the tables are.
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.cache_index_and_filter_blocks = true;
  table.pin_top_level_index_and_filter = true;
  table.cache_index_and_filter_blocks_with_high_priority = true;
  return table;
}

rocksdb::Options EngineOptions(const Options& options) {
  rocksdb::Options rocks;
  rocks.create_if_missing = true;
  rocks.write_buffer_size = options.write_buffer_bytes;
  rocks.max_write_buffer_number = 4;
  rocks.level_compaction_dynamic_level_bytes = true;
  rocks.target_file_size_base = 64ull << 20;
  rocks.max_background_jobs = 2;
  rocks.max_open_files = 512;
  rocks.bytes_per_sync = 1 << 20;
  rocks.info_log = std::make_shared<EngineLog>();
  rocks.listeners.push_back(std::make_shared<FullDiskListener>());
  rocks.compression = rocksdb::kLZ4Compression;
  rocks.enable_pipelined_write = true;
  // One thread inserts for its group: waking the others to insert their own costs more.
  rocks.allow_concurrent_memtable_write = false;
  rocks.table_factory.reset(rocksdb::NewBlockBasedTableFactory(TableOptions(options)));
  return rocks;
}

class RocksDbEngine final : public kv::Engine {
 public:
  RocksDbEngine(Options options, rocksdb::Options rocks, std::unique_ptr<rocksdb::DB> db)
      : options_(std::move(options)),
        rocks_(std::move(rocks)),
        db_(std::move(db)),
        reclaimer_(std::make_unique<SpaceReclaimer>(*db_, options_.reclaim_bytes_min)) {}

  ~RocksDbEngine() override {
    reclaimer_.reset();
    rocksdb::Status status = db_->Close();
    // Everything acknowledged is in the log; a failing close loses nothing, and nobody is left to
    // tell.
    status.PermitUncheckedError();
  }

  kv::Capabilities capabilities() const override {
    return {.reverse_read = true, .multi_partition_commit = true, .exclusive_writer = true};
  }

  base::Result<kv::CommitOutcome> Commit(kv::PartitionId, const kv::Batch& batch) override {
    if (base::NoWait::is_set() && (options_.sync_commits || !batch.guards.empty())) {
      return base::NoWait::Refuse();
    }
    rocksdb::WriteBatch write(BytesOf(batch));
    for (const auto& [key, value] : batch.puts) {
      CHECK(!value.empty());
      rocksdb::Status status = write.Put(ToSlice(key), ToSlice(value));
      if (!status.ok()) return FromRocksDb(status, "cannot build a commit");
    }
    for (const std::string& key : batch.deletes) {
      rocksdb::Status status = write.Delete(ToSlice(key));
      if (!status.ok()) return FromRocksDb(status, "cannot build a commit");
    }
    if (batch.guards.empty()) return Write(write);
    GuardLatches latches(*this, batch.guards);
    for (const kv::Guard& guard : batch.guards) {
      ASSIGN_OR_RETURN(auto current, Get(kv::kSystemPartition, guard.key));
      if (current != guard.expected) return kv::CommitOutcome::kGuardFailed;
    }
    return Write(write);
  }

  base::Result<std::optional<std::string>> Get(kv::PartitionId, std::string_view key) override {
    std::string value;
    rocksdb::ReadOptions read;
    if (base::NoWait::is_set()) read.read_tier = rocksdb::kBlockCacheTier;
    rocksdb::Status status = db_->Get(read, ToSlice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (status.IsIncomplete()) return base::NoWait::Refuse();
    if (!status.ok()) return FromRocksDb(status, "cannot read a key");
    return std::optional<std::string>(std::move(value));
  }

  base::Result<std::vector<std::optional<std::string>>> MultiGet(
      kv::PartitionId, std::span<const std::string> keys) override {
    if (base::NoWait::is_set()) return base::NoWait::Refuse();
    std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    db_->MultiGet(rocksdb::ReadOptions(), db_->DefaultColumnFamily(), slices.size(), slices.data(),
                  found.data(), statuses.data());
    std::vector<std::optional<std::string>> values(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      if (statuses[i].IsNotFound()) continue;
      if (!statuses[i].ok()) return FromRocksDb(statuses[i], "cannot read a key");
      values[i].emplace(found[i].data(), found[i].size());
    }
    return values;
  }

  Status ReadRange(kv::PartitionId, std::string_view from, std::string_view to,
                   kv::Direction direction, const kv::ReadLimits& limits, kv::Page& page) override {
    if (base::NoWait::is_set()) return base::NoWait::Refuse();
    page.Clear();
    if (!to.empty() && to <= from) return base::Ok();
    rocksdb::ReadOptions read;
    rocksdb::Slice lower = ToSlice(from), upper = ToSlice(to);
    read.iterate_lower_bound = &lower;
    if (!to.empty()) read.iterate_upper_bound = &upper;
    // Large pages are scans: reading ahead helps them, and they must not push point reads out of
    // the cache. Every file that has keys of the range is read ahead anew with each page, so much
    // more than a page takes from one of them would be read in vain.
    if (limits.bytes_max >= (512u << 10)) {
      read.readahead_size = kScanReadahead;
      read.fill_cache = false;
    }
    std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(read));
    if (direction == kv::Direction::kForward) {
      at->SeekToFirst();
    } else {
      at->SeekToLast();
    }
    while (at->Valid() && (page.size() == 0 ||
                           (page.size() < limits.entries_max && page.bytes() < limits.bytes_max))) {
      page.Add(ToView(at->key()), ToView(at->value()));
      if (direction == kv::Direction::kForward) {
        at->Next();
      } else {
        at->Prev();
      }
    }
    if (!at->status().ok()) return FromRocksDb(at->status(), "cannot read a range");
    page.set_is_last(!at->Valid());
    return base::Ok();
  }

  Status DeleteRange(kv::PartitionId, std::string_view from, std::string_view to) override {
    if (base::NoWait::is_set()) return base::NoWait::Refuse();
    std::string end(to);
    if (end.empty()) {  // RocksDB's ranges need an end: behind the last key there is
      std::unique_ptr<rocksdb::Iterator> last(db_->NewIterator(rocksdb::ReadOptions()));
      last->SeekToLast();
      if (!last->status().ok()) return FromRocksDb(last->status(), "cannot read the last key");
      if (!last->Valid()) return base::Ok();
      end.assign(ToView(last->key())).push_back('\0');
    }
    if (end <= from) return base::Ok();
    rocksdb::Slice begin_slice = ToSlice(from), end_slice = ToSlice(end);
    rocksdb::Status status =
        db_->DeleteRange(WriteOptions(), db_->DefaultColumnFamily(), begin_slice, end_slice);
    if (!status.ok()) return FromRocksDb(status, "cannot delete a range");
    // Then whole files, so that a dropped table gives its space back at once. The tombstone above
    // hides what older files still hold of the range.
    rocksdb::RangePtr range(&begin_slice, &end_slice);
    status = rocksdb::DeleteFilesInRanges(db_.get(), db_->DefaultColumnFamily(), &range, 1,
                                          /*include_end=*/false);
    if (!status.ok()) return FromRocksDb(status, "cannot delete the files of a range");
    reclaimer_->RangeDeleted(std::string(from), end);
    return base::Ok();
  }

  base::Result<std::unique_ptr<kv::BulkLoad>> StartBulkLoad(kv::PartitionId) override;

  base::Result<uint64_t> EstimateBytes(std::string_view from, std::string_view to) override {
    std::string end(to);
    if (end.empty()) end.assign(64, '\xff');
    rocksdb::Range range(ToSlice(from), ToSlice(end));
    uint64_t bytes = 0;
    rocksdb::SizeApproximationOptions approximation;
    approximation.include_memtables = true;
    approximation.include_files = true;
    rocksdb::Status status =
        db_->GetApproximateSizes(approximation, db_->DefaultColumnFamily(), &range, 1, &bytes);
    if (!status.ok()) return FromRocksDb(status, "cannot estimate a range");
    return bytes;
  }

  kv::Statistics statistics() override {
    kv::Statistics statistics;
    uint64_t value = 0;
    if (db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &value)) {
      statistics.bytes_on_disk = value;
    }
    for (const std::string& property :
         {rocksdb::DB::Properties::kCurSizeAllMemTables, rocksdb::DB::Properties::kBlockCacheUsage,
          rocksdb::DB::Properties::kEstimateTableReadersMem}) {
      if (db_->GetIntProperty(property, &value)) statistics.memory_bytes += value;
    }
    return statistics;
  }

 private:
  friend class RocksDbBulkLoad;

  // Holds the latches of all guarded keys, taken in ascending order, so that checking and writing
  // are one step for every guarded commit.
  class GuardLatches {
   public:
    GuardLatches(RocksDbEngine& engine, const std::vector<kv::Guard>& guards) : engine_(engine) {
      for (const kv::Guard& guard : guards) {
        taken_.push_back(std::hash<std::string_view>()(guard.key) % kLatches);
      }
      std::sort(taken_.begin(), taken_.end());
      taken_.erase(std::unique(taken_.begin(), taken_.end()), taken_.end());
      for (size_t index : taken_) engine_.latches_[index].lock();
    }
    ~GuardLatches() {
      for (size_t index : taken_) engine_.latches_[index].unlock();
    }
    GuardLatches(const GuardLatches&) = delete;
    GuardLatches& operator=(const GuardLatches&) = delete;

   private:
    RocksDbEngine& engine_;
    std::vector<size_t> taken_;
  };

  static size_t BytesOf(const kv::Batch& batch) {
    size_t bytes = 16;
    for (const auto& [key, value] : batch.puts) bytes += key.size() + value.size() + 12;
    for (const std::string& key : batch.deletes) bytes += key.size() + 8;
    return bytes;
  }

  rocksdb::WriteOptions WriteOptions() const {
    rocksdb::WriteOptions write;
    write.sync = options_.sync_commits;
    return write;
  }

  base::Result<kv::CommitOutcome> Write(rocksdb::WriteBatch& write) {
    std::optional<base::BlockingSection> sync;
    if (options_.sync_commits) sync.emplace();
    rocksdb::WriteOptions options = WriteOptions();
    options.no_slowdown = base::NoWait::is_set();
    rocksdb::Status status = db_->Write(options, &write);
    if (options.no_slowdown && status.IsIncomplete()) return base::NoWait::Refuse();
    if (!status.ok()) return FromRocksDb(status, "cannot commit");
    return kv::CommitOutcome::kCommitted;
  }

  const Options options_;
  const rocksdb::Options rocks_;
  std::unique_ptr<rocksdb::DB> db_;
  std::unique_ptr<SpaceReclaimer> reclaimer_;
  std::array<std::mutex, kLatches> latches_;
  std::atomic<uint64_t> bulk_files_{0};
};

// Writes files of ascending keys beside the database and hands all of them over in one ingestion,
// which moves them in without copying.
class RocksDbBulkLoad final : public kv::BulkLoad {
 public:
  explicit RocksDbBulkLoad(RocksDbEngine& engine) : engine_(engine) {}

  ~RocksDbBulkLoad() override {
    writer_.reset();
    for (const std::string& path : paths_) {  // ingested files have moved and are not here any more
      engine_.rocks_.env->DeleteFile(path).PermitUncheckedError();
    }
  }

  Status Add(std::string_view key, std::string_view value) override {
    CHECK(!value.empty());
    if (writer_ == nullptr) RETURN_IF_ERROR(OpenFile());
    rocksdb::Status status = writer_->Put(ToSlice(key), ToSlice(value));
    if (!status.ok()) return FromRocksDb(status, "cannot add to a sorted file");
    if (writer_->FileSize() >= kBulkFileBytes) return CloseFile();
    return base::Ok();
  }

  Status Finish() override {
    if (writer_ != nullptr) RETURN_IF_ERROR(CloseFile());
    if (paths_.empty()) return base::Ok();
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    ingest.allow_global_seqno = true;
    ingest.write_global_seqno = false;
    rocksdb::Status status = engine_.db_->IngestExternalFile(paths_, ingest);
    if (!status.ok()) return FromRocksDb(status, "cannot ingest sorted files");
    paths_.clear();
    return base::Ok();
  }

 private:
  Status OpenFile() {
    std::string folder = engine_.options_.folder + "/bulk";
    RETURN_IF_ERROR(base::PosixFileSystem().CreateFolders(folder));
    std::string path = folder + "/" + std::to_string(engine_.bulk_files_++) + ".sst";
    // A load is larger than what the page cache should hold of it: write past it where the file
    // system can (tmpfs cannot).
    rocksdb::EnvOptions direct;
    direct.use_direct_writes = true;
    writer_ = std::make_unique<rocksdb::SstFileWriter>(direct, engine_.rocks_);
    rocksdb::Status status = writer_->Open(path);
    if (!status.ok()) {
      writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), engine_.rocks_);
      status = writer_->Open(path);
    }
    if (!status.ok()) return FromRocksDb(status, "cannot create a sorted file");
    paths_.push_back(std::move(path));
    return base::Ok();
  }

  Status CloseFile() {
    rocksdb::Status status = writer_->Finish();  // syncs the file
    writer_.reset();
    if (!status.ok()) return FromRocksDb(status, "cannot finish a sorted file");
    return base::Ok();
  }

  RocksDbEngine& engine_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::vector<std::string> paths_;
};

base::Result<std::unique_ptr<kv::BulkLoad>> RocksDbEngine::StartBulkLoad(kv::PartitionId) {
  return std::unique_ptr<kv::BulkLoad>(std::make_unique<RocksDbBulkLoad>(*this));
}

}  // namespace

base::Result<std::unique_ptr<kv::Engine>> OpenRocksDbEngine(Options options) {
  base::FileSystem& files = base::PosixFileSystem();
  RETURN_IF_ERROR(files.CreateFolders(options.folder));
  // What a crash left of unfinished bulk loads.
  RETURN_IF_ERROR(files.RemoveTree(options.folder + "/bulk"));
  rocksdb::Options rocks = EngineOptions(options);
  rocksdb::DB* opened = nullptr;
  rocksdb::Status status = rocksdb::DB::Open(rocks, options.folder, &opened);
  if (!status.ok()) return FromRocksDb(status, "cannot open the database in " + options.folder);
  return std::unique_ptr<kv::Engine>(std::make_unique<RocksDbEngine>(
      std::move(options), std::move(rocks), std::unique_ptr<rocksdb::DB>(opened)));
}

}  // namespace dray::kv_rocksdb
