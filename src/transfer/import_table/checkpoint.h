// SPDX-License-Identifier: Apache-2.0
// How far an import has come, for its record; docs/formats/import-job.md. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "transfer/jobs/failure.h"

namespace dray::import_table {

struct Counters {
  uint64_t processed_items = 0;
  uint64_t imported_items = 0;
  uint64_t errors = 0;
  uint64_t processed_bytes = 0;  // uncompressed
  uint64_t filtered_items = 0;   // processed = imported + errors + filtered

  void Add(const Counters& other) {
    processed_items += other.processed_items;
    imported_items += other.imported_items;
    errors += other.errors;
    processed_bytes += other.processed_bytes;
    filtered_items += other.filtered_items;
  }
};

// Stored as names. Each phase is entered once, in this order.
enum class Phase { kListing, kCreating, kLoading, kLoaded };

struct Checkpoint {
  Phase phase = Phase::kListing;
  uint64_t object_count = 0;
  std::string manifest_key;  // of an export's manifest among the objects: the wrong prefix
  uint64_t table_number = 0;
  // Of the finished objects and of nothing else.
  std::vector<bool> is_done;  // by object
  Counters counters;
  std::string loader;  // BulkLoader::Checkpoint, which holds their items; empty: nothing is done
  // Why reading ended before all objects were read, if it did.
  std::optional<jobs::Failure> failure;
};

std::string RenderCheckpoint(const Checkpoint& checkpoint);
// An empty text is the checkpoint of a job that has not begun.
base::Result<Checkpoint> ParseCheckpoint(std::string_view json);

}  // namespace dray::import_table
