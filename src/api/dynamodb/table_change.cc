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

using base::Error;
using base::ErrorKind;
using base::Result;
using base::Status;
using table::BillingMode;
using table::IndexDescriptor;
using table::IndexKind;
using table::IndexStatus;
using table::TableDescriptor;
using table::Throughput;

constexpr std::string_view kNothingGiven =
    "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
    "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
    "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
    "OnDemandThroughput, WarmThroughput or TableClass is required";
constexpr std::string_view kNeitherUnits =
    "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
    "PAY_PER_REQUEST";

Error InUse(std::string_view detail) {
  return {ErrorKind::kInUse,
          "Attempt to change a resource which is still in use: " + std::string(detail),
          reason::kResourceInUse};
}

Error LimitExceeded(std::string_view detail) {
  return {ErrorKind::kLimitExceeded, "Subscriber limit exceeded: " + std::string(detail), {}};
}

// ---- without the table
// -----------------------------------------------------------------------------

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

// ---- with the table
// --------------------------------------------------------------------------------

const IndexDescriptor* FindIndex(const TableDescriptor& descriptor, std::string_view name) {
  auto found = std::find_if(descriptor.indexes.begin(), descriptor.indexes.end(),
                            [&](const IndexDescriptor& index) { return index.name == name; });
  return found != descriptor.indexes.end() ? &*found : nullptr;
}

BillingMode ModeAfter(const TableChange& change, const TableDescriptor& descriptor) {
  return change.billing_mode.value_or(descriptor.billing_mode);
}

// "will not change": `owner` is "the table" or "the index NAME", `short_owner` what follows "for".
Error WillNotChange(const std::string& owner, const std::string& short_owner,
                    const Throughput& units) {
  std::string read = std::to_string(units.read_units);
  std::string write = std::to_string(units.write_units);
  return ValidationError(
      "The provisioned throughput for " + owner +
      " will not change. The requested value equals the current value. Current ReadCapacityUnits "
      "provisioned for " +
      short_owner + ": " + read + ". Requested ReadCapacityUnits: " + read +
      ". Current WriteCapacityUnits provisioned for " + short_owner + ": " + write +
      ". Requested WriteCapacityUnits: " + write +
      ". Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher "
      "limits.");
}

bool AreEqual(const Throughput& a, const Throughput& b) {
  return a.read_units == b.read_units && a.write_units == b.write_units;
}

// Reads of a table's throughput wait until its indexes that go away are gone.
Status CheckNoneIsBeingDeleted(const TableDescriptor& descriptor) {
  std::string names;
  for (const IndexDescriptor& index : descriptor.indexes) {
    if (index.status != IndexStatus::kDeleting) continue;
    names += (names.empty() ? "" : ", ") + index.name;
  }
  if (names.empty()) return base::Ok();
  return InUse("Can't change table IOPS when an index is being deleted. Table: " + descriptor.name +
               " Indexes: [" + names + "]");
}

Status CheckBilling(const TableChange& change, const TableDescriptor& descriptor) {
  BillingMode mode = ModeAfter(change, descriptor);
  bool is_switch = mode != descriptor.billing_mode;
  if (change.provisioned && mode == BillingMode::kPayPerRequest) {
    return InvalidParameter(kNeitherUnits);
  }
  if (change.billing_mode == BillingMode::kProvisioned && !change.provisioned) {
    return InvalidParameter(
        "ProvisionedThroughput must be specified when BillingMode is "
        "PROVISIONED");
  }
  if (is_switch || change.provisioned) RETURN_IF_ERROR(CheckNoneIsBeingDeleted(descriptor));
  if (is_switch && mode == BillingMode::kProvisioned) {
    std::string without;
    for (const IndexDescriptor& index : descriptor.indexes) {
      if (index.kind != IndexKind::kGlobal) continue;
      bool is_given = std::any_of(
          change.index_updates.begin(), change.index_updates.end(), [&](const IndexUpdate& update) {
            return update.name == index.name && update.provisioned.has_value();
          });
      if (!is_given) without += (without.empty() ? "" : ",") + index.name;
    }
    if (!without.empty()) {
      return InvalidParameter("ProvisionedThroughput must be specified for index: " + without);
    }
  }
  if (change.provisioned && !is_switch && AreEqual(*change.provisioned, descriptor.provisioned)) {
    return WillNotChange("the table", "the table", descriptor.provisioned);
  }
  return base::Ok();
}

