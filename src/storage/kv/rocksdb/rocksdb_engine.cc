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
#include <map>
#include <vector>

#include "base/blocking.h"
#include "base/check.h"
#include "base/file_system.h"
#include "base/mutex.h"
#include "base/no_wait.h"
#include "storage/kv/rocksdb/column_families.h"
#include "storage/kv/rocksdb/engine_log.h"
#include "storage/kv/rocksdb/full_disk.h"
#include "storage/kv/rocksdb/rocks_status.h"
#include "storage/kv/rocksdb/space_reclaimer.h"

namespace dray::kv_rocksdb {

namespace {

using base::Status;

constexpr size_t kLatches = 256;
// Sorted files of a bulk load are cut at this size, so that no compaction must rewrite a giant.
constexpr uint64_t kBulkFileBytes = 64ull << 20;
constexpr size_t kScanReadahead = 256 << 10;

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
  rocks.max_write_buffer_number = 3;
  // A log file is kept until both families have written out what it holds, and a start reads all of
  // it: the one that lags behind follows.
  rocks.max_total_wal_size = 2 * options.write_buffer_bytes;
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
  RocksDbEngine(Options options, rocksdb::Options rocks, std::unique_ptr<ColumnFamilies> families)
      : options_(std::move(options)),
        rocks_(std::move(rocks)),
        families_(std::move(families)),
        db_(&families_->db()),
        reclaimer_(*families_, options_.reclaim_bytes_min) {}

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
      rocksdb::Status status = write.Put(families_->Of(key), ToSlice(key), ToSlice(value));
      if (!status.ok()) return FromRocksDb(status, "cannot build a commit");
    }
    for (const std::string& key : batch.deletes) {
      rocksdb::Status status = write.Delete(families_->Of(key), ToSlice(key));
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
    rocksdb::Status status = db_->Get(read, families_->Of(key), ToSlice(key), &value);
    if (status.IsNotFound()) return std::optional<std::string>();
    if (status.IsIncomplete()) return base::NoWait::Refuse();
    if (!status.ok()) return FromRocksDb(status, "cannot read a key");
    return std::optional<std::string>(std::move(value));
  }

