// SPDX-License-Identifier: Apache-2.0
// What a table or a global index says of its capacity besides ProvisionedThroughput. Nothing here
// has an effect on requests: it is stored in the descriptor's pass_through_json, and shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api/dynamodb/json_view.h"
#include "base/result.h"
#include "format/json/json.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

// Two numbers of a request, each of which may be left out.
struct UnitPair {
  std::optional<int64_t> read;
  std::optional<int64_t> write;
  bool has_any() const { return read || write; }
};

// Times are microseconds, 0 = never.
struct CapacitySettings {
  UnitPair on_demand;  // OnDemandThroughput
  UnitPair warm;       // WarmThroughput: the most that was ever asked for or provisioned
  int64_t increased_at = 0;
  int64_t decreased_at = 0;
  int64_t decreases = 0;     // on the UTC day of decreased_at
  int64_t on_demand_at = 0;  // a table's last change to PAY_PER_REQUEST; 0: since its creation
  int64_t class_changed_at = 0;

  static CapacitySettings FromJson(std::string_view pass_through_json);
  std::string ToJson() const;  // empty when nothing is set

  // Notes a change of what is provisioned.
  void NoteThroughput(const table::Throughput& before, const table::Throughput& after,
                      table::BillingMode mode_after, int64_t now_micros);
  int64_t DecreasesToday(int64_t now_micros) const;
  // What is shown as WarmThroughput: every table and index has one.
  table::Throughput Warm(table::BillingMode mode, const table::Throughput& provisioned) const;
};

// Whose numbers a text speaks of: the table's, or an index's.
struct CapacityOwner {
  std::string_view index;  // empty: the table
};

// The members of a body that passed its shape.
std::optional<table::Throughput> ReadProvisioned(const JsonView& body);
UnitPair ReadOnDemand(const JsonView& body);
UnitPair ReadWarm(const JsonView& body);

// "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified ...".
base::Error NoUnitsOnDemand();
// "Given value ... is out of bounds".
base::Status CheckProvisionedBounds(const table::Throughput& throughput);
// For CreateTable and for an index that UpdateTable creates. `provisioned` of PROVISIONED only.
base::Status CheckOnDemandAtCreation(CapacityOwner owner, table::BillingMode mode,
                                     const UnitPair& on_demand);
base::Status CheckWarmAtCreation(CapacityOwner owner, table::BillingMode mode,
                                 const table::Throughput& provisioned, const UnitPair& warm);
// For a change of what there is: -1 clears.
base::Status CheckOnDemandChange(CapacityOwner owner, table::BillingMode mode,
                                 const UnitPair& on_demand);
base::Status CheckWarmChange(CapacityOwner owner, const table::Throughput& current,
                             const UnitPair& warm);
void ApplyOnDemand(const UnitPair& change, CapacitySettings& settings);
void ApplyWarm(const UnitPair& change, const table::Throughput& current,
               CapacitySettings& settings);

}  // namespace dray::dynamodb
