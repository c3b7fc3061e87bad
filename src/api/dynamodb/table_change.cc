// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/table_change.h"

#include <algorithm>
#include <set>
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_spec.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;
using table::BillingMode;
using table::IndexDescriptor;
using table::IndexKind;
using table::TableDescriptor;
using table::Throughput;

constexpr std::string_view kNothingGiven =
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
    "OnDemandThroughput, WarmThroughput or TableClass is required";

Status CheckOnlyOperation(const JsonView& body, const TableChange& change) {
  bool has_sse = body.Find("SSESpecification").has_value();
  bool has_index_updates = body.Find("GlobalSecondaryIndexUpdates").has_value();
  bool has_billing = change.billing_mode || change.provisioned;
  int others = (change.on_demand.has_any() ? 1 : 0) + (has_billing ? 1 : 0) +
               (has_index_updates ? 1 : 0) + (change.disables_stream ? 1 : 0);
  int alone = (has_sse ? 1 : 0) + (change.table_class ? 1 : 0) +
              (change.is_deletion_protected ? 1 : 0) + (change.warm.has_any() ? 1 : 0);
  if (alone == 0) {
    if (change.on_demand.has_any() && (has_index_updates || change.provisioned)) {
      return InvalidParameter(
          "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request");
    }
    return base::Ok();
  }
  if (alone + others == 1) return base::Ok();
  std::string_view what;
  if (has_sse) {
    what = "Server-Side Encryption modification";
  } else if (change.table_class) {
    what = "TableClass modification";
  } else if (change.is_deletion_protected) {
    what = "DeletionProtection modification";
  } else if (!change.created_indexes.empty()) {
    return InvalidParameter(
        "Create global secondary index cannot be specified when updating WarmThroughput");
  } else {
    what = "WarmThroughput";
  }
  return InvalidParameter(std::string(what) + " must be the only operation in the request");
}

Status ReadIndexUpdate(const JsonView& body, TableChange& change) {
  std::optional<JsonView> update = body.Find("Update");
  std::optional<JsonView> create = body.Find("Create");
  std::optional<JsonView> removal = body.Find("Delete");
  int actions = (update ? 1 : 0) + (create ? 1 : 0) + (removal ? 1 : 0);
  if (actions == 0) {
    return InvalidParameter(
        "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
        "GlobalSecondaryIndexUpdate.Delete must not be null");
  }
  if (actions > 1) {
    return InvalidParameter(
        "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object");
  }
  if (create) change.created_indexes.push_back(ReadIndex(*create, IndexKind::kGlobal));
  if (removal) change.deleted_indexes.emplace_back(removal->Find("IndexName")->string());
  if (!update) return base::Ok();
  IndexUpdate wanted{std::string(update->Find("IndexName")->string()), ReadProvisioned(*update),
                     ReadOnDemand(*update), ReadWarm(*update)};
  if (update->Find("WarmThroughput") && !wanted.warm.has_any()) {
    return InvalidParameter(
        "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond "
        "specified for index: " +
        wanted.name);
  }
  change.index_updates.push_back(std::move(wanted));
  return base::Ok();
}

Status ReadIndexUpdates(const JsonView& body, TableChange& change) {
  std::optional<JsonView> updates = body.Find("GlobalSecondaryIndexUpdates");
  if (!updates) return base::Ok();
  RETURN_IF_ERROR(updates->ForEachElement(
      [&](JsonView update) -> Status { return ReadIndexUpdate(update, change); }));
  std::set<std::string> names;
  auto add = [&](const std::string& name) -> Status {
    if (names.insert(name).second) return base::Ok();
    return InvalidParameter(
        "Only one global secondary index update per index is allowed simultaneously. Index: " +
        name);
  };
  for (const IndexRequest& index : change.created_indexes) RETURN_IF_ERROR(add(index.name));
  for (const std::string& name : change.deleted_indexes) RETURN_IF_ERROR(add(name));
  for (const IndexUpdate& update : change.index_updates) RETURN_IF_ERROR(add(update.name));
  return base::Ok();
}

// `before` and `mode`: of the table.
void ApplyToIndex(const TableChange& change, BillingMode before, BillingMode mode,
                  int64_t now_micros, IndexDescriptor& index) {
  auto update =
      std::find_if(change.index_updates.begin(), change.index_updates.end(),
                   [&](const IndexUpdate& candidate) { return candidate.name == index.name; });
  bool is_named = update != change.index_updates.end();
  bool is_switch = mode != before;
  if (!is_switch && !is_named) return;
  CapacitySettings settings = CapacitySettings::FromJson(index.pass_through_json);
  Throughput warm = settings.Warm(before, index.provisioned);
  Throughput wanted = index.provisioned;
  if (is_named) wanted = update->provisioned.value_or(wanted);
  if (mode == BillingMode::kPayPerRequest) wanted = {};
  if (is_switch) settings.on_demand = {};
  if (is_switch || update->provisioned) {
    settings.warm = {warm.read_units, warm.write_units};
    settings.NoteThroughput(index.provisioned, wanted, mode, now_micros);
  }
  if (is_named) {
    ApplyOnDemand(update->on_demand, settings);
    ApplyWarm(update->warm, warm, settings);
  }
  index.provisioned = wanted;
  index.pass_through_json = settings.ToJson();
}

}  // namespace

