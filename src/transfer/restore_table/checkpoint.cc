// SPDX-License-Identifier: Apache-2.0
#include "transfer/restore_table/checkpoint.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "base/big_endian.h"
#include "base/text_encoding.h"
#include "format/json/json.h"
#include "transfer/jobs/record_json.h"

namespace dray::restore_table {
namespace {

constexpr int64_t kVersion = 1;
// Each is a line of the checkpoint, which is stored as a whole.
constexpr uint64_t kRangesPerPartitionMax = 64;
constexpr std::string_view kPhaseNames[] = {"creating", "copying", "loaded"};

base::Error Damaged() {
  return base::Error{base::ErrorKind::kCorruption, "A restore's checkpoint is damaged", {}};
}

std::string HexOf(uint64_t hash) {
  std::string bytes;
  base::AppendBigEndian64(hash, bytes);
  return base::HexEncode(bytes);
}

base::Result<uint64_t> HashOf(const jobs::RecordJson& members, std::string_view name) {
  ASSIGN_OR_RETURN(std::string text, members.String(name));
  auto bytes = base::HexDecode(text);
  if (!bytes || bytes->size() != 8) return Damaged();
  return base::ReadBigEndian64(*bytes);
}

base::Result<RangeProgress> ParseRange(const jobs::RecordJson& members) {
  RangeProgress range;
  ASSIGN_OR_RETURN(range.range.first, HashOf(members, "first"));
  ASSIGN_OR_RETURN(range.range.last, HashOf(members, "last"));
  ASSIGN_OR_RETURN(std::string position, members.String("position"));
  auto bytes = base::HexDecode(position);
  if (!bytes) return Damaged();
  range.position = *std::move(bytes);
  ASSIGN_OR_RETURN(range.is_done, members.Bool("done"));
  return range;
}

}  // namespace

std::string RenderCheckpoint(const Checkpoint& checkpoint) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject().Name("version").Int(kVersion);
  writer.Name("phase").String(kPhaseNames[static_cast<size_t>(checkpoint.phase)]);
  writer.Name("table_number").Int(static_cast<int64_t>(checkpoint.table_number));
  writer.Name("ranges").StartArray();
  for (const RangeProgress& range : checkpoint.ranges) {
    writer.StartObject();
    writer.Name("first").String(HexOf(range.range.first));
    writer.Name("last").String(HexOf(range.range.last));
    writer.Name("position").String(base::HexEncode(range.position));
    writer.Name("done").Bool(range.is_done);
    writer.EndObject();
  }
  writer.EndArray().Name("loader").String(base::Base64Encode(checkpoint.loader));
  writer.EndObject();
  return out;
}

base::Result<Checkpoint> ParseCheckpoint(std::string_view json) {
  Checkpoint checkpoint;
  if (json.empty()) return checkpoint;
  ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(json, kVersion));
  ASSIGN_OR_RETURN(const size_t phase, members.IndexIn(kPhaseNames, "phase"));
  checkpoint.phase = static_cast<Phase>(phase);
  ASSIGN_OR_RETURN(checkpoint.table_number, members.Count("table_number"));
  ASSIGN_OR_RETURN(const json::Array* ranges, members.Array("ranges"));
  for (const json::Value& value : *ranges) {
    if (value.object() == nullptr) return Damaged();
    ASSIGN_OR_RETURN(RangeProgress range, ParseRange(jobs::RecordJson(*value.object())));
    checkpoint.ranges.push_back(std::move(range));
  }
  ASSIGN_OR_RETURN(std::string loader, members.String("loader"));
  auto bytes = base::Base64Decode(loader);
  if (!bytes) return Damaged();
  checkpoint.loader = *std::move(bytes);
  return checkpoint;
}

std::vector<RangeProgress> PlanRanges(const std::vector<table::HashRange>& partitions,
                                      uint64_t table_bytes, uint64_t range_bytes) {
  std::vector<RangeProgress> plan;
  const uint64_t partition_bytes = table_bytes / std::max<size_t>(1, partitions.size());
  const uint64_t wanted = std::clamp<uint64_t>(
      partition_bytes / std::max<uint64_t>(1, range_bytes) + 1, 1, kRangesPerPartitionMax);
  for (const table::HashRange& partition : partitions) {
    // Widths are one less than counts, so that 2^64 hashes need no larger type.
    const uint64_t width = partition.last - partition.first;
    const uint64_t count = std::min(wanted, std::max<uint64_t>(1, width / kRangesPerPartitionMax));
    const uint64_t step = width / count;
    uint64_t first = partition.first;
    for (uint64_t i = 0; i < count; ++i) {
      const uint64_t last = i + 1 == count ? partition.last : first + step;
      plan.push_back({{first, last}, {}, false});
      first = last + 1;
    }
  }
  return plan;
}

}  // namespace dray::restore_table