Status CheckTableCapacity(const TableChange& change, const TableDescriptor& descriptor) {
  RETURN_IF_ERROR(CheckOnDemandChange({}, ModeAfter(change, descriptor), change.on_demand));
  if (change.on_demand.has_any()) {
    for (auto [status, doing] :
         {std::pair(IndexStatus::kDeleting, "deletion"), {IndexStatus::kCreating, "creation"}}) {
      std::string names;
      for (const IndexDescriptor& index : descriptor.indexes) {
        if (index.status == status) names += (names.empty() ? "" : ", ") + index.name;
      }
      if (names.empty()) continue;
      return InUse("OnDemandThroughput cannot be updated while index " + std::string(doing) +
                   " is in progress for indexes: [" + names + "]");
    }
  }
  CapacitySettings settings = CapacitySettings::FromJson(descriptor.pass_through_json);
  return CheckWarmChange({}, settings.Warm(descriptor.billing_mode, descriptor.provisioned),
                         change.warm);
}

Result<const IndexDescriptor*> FindGlobal(const TableDescriptor& descriptor,
                                          const std::string& name, std::string_view verb) {
  const IndexDescriptor* index = FindIndex(descriptor, name);
  if (index == nullptr) {
    return Error{ErrorKind::kNotFound,
                 "Requested resource not found: Index " + name + " for table " + descriptor.name,
                 reason::kResourceNotFound};
  }
  if (index->kind != IndexKind::kGlobal) {
    return ValidationError("Cannot " + std::string(verb) +
                           " an index that is not a GlobalSecondaryIndex: " + name);
  }
  return index;
}

Error IndexIsBeing(std::string_view done, const TableDescriptor& descriptor,
                   const std::string& name) {
  return InUse("Index is being " + std::string(done) + ". Table: " + descriptor.name +
               " Index: " + name);
}

Status CheckIndexUpdate(const IndexUpdate& update, const TableChange& change,
                        const TableDescriptor& descriptor) {
  ASSIGN_OR_RETURN(const IndexDescriptor* index, FindGlobal(descriptor, update.name, "update"));
  if (index->status == IndexStatus::kCreating) {
    return IndexIsBeing("created", descriptor, update.name);
  }
  if (index->status == IndexStatus::kDeleting) {
    return IndexIsBeing("deleted", descriptor, update.name);
  }
  BillingMode mode = ModeAfter(change, descriptor);
  bool has_capacity = update.on_demand.has_any() || update.warm.has_any();
  if (mode == BillingMode::kPayPerRequest && (update.provisioned || !has_capacity)) {
    return InvalidParameter("The only Updates for index: " + update.name +
                            " when TableThroughputMode is PAY_PER_REQUEST can be to "
                            "OnDemandThroughput, WarmThroughput");
  }
  if (mode == BillingMode::kProvisioned && !update.provisioned && !has_capacity) {
    return InvalidParameter(
        "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " +
        update.name);
  }
  if (update.provisioned) {
    RETURN_IF_ERROR(CheckProvisionedBounds(*update.provisioned));
    if (mode == descriptor.billing_mode && AreEqual(*update.provisioned, index->provisioned)) {
      return WillNotChange("the index " + update.name, "index " + update.name, index->provisioned);
    }
  }
  RETURN_IF_ERROR(CheckOnDemandChange({update.name}, mode, update.on_demand));
  CapacitySettings settings = CapacitySettings::FromJson(index->pass_through_json);
  return CheckWarmChange({update.name}, settings.Warm(descriptor.billing_mode, index->provisioned),
                         update.warm);
}

