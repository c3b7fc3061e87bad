// SPDX-License-Identifier: Apache-2.0
// Sorting the records of a bulk load: pieces that fit in memory by pointers, larger buckets by
// runs: sorted files that are merged. Of records with equal keys the one with the highest sequence
// goes on. Used by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "base/result.h"
#include "storage/table/load_record.h"

namespace dray::table {

// Gets records in ascending order of (hash of the partition key, storage key), each key once. Of
// one table or index that is the order of the keys.
using LoadRecordSink = std::function<base::Status(const LoadRecord&)>;

// Sorts records that lie in buffers of the caller.
class LoadRecordSorter {
 public:
  // Indexes all records of `buffer`, which outlives the sorter's Drain. kCorruption when it does
  // not hold whole records.
  base::Status AddBuffer(std::string_view buffer);
  // Sorts, gives everything to `sink`, and is empty again.
  base::Status Drain(const LoadRecordSink& sink);

 private:
  struct Entry {
    uint64_t hash;  // of the partition key: decides most comparisons without touching the record
    const char* record;
  };
  std::vector<Entry> entries_;
};

class RunWriter {
 public:
  static base::Result<std::unique_ptr<RunWriter>> Create(base::FileSystem& files,
                                                         const std::string& path);
  base::Status Add(const LoadRecord& record);
  base::Status Close();  // not synced: a run is made anew after a crash

 private:
  RunWriter(std::unique_ptr<base::WritableFile> file) : file_(std::move(file)) {}
  std::unique_ptr<base::WritableFile> file_;
  std::string buffer_;
};

class RunReader {
 public:
  static base::Result<std::unique_ptr<RunReader>> Open(base::FileSystem& files,
                                                       const std::string& path,
                                                       size_t buffer_bytes);
  // The record in front, valid until Next; false at the end.
  bool has_record() const { return has_record_; }
  const LoadRecord& record() const { return record_; }
  base::Status Next();

 private:
  RunReader(std::unique_ptr<base::ReadableFile> file, std::string path, size_t buffer_bytes)
      : file_(std::move(file)), path_(std::move(path)), buffer_(buffer_bytes) {}
  base::Status Fill();

  std::unique_ptr<base::ReadableFile> file_;
  const std::string path_;
  std::vector<char> buffer_;
  size_t at_ = 0, end_ = 0;
  uint64_t file_offset_ = 0;
  LoadRecord record_;
  bool has_record_ = false;
};

// Merges the runs at `paths`, each sorted, into `sink`.
base::Status MergeRuns(base::FileSystem& files, const std::vector<std::string>& paths,
                       size_t memory_bytes, const LoadRecordSink& sink);

}  // namespace dray::table