bool TableChange::changes_settings() const {
  return billing_mode || provisioned || on_demand.has_any() || warm.has_any() || table_class ||
         is_deletion_protected || !index_updates.empty();
}

Result<TableChange> ReadTableChange(const JsonView& body) {
  TableChange change;
  if (auto mode = OptionalString(body, "BillingMode")) {
    change.billing_mode =
        *mode == "PAY_PER_REQUEST" ? BillingMode::kPayPerRequest : BillingMode::kProvisioned;
  }
  change.provisioned = ReadProvisioned(body);
  change.on_demand = ReadOnDemand(body);
  change.warm = ReadWarm(body);
  change.table_class = OptionalString(body, "TableClass");
  if (auto protection = body.Find("DeletionProtectionEnabled")) {
    change.is_deletion_protected = protection->boolean();
  }
  change.disables_stream = body.Find("StreamSpecification").has_value();
  std::optional<JsonView> updates = body.Find("GlobalSecondaryIndexUpdates");
  bool has_sse = body.Find("SSESpecification").has_value();
  bool has_updates = updates && updates->size() > 0;
  if (!change.changes_settings() && !change.disables_stream && !has_updates && !has_sse) {
    return ValidationError(std::string(kNothingGiven));
  }
  if (change.table_class) RETURN_IF_ERROR(CheckTableClass(*change.table_class));
  if (updates && !has_updates) {
    return InvalidParameter("List of GlobalSecondaryIndexUpdates is empty");
  }
  RETURN_IF_ERROR(ReadIndexUpdates(body, change));
  RETURN_IF_ERROR(CheckOnlyOperation(body, change));
  RETURN_IF_ERROR(RefuseWhatIsTurnedOn(body));
  if (has_sse) return InvalidParameter("Table is already encrypted by default");
  if (change.provisioned) {
    if (change.billing_mode == BillingMode::kPayPerRequest) return NoUnitsOnDemand();
    RETURN_IF_ERROR(CheckProvisionedBounds(*change.provisioned));
    if (change.changes_indexes()) {
      return InvalidParameter("You cannot create or delete index while updating table IOPS");
    }
  }
  change.has_definitions = body.Find("AttributeDefinitions").has_value();
  ASSIGN_OR_RETURN(change.definitions, ReadDefinitions(body));
  return change;
}

void ApplySettings(const TableChange& change, int64_t now_micros, TableDescriptor& descriptor) {
  BillingMode mode = change.mode_after(descriptor);
  bool is_switch = mode != descriptor.billing_mode;
  CapacitySettings settings = CapacitySettings::FromJson(descriptor.pass_through_json);
  Throughput warm = settings.Warm(descriptor.billing_mode, descriptor.provisioned);
  Throughput provisioned = change.provisioned.value_or(descriptor.provisioned);
  if (is_switch) {
    settings.on_demand = {};
    if (mode == BillingMode::kPayPerRequest) {
      provisioned = {};
      settings.on_demand_at = now_micros;
    } else if (settings.on_demand_at == 0) {
      settings.on_demand_at = descriptor.created_at_micros;
    }
  }
  if (is_switch || change.provisioned) {
    settings.warm = {warm.read_units, warm.write_units};
    settings.NoteThroughput(descriptor.provisioned, provisioned, mode, now_micros);
  }
  ApplyOnDemand(change.on_demand, settings);
  ApplyWarm(change.warm, warm, settings);
  if (change.table_class &&
      (*change.table_class != "STANDARD" || !descriptor.table_class.empty()) &&
      *change.table_class != descriptor.table_class) {
    descriptor.table_class = *change.table_class;
    settings.class_changed_at = now_micros;
  }
  if (change.is_deletion_protected) {
    descriptor.is_deletion_protected = *change.is_deletion_protected;
  }
  for (IndexDescriptor& index : descriptor.indexes) {
    if (index.kind == IndexKind::kGlobal) {
      ApplyToIndex(change, descriptor.billing_mode, mode, now_micros, index);
    }
  }
  descriptor.billing_mode = mode;
  descriptor.provisioned = provisioned;
  descriptor.pass_through_json = settings.ToJson();
}

}  // namespace dray::dynamodb
