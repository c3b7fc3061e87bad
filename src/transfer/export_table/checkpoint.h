// SPDX-License-Identifier: Apache-2.0
// How far an export has come, for its record; docs/formats/export-job.md. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/table/table.h"

namespace dray::export_table {

// One range of hashes that one thread works on. The plan is made once, so that a resumed job cuts
// the table into the same files.
struct RangeProgress {
  table::HashRange range;
  std::string position;  // of the view's cursor, behind the last finished file
  uint64_t parts = 0;    // finished files
  bool is_done = false;
};

struct DataFile {
  uint64_t range = 0;  // index of its range in the plan
  uint64_t part = 0;
  uint64_t item_count = 0;
  uint64_t compressed_bytes = 0;
  std::string md5_base64;
  std::string etag;
};

struct OpenUpload {
  std::string key;
  std::string upload_id;
  bool operator==(const OpenUpload&) const = default;
};

struct Checkpoint {
  std::vector<RangeProgress> ranges;
  std::vector<DataFile> files;
  std::vector<OpenUpload> uploads;  // begun and not finished: aborted when the job is resumed
  int64_t end_time_micros = 0;      // set once all data files are there: the manifest's endTime
  // Totals over the finished files, and where the manifest is, for descriptions.
  uint64_t item_count = 0;
  uint64_t compressed_bytes = 0;
  uint64_t image_bytes = 0;  // of an incremental export: sizes of the images, as AWS counts them
  std::string manifest_key;  // once the export is complete
};

std::string RenderCheckpoint(const Checkpoint& checkpoint);
// An empty text is the checkpoint of a job that has not begun.
base::Result<Checkpoint> ParseCheckpoint(std::string_view json);

// Cuts each partition into ranges of about `range_bytes`, as far as `table_bytes` is spread evenly.
std::vector<RangeProgress> PlanRanges(const std::vector<table::HashRange>& partitions,
                                      uint64_t table_bytes, uint64_t range_bytes);

}  // namespace dray::export_table
