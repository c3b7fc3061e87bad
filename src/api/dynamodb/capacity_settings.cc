// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/capacity_settings.h"

#include <algorithm>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

using base::Status;
using table::BillingMode;
using table::Throughput;

constexpr int64_t kMicrosOfDay = 24ll * 60 * 60 * 1'000'000;
constexpr int64_t kUnitsMax = 1'000'000'000'000;
constexpr int64_t kClears = -1;
// What AWS has ready for every on-demand table and index.
constexpr Throughput kInitialOnDemand{12'000, 4'000};

constexpr std::string_view kMaxRead = "MaxReadRequestUnits";
constexpr std::string_view kMaxWrite = "MaxWriteRequestUnits";
constexpr std::string_view kReadPerSecond = "ReadUnitsPerSecond";
constexpr std::string_view kWritePerSecond = "WriteUnitsPerSecond";

std::optional<int64_t> IntOf(const json::Object& object, std::string_view name) {
  const json::Value* value = object.Find(name);
  return value != nullptr ? value->Int64() : std::nullopt;
}

UnitPair PairOf(const json::Object& object, std::string_view name, std::string_view read,
                std::string_view write) {
  const json::Value* value = object.Find(name);
  if (value == nullptr || value->object() == nullptr) return {};
  return {IntOf(*value->object(), read), IntOf(*value->object(), write)};
}

UnitPair ReadPair(const JsonView& body, std::string_view name, std::string_view read,
                  std::string_view write) {
  std::optional<JsonView> value = body.Find(name);
  if (!value) return {};
  return {OptionalInt(*value, read), OptionalInt(*value, write)};
}

void WritePair(json::Writer& writer, std::string_view name, std::string_view read,
               std::string_view write, const UnitPair& pair) {
  if (!pair.has_any()) return;
  writer.Name(name).StartObject();
  if (pair.read) writer.Name(read).Int(*pair.read);
  if (pair.write) writer.Name(write).Int(*pair.write);
  writer.EndObject();
}

void WriteUnlessZero(json::Writer& writer, std::string_view name, int64_t value) {
  if (value != 0) writer.Name(name).Int(value);
}

// "table", or "index NAME" and "index : NAME": AWS's texts have both.
std::string Whose(CapacityOwner owner, std::string_view separator = " ") {
  return owner.index.empty() ? "table"
                             : "index" + std::string(separator) + std::string(owner.index);
}

Status CheckOnDemandRange(CapacityOwner owner, const UnitPair& on_demand, bool may_clear) {
  for (auto [name, value] : {std::pair(kMaxRead, on_demand.read), {kMaxWrite, on_demand.write}}) {
    if (!value || *value >= 1 || (may_clear && *value == kClears)) continue;
    return InvalidParameter("Requested " + std::string(name) + " for OnDemandThroughput for " +
                            Whose(owner, " : ") + " is outside of valid range");
  }
  return base::Ok();
}

}  // namespace

CapacitySettings CapacitySettings::FromJson(std::string_view pass_through_json) {
  CapacitySettings settings;
  if (pass_through_json.empty()) return settings;
  base::Result<json::Value> parsed = json::Parse(pass_through_json);
  if (!parsed || parsed->object() == nullptr) return settings;
  const json::Object& object = *parsed->object();
  settings.on_demand = PairOf(object, "OnDemandThroughput", kMaxRead, kMaxWrite);
  settings.warm = PairOf(object, "WarmThroughput", kReadPerSecond, kWritePerSecond);
  settings.increased_at = IntOf(object, "increased_at").value_or(0);
  settings.decreased_at = IntOf(object, "decreased_at").value_or(0);
  settings.decreases = IntOf(object, "decreases").value_or(0);
  settings.on_demand_at = IntOf(object, "on_demand_at").value_or(0);
  settings.class_changed_at = IntOf(object, "class_changed_at").value_or(0);
  return settings;
}

std::string CapacitySettings::ToJson() const {
  std::string out;
  json::Writer writer(out);
  writer.StartObject();
  WritePair(writer, "OnDemandThroughput", kMaxRead, kMaxWrite, on_demand);
  WritePair(writer, "WarmThroughput", kReadPerSecond, kWritePerSecond, warm);
  WriteUnlessZero(writer, "increased_at", increased_at);
  WriteUnlessZero(writer, "decreased_at", decreased_at);
  WriteUnlessZero(writer, "decreases", decreases);
  WriteUnlessZero(writer, "on_demand_at", on_demand_at);
  WriteUnlessZero(writer, "class_changed_at", class_changed_at);
  writer.EndObject();
  return out == "{}" ? std::string() : out;
}

void CapacitySettings::NoteThroughput(const Throughput& before, const Throughput& after,
                                      BillingMode mode_after, int64_t now_micros) {
  if (after.read_units > before.read_units || after.write_units > before.write_units) {
    increased_at = now_micros;
  }
  if (after.read_units < before.read_units || after.write_units < before.write_units) {
    decreases = DecreasesToday(now_micros) + 1;
    decreased_at = now_micros;
  }
  // It never drops.
  Throughput reached = Warm(BillingMode::kProvisioned, before);
  reached.read_units = std::max(reached.read_units, after.read_units);
  reached.write_units = std::max(reached.write_units, after.write_units);
  if (mode_after == BillingMode::kPayPerRequest) {
    reached.read_units = std::max(reached.read_units, kInitialOnDemand.read_units);
    reached.write_units = std::max(reached.write_units, kInitialOnDemand.write_units);
  }
  warm = {reached.read_units, reached.write_units};
}

