// SPDX-License-Identifier: Apache-2.0
#include "transfer/export_table/checkpoint.h"

#include <algorithm>

#include "base/big_endian.h"
#include "base/text_encoding.h"
#include "format/json/json.h"
#include "transfer/jobs/record_json.h"

namespace dray::export_table {
namespace {

constexpr int64_t kVersion = 1;
constexpr uint64_t kRangesPerPartitionMax = 4096;

std::string Hex(uint64_t value) {
  std::string bytes;
  base::AppendBigEndian64(value, bytes);
  return base::HexEncode(bytes);
}

base::Error Damaged() {
  return base::Error{base::ErrorKind::kCorruption, "An export's checkpoint is damaged", {}};
}

base::Result<std::string> HexBytesOf(const jobs::RecordJson& members, std::string_view name) {
  ASSIGN_OR_RETURN(std::string text, members.String(name));
  auto bytes = base::HexDecode(text);
  if (!bytes) return Damaged();
  return *std::move(bytes);
}

base::Result<uint64_t> HexNumberOf(const jobs::RecordJson& members, std::string_view name) {
  ASSIGN_OR_RETURN(std::string bytes, HexBytesOf(members, name));
  if (bytes.size() != 8) return Damaged();
  return base::ReadBigEndian64(bytes);
}

// Calls `read` with each object of the array.
template <class Read>
base::Status ForEachObject(const jobs::RecordJson& members, std::string_view name, Read read) {
  ASSIGN_OR_RETURN(const json::Array* array, members.Array(name));
  for (const json::Value& value : *array) {
    if (value.object() == nullptr) return Damaged();
    RETURN_IF_ERROR(read(jobs::RecordJson(*value.object())));
  }
  return base::Ok();
}

base::Status ReadRange(const jobs::RecordJson& members, Checkpoint& checkpoint) {
  RangeProgress range;
  ASSIGN_OR_RETURN(range.range.first, HexNumberOf(members, "first"));
  ASSIGN_OR_RETURN(range.range.last, HexNumberOf(members, "last"));
  ASSIGN_OR_RETURN(range.position, HexBytesOf(members, "position"));
  ASSIGN_OR_RETURN(range.parts, members.Count("parts"));
  ASSIGN_OR_RETURN(range.is_done, members.Bool("done"));
  checkpoint.ranges.push_back(std::move(range));
  return base::Ok();
}

base::Status ReadFile(const jobs::RecordJson& members, Checkpoint& checkpoint) {
  DataFile file;
  ASSIGN_OR_RETURN(file.range, members.Count("range"));
  if (file.range >= checkpoint.ranges.size()) return Damaged();
  ASSIGN_OR_RETURN(file.part, members.Count("part"));
  ASSIGN_OR_RETURN(file.item_count, members.Count("items"));
  ASSIGN_OR_RETURN(file.compressed_bytes, members.Count("bytes"));
  ASSIGN_OR_RETURN(file.md5_base64, members.String("md5"));
  ASSIGN_OR_RETURN(file.etag, members.String("etag"));
  checkpoint.files.push_back(std::move(file));
  return base::Ok();
}

base::Status ReadUpload(const jobs::RecordJson& members, Checkpoint& checkpoint) {
  OpenUpload upload;
  ASSIGN_OR_RETURN(upload.key, members.String("key"));
  ASSIGN_OR_RETURN(upload.upload_id, members.String("id"));
  checkpoint.uploads.push_back(std::move(upload));
  return base::Ok();
}

}  // namespace

std::string RenderCheckpoint(const Checkpoint& checkpoint) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject().Name("version").Int(kVersion);
  writer.Name("item_count").Int(static_cast<int64_t>(checkpoint.item_count));
  writer.Name("compressed_bytes").Int(static_cast<int64_t>(checkpoint.compressed_bytes));
  writer.Name("image_bytes").Int(static_cast<int64_t>(checkpoint.image_bytes));
  writer.Name("manifest_key").String(checkpoint.manifest_key);
  writer.Name("end_time_micros").Int(checkpoint.end_time_micros);
  writer.Name("ranges").StartArray();
  for (const RangeProgress& range : checkpoint.ranges) {
    writer.StartObject();
    writer.Name("first").String(Hex(range.range.first)).Name("last").String(Hex(range.range.last));
    writer.Name("position").String(base::HexEncode(range.position));
    writer.Name("parts").Int(static_cast<int64_t>(range.parts));
    writer.Name("done").Bool(range.is_done).EndObject();
  }
  writer.EndArray().Name("files").StartArray();
  for (const DataFile& file : checkpoint.files) {
    writer.StartObject();
    writer.Name("range").Int(static_cast<int64_t>(file.range));
    writer.Name("part").Int(static_cast<int64_t>(file.part));
    writer.Name("items").Int(static_cast<int64_t>(file.item_count));
    writer.Name("bytes").Int(static_cast<int64_t>(file.compressed_bytes));
    writer.Name("md5").String(file.md5_base64).Name("etag").String(file.etag).EndObject();
  }
  writer.EndArray().Name("uploads").StartArray();
  for (const OpenUpload& upload : checkpoint.uploads) {
    writer.StartObject().Name("key").String(upload.key).Name("id").String(upload.upload_id);
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  return out;
}

base::Result<Checkpoint> ParseCheckpoint(std::string_view json) {
  Checkpoint checkpoint;
  if (json.empty()) return checkpoint;
  ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(json, kVersion));
  ASSIGN_OR_RETURN(checkpoint.item_count, members.Count("item_count"));
  ASSIGN_OR_RETURN(checkpoint.compressed_bytes, members.Count("compressed_bytes"));
  checkpoint.image_bytes = static_cast<uint64_t>(members.OptionalInt("image_bytes").value_or(0));
  ASSIGN_OR_RETURN(checkpoint.manifest_key, members.String("manifest_key"));
  ASSIGN_OR_RETURN(checkpoint.end_time_micros, members.Int("end_time_micros"));
  RETURN_IF_ERROR(ForEachObject(members, "ranges", [&](const jobs::RecordJson& object) {
    return ReadRange(object, checkpoint);
  }));
  RETURN_IF_ERROR(ForEachObject(members, "files", [&](const jobs::RecordJson& object) {
    return ReadFile(object, checkpoint);
  }));
  RETURN_IF_ERROR(ForEachObject(members, "uploads", [&](const jobs::RecordJson& object) {
    return ReadUpload(object, checkpoint);
  }));
  return checkpoint;
}

std::vector<RangeProgress> PlanRanges(const std::vector<table::HashRange>& partitions,
                                      uint64_t table_bytes, uint64_t range_bytes) {
  std::vector<RangeProgress> plan;
  const uint64_t partition_bytes = table_bytes / std::max<size_t>(1, partitions.size());
  const uint64_t wanted =
      std::clamp<uint64_t>(partition_bytes / std::max<uint64_t>(1, range_bytes) +
                               (partition_bytes % std::max<uint64_t>(1, range_bytes) != 0),
                           1, kRangesPerPartitionMax);
  for (const table::HashRange& partition : partitions) {
    // Differences of hashes, so that a partition of all 2^64 hashes needs no larger type.
    const uint64_t count =
        std::min(wanted, std::max<uint64_t>(1, partition.last - partition.first));
    const uint64_t step = (partition.last - partition.first) / count;
    for (uint64_t i = 0; i < count; ++i) {
      RangeProgress part;
      part.range.first = partition.first + i * step + (i > 0 ? 1 : 0);
      part.range.last = i + 1 == count ? partition.last : partition.first + (i + 1) * step;
      plan.push_back(std::move(part));
    }
  }
  return plan;
}

}  // namespace dray::export_table
