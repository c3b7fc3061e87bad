// SPDX-License-Identifier: Apache-2.0
// Reads the index of changes by key: which keys of a range of tails were written within some times,
// in the order of their tails, within bounded memory. What a range has in the generations that the
// times touch is merged; a range with too many keys is cut short.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/table/table.h"
#include "storage/table/table_state.h"

namespace dray::table {

struct TimeRange {
  int64_t from_micros = 0;
  int64_t to_micros = INT64_MAX;  // exclusive
};

// One key and its first and last change within the times.
struct ChangedKey {
  std::string tail;
  int64_t first_micros = 0;
  int64_t last_micros = 0;
};

// A range of tails within a range of hashes: behind `after`, up to `end`, or to the end of the
// hashes.
struct TailRange {
  std::string after;  // empty: from the start of the hashes
  std::string end;
  bool is_bounded = false;  // by `end`, which is inside
};

// Used by one thread.
class ChangeIndex {
 public:
  ChangeIndex(kv::Engine& engine, Table& table, const ViewOptions& options, TimeRange times)
      : engine_(engine), table_(table), options_(options), times_(times) {}

  // Fills `changed` with the keys of the range, which lies in one partition, and cuts the range
  // short behind one of them when there are many. The list of generations is taken anew.
  base::Status Read(kv::PartitionId partition, HashRange hashes, TailRange& range,
                    std::vector<ChangedKey>& changed);

 private:
  base::Status ReadGeneration(int64_t generation, kv::PartitionId partition, HashRange hashes,
                              TailRange& range, std::vector<ChangedKey>& changed);

  kv::Engine& engine_;
  Table& table_;
  const ViewOptions options_;
  const TimeRange times_;
  kv::Page page_;
};

// Of each of the tails, which ascend and lie in one partition, the earliest change at or after a
// time that stands in one of the generations, which ascend too; 0 where there is none. One seek for
// each tail and generation at most, fewer where the tails are close, and none once the change is
// found.
base::Result<std::vector<int64_t>> EarliestChanges(kv::Engine& engine, const Table& table,
                                                   kv::PartitionId partition,
                                                   std::span<const int64_t> generations,
                                                   const std::vector<std::string_view>& tails,
                                                   int64_t from_micros);

}  // namespace dray::table
