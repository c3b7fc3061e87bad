// SPDX-License-Identifier: Apache-2.0
// All that Dray knows of a key-value engine: ordered byte keys inside a partition, guarded atomic
// batches, pages instead of iterators. Narrow enough for an engine that has no snapshots and no
// multi-partition commits (docs/decisions/0002). Implementations: kv/rocksdb, kv/memory; both pass
// engine_conformance_test. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace dray::kv {

// Names a unit of atomicity. The embedded engines keep all partitions in one key space, so a key is
// found whichever partition it is asked for; a distributed engine may not.
using PartitionId = uint64_t;
inline constexpr PartitionId kSystemPartition = 0;

struct Capabilities {
  bool reverse_read = false;
  bool multi_partition_commit = false;  // one batch may touch keys of several partitions
  // This process is the only writer, so that a caller who holds its own latch over a key needs no
  // guard.
  bool exclusive_writer = false;
};

// The commit happens only if `key` has exactly this value, or is absent when `expected` is.
struct Guard {
  std::string key;
  std::optional<std::string> expected;
};

// Applied as a whole or not at all. Values are never empty. A key stands in at most one of puts and
// deletes.
struct Batch {
  std::vector<Guard> guards;
  std::vector<std::pair<std::string, std::string>> puts;
  std::vector<std::string> deletes;
};

enum class CommitOutcome { kCommitted, kGuardFailed };

struct ReadLimits {
  size_t entries_max = 1024;
  size_t bytes_max = 1 << 20;  // keys and values; at least one entry is returned
};

enum class Direction { kForward, kReverse };

// Entries in one buffer, reused from page to page. Views are valid until the next read into it.
class Page {
 public:
  size_t size() const { return offsets_.size(); }
  std::string_view key(size_t i) const;
  std::string_view value(size_t i) const;
  bool is_last() const { return is_last_; }  // nothing is left in the range behind this page
  // For engines:
  void Clear();
  void Add(std::string_view key, std::string_view value);
  void set_is_last(bool is_last) { is_last_ = is_last; }
  size_t bytes() const { return buffer_.size(); }

 private:
  struct Offsets {
    size_t key_at, value_at, end;
  };
  std::string buffer_;
  std::vector<Offsets> offsets_;
  bool is_last_ = true;
};

// Sorted files that become visible together. For ranges that nobody reads or writes yet.
class BulkLoad {
 public:
  virtual ~BulkLoad() = default;  // an unfinished load leaves nothing behind
  // Keys ascending and unique over all calls.
  virtual base::Status Add(std::string_view key, std::string_view value) = 0;
  // Durable and readable afterwards.
  virtual base::Status Finish() = 0;
};

struct Statistics {
  uint64_t bytes_on_disk = 0;
  uint64_t memory_bytes = 0;
};

// Under a base::NoWait an engine that uses a disk gives what it has in memory, commits if that
// waits for no disk, and refuses the rest.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual Capabilities capabilities() const = 0;

  // Returns after the batch is durable (unless the engine was opened otherwise) and readable.
  virtual base::Result<CommitOutcome> Commit(PartitionId partition, const Batch& batch) = 0;
  virtual base::Result<std::optional<std::string>> Get(PartitionId partition,
                                                       std::string_view key) = 0;
  virtual base::Result<std::vector<std::optional<std::string>>> MultiGet(
      PartitionId partition, std::span<const std::string> keys) = 0;
  // One page of [from, to) (`to` empty = to the end of the key space), in the direction given; the
  // caller goes on from the last key (exclusive). One page is one consistent moment, two are not.
  virtual base::Status ReadRange(PartitionId partition, std::string_view from, std::string_view to,
                                 Direction direction, const ReadLimits& limits, Page& page) = 0;
  virtual base::Status DeleteRange(PartitionId partition, std::string_view from,
                                   std::string_view to) = 0;
  // Several loads of disjoint ranges may run at once.
  virtual base::Result<std::unique_ptr<BulkLoad>> StartBulkLoad(PartitionId partition) = 0;
  // An estimate of the bytes held in [from, to).
  virtual base::Result<uint64_t> EstimateBytes(std::string_view from, std::string_view to) = 0;
  virtual Statistics statistics() = 0;
};

// The smallest key greater than every key with this prefix; empty when there is none.
std::string PrefixEnd(std::string_view prefix);

}  // namespace dray::kv
