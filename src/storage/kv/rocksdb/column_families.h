// SPDX-License-Identifier: Apache-2.0
// Which of RocksDB's column families a key lies in. Each has write buffers, levels and compactions
// of its own and they share one log, so that a commit over both is one. Logs of what happened lie
// apart: they grow tenfold beside the data, and in common levels old versions of the data would
// wait among them for a compaction, in the way of every scan.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dray::kv_rocksdb {

// A part of a range that lies in one family. `to` empty: to the end of the key space.
struct FamilyRange {
  rocksdb::ColumnFamilyHandle* family = nullptr;
  std::string from, to;
};

class ColumnFamilies {  // thread-safe
 public:
  // Owns the database. Keys that begin with a byte of `logs` lie in the family "log", the others in
  // RocksDB's default one. A database of before the division is divided first; a crash meanwhile
  // leaves it as it was or divided in part, and the next start goes on. kCorruption, kIo.
  static base::Result<std::unique_ptr<ColumnFamilies>> Open(const rocksdb::Options& options,
                                                            const std::string& folder,
                                                            std::string_view logs);
  ~ColumnFamilies();
  ColumnFamilies(const ColumnFamilies&) = delete;
  ColumnFamilies& operator=(const ColumnFamilies&) = delete;

  rocksdb::DB& db() const { return *db_; }
  std::vector<rocksdb::ColumnFamilyHandle*> all() const { return {data_, log_}; }
  rocksdb::ColumnFamilyHandle* Of(std::string_view key) const {
    return !key.empty() && logs_.find(key.front()) != std::string::npos ? log_ : data_;
  }
  // The parts of [from, to) in ascending order; mostly one.
  std::vector<FamilyRange> Split(std::string_view from, std::string_view to) const;

 private:
  ColumnFamilies(std::string logs, std::unique_ptr<rocksdb::DB> db,
                 rocksdb::ColumnFamilyHandle* data, rocksdb::ColumnFamilyHandle* log);
  base::Status Divide(const std::string& folder, const rocksdb::Options& options);

  const std::string logs_;
  std::vector<std::string> borders_;  // where the family changes, ascending
  const std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* const data_;
  rocksdb::ColumnFamilyHandle* const log_;
};

}  // namespace dray::kv_rocksdb
