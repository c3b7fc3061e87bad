// SPDX-License-Identifier: Apache-2.0
// How far an import into a table has come, for its record; docs/formats/import-job.md. Pure. What
// was done of each object is in its position (position.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "transfer/import_into/counters.h"
#include "transfer/jobs/failure.h"

namespace dray::import_into {

enum class Phase {
  kReading,
  kWriting,
  kDone
};  // stored as names; each entered once, in this order

// Objects that are written before those of the next step: the files of one incremental export.
struct Step {
  std::string manifest_key;  // of an incremental export
  int64_t from_micros = 0, to_micros = 0;
  uint64_t first_object = 0, object_count = 0;
  std::string format;  // InputFormat's name
  bool operator==(const Step&) const = default;
};

struct Checkpoint {
  Phase phase = Phase::kReading;
  std::string manifest_key;  // of an export's manifest among the source objects: the wrong prefix
  std::vector<Step> steps;   // from kWriting on
  uint64_t steps_done = 0;
  std::string source_table_arn;      // of the incremental exports
  std::optional<int64_t> at_micros;  // the table is a copy of that one as of then
  Counters counters;                 // from kDone on
  std::optional<jobs::Failure> failure;
  bool operator==(const Checkpoint&) const = default;
};

std::string RenderCheckpoint(const Checkpoint& checkpoint);
// An empty text is the checkpoint of a job that has not begun.
base::Result<Checkpoint> ParseCheckpoint(std::string_view json);

// What Describe reads back while the job runs.
struct Live {
  Counters counters;
  double share_done = 0;
};
std::string RenderLive(const Live& live);
base::Result<Live> ParseLive(std::string_view json);

}  // namespace dray::import_into