int64_t CapacitySettings::DecreasesToday(int64_t now_micros) const {
  return decreased_at / kMicrosOfDay == now_micros / kMicrosOfDay ? decreases : 0;
}

Throughput CapacitySettings::Warm(BillingMode mode, const Throughput& provisioned) const {
  const Throughput& least = mode == BillingMode::kPayPerRequest ? kInitialOnDemand : provisioned;
  return {std::max(least.read_units, warm.read.value_or(0)),
          std::max(least.write_units, warm.write.value_or(0))};
}

std::optional<Throughput> ReadProvisioned(const JsonView& body) {
  std::optional<JsonView> throughput = body.Find("ProvisionedThroughput");
  if (!throughput) return std::nullopt;
  return Throughput{OptionalInt(*throughput, "ReadCapacityUnits").value_or(0),
                    OptionalInt(*throughput, "WriteCapacityUnits").value_or(0)};
}

UnitPair ReadOnDemand(const JsonView& body) {
  return ReadPair(body, "OnDemandThroughput", kMaxRead, kMaxWrite);
}

UnitPair ReadWarm(const JsonView& body) {
  return ReadPair(body, "WarmThroughput", kReadPerSecond, kWritePerSecond);
}

base::Error NoUnitsOnDemand() {
  return InvalidParameter(
      "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
      "PAY_PER_REQUEST");
}

Status CheckProvisionedBounds(const Throughput& throughput) {
  for (auto [name, value] : {std::pair("ReadCapacityUnits", throughput.read_units),
                             {"WriteCapacityUnits", throughput.write_units}}) {
    if (value > kUnitsMax) {
      return ValidationError("Given value " + std::to_string(value) + " for " + name +
                             " is out of bounds");
    }
  }
  return base::Ok();
}

Status CheckOnDemandAtCreation(CapacityOwner owner, BillingMode mode, const UnitPair& on_demand) {
  if (on_demand.has_any() && mode == BillingMode::kProvisioned) {
    std::string text(on_demand.read ? kMaxRead : kMaxWrite);
    text += " for OnDemandThroughput";
    if (!owner.index.empty()) text += " for index: " + std::string(owner.index);
    return InvalidParameter(text + " cannot be specified when table BillingMode is PROVISIONED.");
  }
  return CheckOnDemandRange(owner, on_demand, /*may_clear=*/false);
}

Status CheckWarmAtCreation(CapacityOwner owner, BillingMode mode, const Throughput& provisioned,
                           const UnitPair& warm) {
  bool is_on_demand = mode == BillingMode::kPayPerRequest;
  const Throughput& least = is_on_demand ? kInitialOnDemand : provisioned;
  struct Row {
    std::string_view name, provisioned_name;
    std::optional<int64_t> value;
    int64_t least;
  };
  for (const Row& row :
       {Row{kReadPerSecond, "ReadCapacityUnits", warm.read, least.read_units},
        Row{kWritePerSecond, "WriteCapacityUnits", warm.write, least.write_units}}) {
    if (!row.value || *row.value >= row.least) continue;
    std::string text = "Requested " + std::string(row.name) + " for WarmThroughput for " +
                       Whose(owner) + " is lower than ";
    if (is_on_demand) {
      text +=
          "initial throughput for OnDemand. See: "
          "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/"
          "on-demand-capacity-mode.html#on-demand-capacity-mode-initial";
    } else {
      text += std::string(row.provisioned_name) + " of ProvisionedThroughput";
    }
    return InvalidParameter(text);
  }
  return base::Ok();
}

Status CheckOnDemandChange(CapacityOwner owner, BillingMode mode, const UnitPair& on_demand) {
  if (on_demand.has_any() && mode == BillingMode::kProvisioned) {
    std::string text(on_demand.read ? kMaxRead : kMaxWrite);
    text += " for OnDemandThroughput";
    if (!owner.index.empty()) text += " for index : " + std::string(owner.index);
    return InvalidParameter(text +
                            " cannot be specified when the table BillingMode is PROVISIONED");
  }
  return CheckOnDemandRange(owner, on_demand, /*may_clear=*/true);
}

Status CheckWarmChange(CapacityOwner owner, const Throughput& current, const UnitPair& warm) {
  for (auto [name, value, least] : {std::tuple(kReadPerSecond, warm.read, current.read_units),
                                    {kWritePerSecond, warm.write, current.write_units}}) {
    if (!value || *value >= least) continue;
    return InvalidParameter("Requested " + std::string(name) + " for WarmThroughput for " +
                            Whose(owner) +
                            " is lower than current WarmThroughput, decreasing WarmThroughput is "
                            "not supported");
  }
  return base::Ok();
}

void ApplyOnDemand(const UnitPair& change, CapacitySettings& settings) {
  auto apply = [](std::optional<int64_t> wanted, std::optional<int64_t>& value) {
    if (wanted) value = *wanted == kClears ? std::nullopt : wanted;
  };
  apply(change.read, settings.on_demand.read);
  apply(change.write, settings.on_demand.write);
}

void ApplyWarm(const UnitPair& change, const Throughput& current, CapacitySettings& settings) {
  if (!change.has_any()) return;
  settings.warm = {change.read.value_or(current.read_units),
                   change.write.value_or(current.write_units)};
}

}  // namespace dray::dynamodb
