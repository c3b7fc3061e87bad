// SPDX-License-Identifier: Apache-2.0
// How far a restore has come, for its record; docs/formats/restore-job.md. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/table/table.h"

namespace dray::restore_table {

// Stored as names. Each phase is entered once, in this order.
enum class Phase { kCreating, kCopying, kLoaded };

struct RangeProgress {
  table::HashRange range;
  std::string position;  // of the view's cursor: the items before it are in the loader
  bool is_done = false;
};

struct Checkpoint {
  Phase phase = Phase::kCreating;
  uint64_t table_number = 0;
  std::vector<RangeProgress> ranges;  // the plan, made once
  std::string loader;  // BulkLoader::Checkpoint, which holds what the positions say; or empty
};

std::string RenderCheckpoint(const Checkpoint& checkpoint);
// An empty text is the checkpoint of a job that has not begun.
base::Result<Checkpoint> ParseCheckpoint(std::string_view json);

// Cuts each partition into ranges of about `range_bytes`, as far as `table_bytes` is spread evenly.
std::vector<RangeProgress> PlanRanges(const std::vector<table::HashRange>& partitions,
                                      uint64_t table_bytes, uint64_t range_bytes);

}  // namespace dray::restore_table