// One index comes or goes at a time.
Status CheckIndexCounts(const TableChange& change, const TableDescriptor& descriptor) {
  if (!change.changes_indexes()) return base::Ok();
  constexpr std::string_view kOne =
      "Only 1 online index can be created or deleted simultaneously per table";
  if (change.created_indexes.size() + change.deleted_indexes.size() > 1) {
    return LimitExceeded(kOne);
  }
  for (const IndexDescriptor& index : descriptor.indexes) {
    bool is_it = !change.deleted_indexes.empty() && index.name == change.deleted_indexes[0];
    if (index.status != IndexStatus::kActive && !is_it) return LimitExceeded(kOne);
  }
  auto globals = static_cast<size_t>(
      std::count_if(descriptor.indexes.begin(), descriptor.indexes.end(),
                    [](const IndexDescriptor& index) { return index.kind == IndexKind::kGlobal; }));
  if (!change.created_indexes.empty() && globals >= kGlobalIndexesMax) {
    return LimitExceeded("Number of global secondary indexes exceeds per-table limit of 20");
  }
  return base::Ok();
}

Status CheckRemoval(const std::string& name, const TableDescriptor& descriptor) {
  ASSIGN_OR_RETURN(const IndexDescriptor* index, FindGlobal(descriptor, name, "delete"));
  if (index->status == IndexStatus::kDeleting) return IndexIsBeing("deleted", descriptor, name);
  if (index->status == IndexStatus::kCreating && !index->is_backfilling) {
    return InUse(
        "Index creation is in resource allocation phase. Retry deletion during backfilling phase "
        "or when the index is active. Table: " +
        descriptor.name + " Index: " + name);
  }
  return base::Ok();
}

// "key{xyz:S:HASH}"
std::string Described(const item::KeyElement& element, std::string_view key_type) {
  return "Schema:[SchemaElement: key{" + element.name + ":" +
         std::string(item::TypeName(element.type)) + ":" + std::string(key_type) + "}]";
}

// An attribute has one type in all keys of a table.
Status CheckNotRedefined(const item::KeySchema& added, const TableDescriptor& descriptor) {
  auto visit = [](const item::KeySchema& schema, const auto& visitor) -> Status {
    for (const item::KeyElement& element : schema.hash) {
      RETURN_IF_ERROR(visitor(element, "HASH"));
    }
    for (const item::KeyElement& element : schema.range) {
      RETURN_IF_ERROR(visitor(element, "RANGE"));
    }
    return base::Ok();
  };
  auto compare = [&](const item::KeySchema& existing) -> Status {
    return visit(existing, [&](const item::KeyElement& old, std::string_view old_type) -> Status {
      return visit(added, [&](const item::KeyElement& fresh, std::string_view type) -> Status {
        if (fresh.name != old.name || fresh.type == old.type) return base::Ok();
        return InvalidParameter(
            "Attributes cannot be redefined. Please check that your attribute has the same type "
            "as previously defined. Existing schema: " +
            Described(old, old_type) + " New schema: " + Described(fresh, type));
      });
    });
  };
  RETURN_IF_ERROR(compare(descriptor.key_schema));
  for (const IndexDescriptor& index : descriptor.indexes) {
    RETURN_IF_ERROR(compare(index.key_schema));
  }
  return base::Ok();
}

