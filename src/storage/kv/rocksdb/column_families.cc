// SPDX-License-Identifier: Apache-2.0
#include "storage/kv/rocksdb/column_families.h"

#include <rocksdb/convenience.h>
#include <rocksdb/sst_file_writer.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/file_system.h"
#include "base/log.h"
#include "storage/kv/engine.h"
#include "storage/kv/rocksdb/rocks_status.h"

namespace dray::kv_rocksdb {
namespace {

constexpr char kLogName[] = "log";
constexpr uint64_t kFileBytes = 64ull << 20;

// The keys that begin with one byte. A range is deleted by its ends, and 0xff has none above it.
std::pair<std::string, std::string> KeysOf(char first_byte) {
  std::string from(1, first_byte), to = kv::PrefixEnd(from);
  CHECK(!to.empty());
  return {std::move(from), std::move(to)};
}

// Sorted files of one range of the default family, for the other one.
class Mover {
 public:
  Mover(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* log, const rocksdb::Options& options,
        std::string folder)
      : db_(db), log_(log), options_(options), folder_(std::move(folder)) {}

  base::Status Move(const std::string& from, const std::string& to) {
    RETURN_IF_ERROR(base::PosixFileSystem().CreateFolders(folder_));
    rocksdb::Slice upper = to;
    rocksdb::ReadOptions read;
    read.iterate_upper_bound = &upper;
    read.readahead_size = 2 << 20;
    read.fill_cache = false;
    std::unique_ptr<rocksdb::Iterator> at(db_.NewIterator(read));
    for (at->Seek(from); at->Valid(); at->Next()) {
      if (writer_ == nullptr) RETURN_IF_ERROR(OpenFile());
      rocksdb::Status status = writer_->Put(at->key(), at->value());
      if (!status.ok()) return FromRocksDb(status, "cannot add to a sorted file");
      if (writer_->FileSize() >= kFileBytes) RETURN_IF_ERROR(CloseFile());
    }
    if (!at->status().ok()) return FromRocksDb(at->status(), "cannot read a range");
    if (writer_ != nullptr) RETURN_IF_ERROR(CloseFile());
    if (paths_.empty()) return base::Ok();
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    rocksdb::Status status = db_.IngestExternalFile(log_, paths_, ingest);
    if (!status.ok()) return FromRocksDb(status, "cannot ingest sorted files");
    paths_.clear();
    rocksdb::WriteOptions durably;
    durably.sync = true;
    status = db_.DeleteRange(durably, db_.DefaultColumnFamily(), from, to);
    if (!status.ok()) return FromRocksDb(status, "cannot delete a range");
    rocksdb::Slice begin = from, end = to;
    rocksdb::RangePtr range(&begin, &end);
    status = rocksdb::DeleteFilesInRanges(&db_, db_.DefaultColumnFamily(), &range, 1,
                                          /*include_end=*/false);
    if (!status.ok()) return FromRocksDb(status, "cannot delete the files of a range");
    // The rest lies in files with other keys.
    status = db_.CompactRange({}, db_.DefaultColumnFamily(), &begin, &end);
    if (!status.ok()) return FromRocksDb(status, "cannot give back the space of a range");
    return base::Ok();
  }

 private:
  base::Status OpenFile() {
    writer_ = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), options_, log_);
    paths_.push_back(folder_ + "/log-" + std::to_string(files_++) + ".sst");
    rocksdb::Status status = writer_->Open(paths_.back());
    if (!status.ok()) return FromRocksDb(status, "cannot create a sorted file");
    return base::Ok();
  }
  base::Status CloseFile() {
    rocksdb::Status status = writer_->Finish();
    writer_.reset();
    if (!status.ok()) return FromRocksDb(status, "cannot finish a sorted file");
    return base::Ok();
  }

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* const log_;
  const rocksdb::Options& options_;
  const std::string folder_;
  std::unique_ptr<rocksdb::SstFileWriter> writer_;
  std::vector<std::string> paths_;
  int files_ = 0;
};

}  // namespace

ColumnFamilies::ColumnFamilies(std::string logs, std::unique_ptr<rocksdb::DB> db,
                               rocksdb::ColumnFamilyHandle* data, rocksdb::ColumnFamilyHandle* log)
    : logs_(std::move(logs)), db_(std::move(db)), data_(data), log_(log) {
  for (char first_byte : logs_) {
    auto [from, to] = KeysOf(first_byte);
    borders_.push_back(std::move(from));
    borders_.push_back(std::move(to));
  }
  std::sort(borders_.begin(), borders_.end());
  borders_.erase(std::unique(borders_.begin(), borders_.end()), borders_.end());
}

ColumnFamilies::~ColumnFamilies() {
  for (rocksdb::ColumnFamilyHandle* family : {data_, log_}) {
    db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
  // Everything acknowledged is in the log; a failing close loses nothing, and nobody is left to
  // tell.
  db_->Close().PermitUncheckedError();
}

base::Result<std::unique_ptr<ColumnFamilies>> ColumnFamilies::Open(const rocksdb::Options& options,
                                                                   const std::string& folder,
                                                                   std::string_view logs) {
  rocksdb::Options opening = options;
  opening.create_missing_column_families = true;
  rocksdb::ColumnFamilyOptions data = options;
  // Whoever reads a whole table reads every file of level 0 besides, with what is outdated in it:
  // two instead of four cost the writers of small tables a little.
  data.level0_file_num_compaction_trigger = 2;
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, data}, {kLogName, options}};
  rocksdb::DB* opened = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::Status status = rocksdb::DB::Open(opening, folder, families, &handles, &opened);
  if (!status.ok()) return FromRocksDb(status, "cannot open the database in " + folder);
  std::unique_ptr<ColumnFamilies> opened_families(new ColumnFamilies(
      std::string(logs), std::unique_ptr<rocksdb::DB>(opened), handles[0], handles[1]));
  RETURN_IF_ERROR(opened_families->Divide(folder, options));
  return opened_families;
}

base::Status ColumnFamilies::Divide(const std::string& folder, const rocksdb::Options& options) {
  Mover mover(*db_, log_, options, folder + "/bulk");
  for (char first_byte : logs_) {
    const auto [from, to] = KeysOf(first_byte);
    RETURN_IF_ERROR(mover.Move(from, to));
  }
  return base::Ok();
}

std::vector<FamilyRange> ColumnFamilies::Split(std::string_view from, std::string_view to) const {
  std::vector<FamilyRange> parts;
  for (const std::string& border : borders_) {
    if (border <= from) continue;
    if (!to.empty() && border >= to) break;
    parts.push_back({Of(from), std::string(from), border});
    from = border;
  }
  parts.push_back({Of(from), std::string(from), std::string(to)});
  return parts;
}

}  // namespace dray::kv_rocksdb
