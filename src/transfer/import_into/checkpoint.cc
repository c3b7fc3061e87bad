// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/checkpoint.h"

#include <cstdio>

#include "format/json/json.h"
#include "transfer/jobs/record_json.h"

namespace dray::import_into {
namespace {

constexpr int64_t kVersion = 1;
constexpr std::string_view kPhases[] = {"reading", "writing", "done"};
// In the order of Counters::ForEach.
constexpr std::string_view kCounterNames[] = {"processed", "inserted", "updated",
                                              "unchanged", "deleted",  "skipped",
                                              "filtered",  "errors",   "bytes"};

base::Error Damaged() {
  return base::Error{base::ErrorKind::kCorruption, "The checkpoint of an import is damaged", {}};
}

void RenderCounters(const Counters& counters, json::Writer& writer) {
  size_t i = 0;
  Counters::ForEach(
      counters, [&](uint64_t n) { writer.Name(kCounterNames[i++]).Int(static_cast<int64_t>(n)); });
}

base::Result<Counters> ParseCounters(const jobs::RecordJson& members) {
  Counters counters;
  size_t i = 0;
  base::Status read = base::Ok();
  Counters::ForEach(counters, [&](uint64_t& n) {
    auto count = members.Count(kCounterNames[i++]);
    if (count) {
      n = *count;
    } else if (read) {
      read = count.error();
    }
  });
  RETURN_IF_ERROR(std::move(read));
  return counters;
}

base::Result<Step> ParseStep(const json::Value& value) {
  if (value.object() == nullptr) return Damaged();
  const jobs::RecordJson members(*value.object());
  Step step;
  ASSIGN_OR_RETURN(step.manifest_key, members.String("manifest_key"));
  ASSIGN_OR_RETURN(step.from_micros, members.Int("from"));
  ASSIGN_OR_RETURN(step.to_micros, members.Int("to"));
  ASSIGN_OR_RETURN(step.first_object, members.Count("first_object"));
  ASSIGN_OR_RETURN(step.object_count, members.Count("object_count"));
  ASSIGN_OR_RETURN(step.format, members.String("format"));
  return step;
}

}  // namespace

std::string RenderCheckpoint(const Checkpoint& checkpoint) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject().Name("version").Int(kVersion);
  writer.Name("phase").String(kPhases[static_cast<size_t>(checkpoint.phase)]);
  writer.Name("source_manifest_key").String(checkpoint.manifest_key);
  writer.Name("steps").StartArray();
  for (const Step& step : checkpoint.steps) {
    writer.StartObject().Name("manifest_key").String(step.manifest_key);
    writer.Name("from").Int(step.from_micros).Name("to").Int(step.to_micros);
    writer.Name("first_object").Int(static_cast<int64_t>(step.first_object));
    writer.Name("object_count").Int(static_cast<int64_t>(step.object_count));
    writer.Name("format").String(step.format).EndObject();
  }
  writer.EndArray();
  writer.Name("steps_done").Int(static_cast<int64_t>(checkpoint.steps_done));
  writer.Name("source_table_arn").String(checkpoint.source_table_arn);
  if (checkpoint.at_micros) writer.Name("at").Int(*checkpoint.at_micros);
  RenderCounters(checkpoint.counters, writer);
  jobs::WriteFailure(checkpoint.failure, writer);
  writer.EndObject();
  return out;
}

base::Result<Checkpoint> ParseCheckpoint(std::string_view json) {
  Checkpoint checkpoint;
  if (json.empty()) return checkpoint;
  ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(json, kVersion));
  ASSIGN_OR_RETURN(const size_t phase, members.IndexIn(kPhases, "phase"));
  checkpoint.phase = static_cast<Phase>(phase);
  ASSIGN_OR_RETURN(checkpoint.manifest_key, members.String("source_manifest_key"));
  ASSIGN_OR_RETURN(const json::Array* steps, members.Array("steps"));
  for (const json::Value& value : *steps) {
    ASSIGN_OR_RETURN(Step step, ParseStep(value));
    checkpoint.steps.push_back(std::move(step));
  }
  ASSIGN_OR_RETURN(checkpoint.steps_done, members.Count("steps_done"));
  if (checkpoint.steps_done > checkpoint.steps.size()) return Damaged();
  ASSIGN_OR_RETURN(checkpoint.source_table_arn, members.String("source_table_arn"));
  checkpoint.at_micros = members.OptionalInt("at");
  ASSIGN_OR_RETURN(checkpoint.counters, ParseCounters(members));
  ASSIGN_OR_RETURN(checkpoint.failure, members.Failure());
  return checkpoint;
}

std::string RenderLive(const Live& live) {
  std::string out;
  json::Writer writer(out);
  writer.StartObject();
  RenderCounters(live.counters, writer);
  char share[16];
  std::snprintf(share, sizeof(share), "%.4f", live.share_done);
  writer.Name("share").Raw(share);
  writer.EndObject();
  return out;
}

base::Result<Live> ParseLive(std::string_view json) {
  ASSIGN_OR_RETURN(auto members, jobs::RecordJson::Parse(json));
  Live live;
  ASSIGN_OR_RETURN(live.counters, ParseCounters(members));
  live.share_done = members.DoubleOr("share", 0);
  return live;
}

}  // namespace dray::import_into