  base::Result<std::vector<std::optional<std::string>>> MultiGet(
      kv::PartitionId, std::span<const std::string> keys) override {
    if (base::NoWait::is_set()) return base::NoWait::Refuse();
    std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    std::vector<rocksdb::ColumnFamilyHandle*> families;
    families.reserve(keys.size());
    for (const std::string& key : keys) families.push_back(families_->Of(key));
    std::vector<rocksdb::PinnableSlice> found(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    db_->MultiGet(rocksdb::ReadOptions(), slices.size(), families.data(), slices.data(),
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
    std::vector<FamilyRange> parts = families_->Split(from, to);
    if (direction == kv::Direction::kReverse) std::reverse(parts.begin(), parts.end());
    for (const FamilyRange& part : parts) {
      ASSIGN_OR_RETURN(const bool is_whole, ReadPart(part, direction, limits, page));
      page.set_is_last(is_whole && &part == &parts.back());
      if (!is_whole) break;
    }
    return base::Ok();
  }

  Status DeleteRange(kv::PartitionId, std::string_view from, std::string_view to) override {
    if (base::NoWait::is_set()) return base::NoWait::Refuse();
    if (!to.empty() && to <= from) return base::Ok();
    std::vector<FamilyRange> parts = families_->Split(from, to);
    rocksdb::WriteBatch tombstones;
    for (FamilyRange& part : parts) {
      if (part.to.empty()) RETURN_IF_ERROR(FindEnd(part));
      if (part.to <= part.from) continue;
      rocksdb::Status status = tombstones.DeleteRange(part.family, part.from, part.to);
      if (!status.ok()) return FromRocksDb(status, "cannot build a commit");
    }
    rocksdb::Status status = db_->Write(WriteOptions(), &tombstones);
    if (!status.ok()) return FromRocksDb(status, "cannot delete a range");
    // Then whole files, so that a dropped table gives its space back at once. The tombstones above
    // hide what older files still hold of the range.
    for (const FamilyRange& part : parts) {
      if (part.to <= part.from) continue;
      rocksdb::Slice begin(part.from), end(part.to);
      rocksdb::RangePtr range(&begin, &end);
      status = rocksdb::DeleteFilesInRanges(db_, part.family, &range, 1, /*include_end=*/false);
      if (!status.ok()) return FromRocksDb(status, "cannot delete the files of a range");
      reclaimer_.RangeDeleted(part);
    }
    return base::Ok();
  }

  base::Result<std::unique_ptr<kv::BulkLoad>> StartBulkLoad(kv::PartitionId) override;

  base::Result<uint64_t> EstimateBytes(std::string_view from, std::string_view to) override {
    uint64_t bytes = 0;
    for (FamilyRange& part : families_->Split(from, to)) {
      if (part.to.empty()) part.to.assign(64, '\xff');
      ASSIGN_OR_RETURN(const uint64_t of_part, ApproximateBytes(*db_, part));
      bytes += of_part;
    }
    return bytes;
  }

  kv::Statistics statistics() override {
    kv::Statistics statistics;
    uint64_t value = 0;
    if (db_->GetAggregatedIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &value)) {
      statistics.bytes_on_disk = value;
    }
    for (const std::string& property :
         {rocksdb::DB::Properties::kCurSizeAllMemTables, rocksdb::DB::Properties::kBlockCacheUsage,
          rocksdb::DB::Properties::kEstimateTableReadersMem}) {
      if (db_->GetAggregatedIntProperty(property, &value)) statistics.memory_bytes += value;
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

  // Adds to the page; false: it is full and the part goes on behind it.
  base::Result<bool> ReadPart(const FamilyRange& part, kv::Direction direction,
                              const kv::ReadLimits& limits, kv::Page& page) {
    rocksdb::ReadOptions read;
    rocksdb::Slice lower = part.from, upper = part.to;
    read.iterate_lower_bound = &lower;
    if (!part.to.empty()) read.iterate_upper_bound = &upper;
    // Large pages are scans: reading ahead helps them, and they must not push point reads out of
    // the cache. Every file that has keys of the range is read ahead anew with each page, so much
    // more than a page takes from one of them would be read in vain.
    if (limits.bytes_max >= (512u << 10)) {
      read.readahead_size = kScanReadahead;
      read.fill_cache = false;
    }
    std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(read, part.family));
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
    return !at->Valid();
  }

  // RocksDB's ranges need an end: behind the last key there is.
  Status FindEnd(FamilyRange& part) {
    std::unique_ptr<rocksdb::Iterator> last(db_->NewIterator(rocksdb::ReadOptions(), part.family));
    last->SeekToLast();
    if (!last->status().ok()) return FromRocksDb(last->status(), "cannot read the last key");
    part.to = last->Valid() ? std::string(ToView(last->key())) + '\0' : part.from;
    return base::Ok();
  }

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
  const std::unique_ptr<ColumnFamilies> families_;
  rocksdb::DB* const db_;  // of families_
  SpaceReclaimer reclaimer_;
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
    for (const auto& [family, paths] : paths_) {  // ingested files have moved and are not here
      for (const std::string& path : paths) {
        engine_.rocks_.env->DeleteFile(path).PermitUncheckedError();
      }
    }
  }

  Status Add(std::string_view key, std::string_view value) override {
    CHECK(!value.empty());
    rocksdb::ColumnFamilyHandle* family = engine_.families_->Of(key);
    if (writer_ != nullptr && family != family_) RETURN_IF_ERROR(CloseFile());
    family_ = family;
    if (writer_ == nullptr) RETURN_IF_ERROR(OpenFile());
    rocksdb::Status status = writer_->Put(ToSlice(key), ToSlice(value));
    if (!status.ok()) return FromRocksDb(status, "cannot add to a sorted file");
    if (writer_->FileSize() >= kBulkFileBytes) return CloseFile();
    return base::Ok();
  }

  Status Finish() override {
    if (writer_ != nullptr) RETURN_IF_ERROR(CloseFile());
    if (paths_.empty()) return base::Ok();
    std::vector<rocksdb::IngestExternalFileArg> loads;
    for (const auto& [family, paths] : paths_) {
      rocksdb::IngestExternalFileArg load;
      load.column_family = family;
      load.external_files = paths;
      load.options.move_files = true;
      load.options.allow_global_seqno = true;
      load.options.write_global_seqno = false;
      loads.push_back(std::move(load));
    }
    rocksdb::Status status = engine_.db_->IngestExternalFiles(loads);
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
    writer_ = std::make_unique<rocksdb::SstFileWriter>(direct, engine_.rocks_, family_);
    rocksdb::Status status = writer_->Open(path);
    if (!status.ok()) {
      writer_ =
          std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), engine_.rocks_, family_);
      status = writer_->Open(path);
    }
    if (!status.ok()) return FromRocksDb(status, "cannot create a sorted file");
    paths_[family_].push_back(std::move(path));
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
  rocksdb::ColumnFamilyHandle* family_ = nullptr;  // of the file that is written
  std::map<rocksdb::ColumnFamilyHandle*, std::vector<std::string>> paths_;
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
  ASSIGN_OR_RETURN(auto families, ColumnFamilies::Open(rocks, options.folder, options.logs));
  return std::unique_ptr<kv::Engine>(
      std::make_unique<RocksDbEngine>(std::move(options), std::move(rocks), std::move(families)));
}

}  // namespace dray::kv_rocksdb