Result<IndexDescriptor> CheckCreation(const TableChange& change,
                                      const TableDescriptor& descriptor) {
  const IndexRequest& request = change.created_indexes[0];
  IndexDescriptor index;
  index.name = request.name;
  index.kind = IndexKind::kGlobal;
  if (!change.has_definitions) {
    return InvalidParameter("AttributeDefinitions is not specified for index: " + request.name);
  }
  ASSIGN_OR_RETURN(index.key_schema,
                   CheckIndexKeySchema(request, descriptor.key_schema, change.definitions));
  ASSIGN_OR_RETURN(index.projection, CheckProjection(request));
  BillingMode mode = ModeAfter(change, descriptor);
  if (mode == BillingMode::kPayPerRequest && request.provisioned) {
    return InvalidParameter(
        "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: " +
        request.name + " when BillingMode is PAY_PER_REQUEST");
  }
  if (mode == BillingMode::kProvisioned && !request.provisioned) {
    return InvalidParameter(
        "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: " +
        request.name);
  }
  index.provisioned = request.provisioned.value_or(Throughput{});
  RETURN_IF_ERROR(CheckProvisionedBounds(index.provisioned));
  RETURN_IF_ERROR(CheckOnDemandAtCreation({request.name}, mode, request.on_demand));
  RETURN_IF_ERROR(CheckWarmAtCreation({request.name}, mode, index.provisioned, request.warm));
  RETURN_IF_ERROR(CheckNotRedefined(index.key_schema, descriptor));
  CapacitySettings settings;
  settings.on_demand = request.on_demand;
  settings.warm = request.warm;
  index.pass_through_json = settings.ToJson();
  std::vector<IndexDescriptor> all = descriptor.indexes;
  all.push_back(index);
  RETURN_IF_ERROR(CheckProjectedTotal(all));
  return index;
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
    if (change.billing_mode == BillingMode::kPayPerRequest) return InvalidParameter(kNeitherUnits);
    RETURN_IF_ERROR(CheckProvisionedBounds(*change.provisioned));
    if (change.changes_indexes()) {
      return InvalidParameter("You cannot create or delete index while updating table IOPS");
    }
  }
  change.has_definitions = body.Find("AttributeDefinitions").has_value();
  ASSIGN_OR_RETURN(change.definitions, ReadDefinitions(body));
  return change;
}

Status CheckChangeable(const TableDescriptor& descriptor) {
  if (descriptor.status == table::TableStatus::kActive) return base::Ok();
  bool is_new = descriptor.status == table::TableStatus::kCreating;
  return InUse("Table is being " + std::string(is_new ? "created" : "deleted") + ": " +
               descriptor.name);
}

Result<std::optional<IndexDescriptor>> CheckTableChange(const TableChange& change,
                                                        const TableDescriptor& descriptor) {
  RETURN_IF_ERROR(CheckChangeable(descriptor));
  if (change.disables_stream) {
    return ValidationError("Table has no stream to disable: TableName: " + descriptor.name);
  }
  for (const IndexUpdate& update : change.index_updates) {
    // What goes away is told first, whatever else there is.
    const IndexDescriptor* index = FindIndex(descriptor, update.name);
    if (index != nullptr && index->status == IndexStatus::kDeleting) {
      return IndexIsBeing("deleted", descriptor, update.name);
    }
  }
  RETURN_IF_ERROR(CheckBilling(change, descriptor));
  RETURN_IF_ERROR(CheckTableCapacity(change, descriptor));
  for (const IndexUpdate& update : change.index_updates) {
    RETURN_IF_ERROR(CheckIndexUpdate(update, change, descriptor));
  }
  for (const IndexRequest& request : change.created_indexes) {
    const IndexDescriptor* index = FindIndex(descriptor, request.name);
    if (index == nullptr) continue;
    if (index->status == IndexStatus::kActive) {
      return ValidationError("Attempting to create an index which already exists");
    }
    return IndexIsBeing(index->status == IndexStatus::kCreating ? "created" : "deleted", descriptor,
                        request.name);
  }
  RETURN_IF_ERROR(CheckIndexCounts(change, descriptor));
  for (const std::string& name : change.deleted_indexes) {
    RETURN_IF_ERROR(CheckRemoval(name, descriptor));
  }
  if (change.created_indexes.empty()) return std::optional<IndexDescriptor>();
  ASSIGN_OR_RETURN(IndexDescriptor index, CheckCreation(change, descriptor));
  return std::optional(std::move(index));
}

void ApplySettings(const TableChange& change, int64_t now_micros, TableDescriptor& descriptor) {
  BillingMode mode = ModeAfter(change, descriptor);
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
