// SPDX-License-Identifier: Apache-2.0
// The error log of an import: one line of JSON a bad record (contract section 4.7). Stretches of
// one object may be parsed by several threads: each collects BadRecords of its own, with places
// relative to where the stretch begins, and hands them over once it is known where that is and that
// the stretch counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "format/codec/codec.h"
#include "storage/table/service_clock.h"
#include "transfer/import_table/import_records.h"

namespace dray::import_table {

// A record that is not imported.
struct BadRecord {
  uint64_t index = 0;         // 0-based within the object or the stretch of it
  uint64_t offset_bytes = 0;  // of its first byte in the uncompressed object or the stretch of it
  std::string head;           // its first bytes as they are, at most 200
  std::string message;        // AWS's text where it has one
  // What the attributes are called that it does have, when it is an item; not more than some.
  std::vector<std::string> attribute_names = {};
};

// Of a record that codec or checks refused. `message` says why.
BadRecord BadRecordOf(const codec::Record& record, std::string message);

// Bad records of one stretch of one object, in the order of their indexes. Used by one thread at a
// time.
class BadRecords {
 public:
  void Add(BadRecord record);
  void Clear();
  bool empty() const { return entries_.empty(); }
  const std::vector<BadRecord>& entries() const { return entries_; }
  // About what they hold of memory: whoever collects them bounds it by handing them over.
  size_t size_bytes() const { return size_bytes_; }

 private:
  std::vector<BadRecord> entries_;
  size_t size_bytes_ = 0;
};

// Thread-safe; one an import.
class ErrorLog {
 public:
  // `records` and `clock` outlive it.
  ErrorLog(ImportRecords& records, table::ServiceClock& clock, std::string import_arn,
           std::string bucket)
      : records_(records),
        clock_(clock),
        import_arn_(std::move(import_arn)),
        bucket_(std::move(bucket)) {}

  // What collectors hand over at the latest.
  static constexpr size_t kPendingBytesMax = 64 << 10;

  // Durable when it returns. `object` is its number. Indexes and offsets of `bad` count from
  // `first_index` and `first_offset_bytes`. Lines have the time of this call, and no line appears
  // before one that a reader may have seen.
  base::Status Store(uint64_t object, std::string_view object_key, const BadRecords& bad,
                     uint64_t first_index, uint64_t first_offset_bytes);

 private:
  std::string RenderLine(std::string_view object_key, uint64_t item_index, uint64_t offset_bytes,
                         const BadRecord& entry) const;

  ImportRecords& records_;
  table::ServiceClock& clock_;
  const std::string import_arn_;
  const std::string bucket_;
  base::Mutex mutex_;  // held from a time's issue to the commit of its lines
};

}  // namespace dray::import_table
