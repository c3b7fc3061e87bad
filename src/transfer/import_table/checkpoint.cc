// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/checkpoint.h"

#include "base/text_encoding.h"
#include "format/json/json.h"
#include "transfer/jobs/record_json.h"

namespace dray::import_table {
namespace {

constexpr int64_t kVersion = 1;
constexpr std::string_view kPhaseNames[] = {"listing", "creating", "loading", "loaded"};

base::Error Damaged() {
  return base::Error{base::ErrorKind::kCorruption, "An import's checkpoint is damaged", {}};
}

// Object i is bit i mod 8, lowest first, of byte i / 8.
std::string RenderBits(const std::vector<bool>& bits) {
  std::string bytes((bits.size() + 7) / 8, '\0');
  for (size_t i = 0; i < bits.size(); ++i) {
    if (bits[i]) bytes[i / 8] = static_cast<char>(bytes[i / 8] | 1 << i % 8);
  }
  return base::Base64Encode(bytes);
}

base::Result<std::vector<bool>> ParseBits(std::string_view text, uint64_t count) {
  auto bytes = base::Base64Decode(text);
  if (!bytes || bytes->size() != (count + 7) / 8) return Damaged();
  std::vector<bool> bits(count);
  for (size_t i = 0; i < count; ++i) bits[i] = ((*bytes)[i / 8] >> i % 8 & 1) != 0;
  return bits;
}

}  // namespace

std::string RenderCheckpoint(const Checkpoint& checkpoint) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject().Name("version").Int(kVersion);
  writer.Name("phase").String(kPhaseNames[static_cast<size_t>(checkpoint.phase)]);
  writer.Name("object_count").Int(static_cast<int64_t>(checkpoint.object_count));
  writer.Name("manifest_key").String(checkpoint.manifest_key);
  writer.Name("table_number").Int(static_cast<int64_t>(checkpoint.table_number));
  writer.Name("done").String(RenderBits(checkpoint.is_done));
  const Counters& counters = checkpoint.counters;
  writer.Name("processed_items").Int(static_cast<int64_t>(counters.processed_items));
  writer.Name("imported_items").Int(static_cast<int64_t>(counters.imported_items));
  writer.Name("errors").Int(static_cast<int64_t>(counters.errors));
  writer.Name("processed_bytes").Int(static_cast<int64_t>(counters.processed_bytes));
  writer.Name("filtered_items").Int(static_cast<int64_t>(counters.filtered_items));
  writer.Name("loader").String(checkpoint.loader);
  jobs::WriteFailure(checkpoint.failure, writer);
  writer.EndObject();
  return out;
}

base::Result<Checkpoint> ParseCheckpoint(std::string_view json) {
  Checkpoint checkpoint;
  if (json.empty()) return checkpoint;
  ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(json, kVersion));
  ASSIGN_OR_RETURN(const size_t phase, members.IndexIn(kPhaseNames, "phase"));
  checkpoint.phase = static_cast<Phase>(phase);
  ASSIGN_OR_RETURN(checkpoint.object_count, members.Count("object_count"));
  ASSIGN_OR_RETURN(checkpoint.manifest_key, members.String("manifest_key"));
  ASSIGN_OR_RETURN(checkpoint.table_number, members.Count("table_number"));
  ASSIGN_OR_RETURN(std::string done, members.String("done"));
  ASSIGN_OR_RETURN(checkpoint.is_done, ParseBits(done, checkpoint.object_count));
  Counters& counters = checkpoint.counters;
  ASSIGN_OR_RETURN(counters.processed_items, members.Count("processed_items"));
  ASSIGN_OR_RETURN(counters.imported_items, members.Count("imported_items"));
  ASSIGN_OR_RETURN(counters.errors, members.Count("errors"));
  ASSIGN_OR_RETURN(counters.processed_bytes, members.Count("processed_bytes"));
  // Imports of servers that had no transforms have none.
  if (members.OptionalInt("filtered_items")) {
    ASSIGN_OR_RETURN(counters.filtered_items, members.Count("filtered_items"));
  }
  ASSIGN_OR_RETURN(checkpoint.loader, members.String("loader"));
  ASSIGN_OR_RETURN(checkpoint.failure, members.Failure());
  return checkpoint;
}

}  // namespace dray::import_table
