// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/table_change.h"

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

Error InUse(std::string_view detail) {
  return {ErrorKind::kInUse,
          "Attempt to change a resource which is still in use: " + std::string(detail),
          reason::kResourceInUse};
}

Error LimitExceeded(std::string_view detail) {
  return {ErrorKind::kLimitExceeded, "Subscriber limit exceeded: " + std::string(detail), {}};
}

const IndexDescriptor* FindIndex(const TableDescriptor& descriptor, std::string_view name) {
  auto found = std::find_if(descriptor.indexes.begin(), descriptor.indexes.end(),
                            [&](const IndexDescriptor& index) { return index.name == name; });
  return found != descriptor.indexes.end() ? &*found : nullptr;
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

// A table's throughput changes again when the indexes that go away are gone.
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
  BillingMode mode = change.mode_after(descriptor);
  bool is_switch = mode != descriptor.billing_mode;
  if (change.provisioned && mode == BillingMode::kPayPerRequest) {
    return NoUnitsOnDemand();
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
  RETURN_IF_ERROR(CheckOnDemandChange({}, change.mode_after(descriptor), change.on_demand));
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
  BillingMode mode = change.mode_after(descriptor);
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
  BillingMode mode = change.mode_after(descriptor);
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

}  // namespace

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

}  // namespace dray::dynamodb
