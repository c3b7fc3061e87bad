// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/restore_overrides.h"

#include <algorithm>
#include <set>
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;
using table::BillingMode;
using table::IndexDescriptor;
using table::IndexKind;
using table::TableDescriptor;

std::string_view MemberOf(IndexKind kind) {
  return kind == IndexKind::kGlobal ? "GlobalSecondaryIndexOverride"
                                    : "LocalSecondaryIndexOverride";
}

std::optional<std::vector<IndexRequest>> ReadIndexes(const JsonView& body, IndexKind kind) {
  std::optional<JsonView> list = body.Find(MemberOf(kind));
  if (!list) return std::nullopt;
  std::vector<IndexRequest> requests;
  (void)list->ForEachElement([&](JsonView index) {
    requests.push_back(ReadIndex(index, kind));
    return base::Ok();
  });
  return requests;
}

bool HasKeys(const item::KeySchema& schema, const std::vector<KeyRequest>& keys) {
  std::vector<std::string> hash, range, wanted_hash, wanted_range;
  for (const item::KeyElement& element : schema.hash) hash.push_back(element.name);
  for (const item::KeyElement& element : schema.range) range.push_back(element.name);
  for (const KeyRequest& key : keys) (key.is_hash ? wanted_hash : wanted_range).push_back(key.name);
  return hash == wanted_hash && range == wanted_range;
}

// A restored index is one that was there: the same name, keys and projection.
Result<IndexDescriptor> FindSame(const TableDescriptor& source, const IndexRequest& request) {
  ASSIGN_OR_RETURN(table::Projection projection, CheckProjection(request));
  for (const IndexDescriptor& index : source.indexes) {
    if (index.kind == request.kind && index.name == request.name &&
        index.status != table::IndexStatus::kDeleting && HasKeys(index.key_schema, request.keys) &&
        index.projection.type == projection.type &&
        index.projection.non_key_attributes == projection.non_key_attributes) {
      return index;
    }
  }
  return InvalidParameter("The index " + request.name + " of " +
                          std::string(MemberOf(request.kind)) +
                          " does not match an index of the table at the restored moment");
}

// What an index may have under the new table's billing mode.
Status SetIndexCapacity(BillingMode source_mode, BillingMode mode, const IndexRequest* request,
                        IndexDescriptor& index) {
  CapacitySettings settings;
  settings.on_demand = CapacitySettings::FromJson(index.pass_through_json).on_demand;
  if (mode == BillingMode::kPayPerRequest) {
    if (request != nullptr && request->provisioned) {
      return InvalidParameter("ProvisionedThroughput should not be specified for index: " +
                              index.name + " when BillingMode is PAY_PER_REQUEST");
    }
    index.provisioned = {};
  } else {
    settings.on_demand = {};
    if (request != nullptr && request->provisioned) {
      index.provisioned = *request->provisioned;
    } else if (source_mode == BillingMode::kPayPerRequest) {
      return InvalidParameter("ProvisionedThroughput is not specified for index: " + index.name);
    }
    RETURN_IF_ERROR(CheckProvisionedBounds(index.provisioned));
  }
  if (request != nullptr) {
    RETURN_IF_ERROR(CheckOnDemandAtCreation({index.name}, mode, request->on_demand));
    RETURN_IF_ERROR(CheckWarmAtCreation({index.name}, mode, index.provisioned, request->warm));
    ApplyOnDemand(request->on_demand, settings);
    settings.warm = request->warm;
  }
  index.pass_through_json = settings.ToJson();
  return base::Ok();
}

Status AppendIndexes(const TableDescriptor& source, IndexKind kind,
                     const std::optional<std::vector<IndexRequest>>& requests,
                     TableDescriptor& target) {
  auto append = [&](IndexDescriptor index, const IndexRequest* request) -> Status {
    if (kind == IndexKind::kGlobal) {
      RETURN_IF_ERROR(SetIndexCapacity(source.billing_mode, target.billing_mode, request, index));
    }
    target.indexes.push_back(std::move(index));
    return base::Ok();
  };
  if (!requests) {
    for (const IndexDescriptor& index : source.indexes) {
      if (index.kind != kind || index.status == table::IndexStatus::kDeleting) continue;
      RETURN_IF_ERROR(append(index, nullptr));
    }
    return base::Ok();
  }
  std::set<std::string_view> names;
  for (const IndexRequest& request : *requests) {
    if (!names.insert(request.name).second) {
      return InvalidParameter("Duplicate index name: " + request.name);
    }
    ASSIGN_OR_RETURN(IndexDescriptor index, FindSame(source, request));
    RETURN_IF_ERROR(append(std::move(index), &request));
  }
  return base::Ok();
}

Status SetBilling(const TableDescriptor& source, const RestoreOverrides& overrides,
                  TableDescriptor& target) {
  target.billing_mode = overrides.billing_mode.value_or(source.billing_mode);
  CapacitySettings settings;
  if (target.billing_mode == BillingMode::kPayPerRequest) {
    if (overrides.provisioned) {
      return InvalidParameter(
          "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
          "PAY_PER_REQUEST");
    }
    settings.on_demand = CapacitySettings::FromJson(source.pass_through_json).on_demand;
  } else {
    if (overrides.provisioned) {
      target.provisioned = *overrides.provisioned;
    } else if (source.billing_mode == BillingMode::kProvisioned) {
      target.provisioned = source.provisioned;
    } else {
      return InvalidParameter(
          "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
          "PROVISIONED");
    }
    RETURN_IF_ERROR(CheckProvisionedBounds(target.provisioned));
  }
  RETURN_IF_ERROR(CheckOnDemandAtCreation({}, target.billing_mode, overrides.on_demand));
  ApplyOnDemand(overrides.on_demand, settings);
  target.pass_through_json = settings.ToJson();
  return base::Ok();
}

}  // namespace

Result<RestoreOverrides> ReadRestoreOverrides(const JsonView& body) {
  RestoreOverrides overrides;
  if (auto mode = OptionalString(body, "BillingModeOverride")) {
    overrides.billing_mode =
        *mode == "PROVISIONED" ? BillingMode::kProvisioned : BillingMode::kPayPerRequest;
  }
  if (auto throughput = body.Find("ProvisionedThroughputOverride")) {
    overrides.provisioned =
        table::Throughput{OptionalInt(*throughput, "ReadCapacityUnits").value_or(0),
                          OptionalInt(*throughput, "WriteCapacityUnits").value_or(0)};
  }
  if (auto on_demand = body.Find("OnDemandThroughputOverride")) {
    overrides.on_demand = {OptionalInt(*on_demand, "MaxReadRequestUnits"),
                           OptionalInt(*on_demand, "MaxWriteRequestUnits")};
  }
  if (auto sse = body.Find("SSESpecificationOverride")) {
    if (BoolOr(*sse, "Enabled", false) || StringOr(*sse, "SSEType", "AES256") == "KMS") {
      return NotSupported("SSESpecificationOverride with a KMS key");
    }
  }
  overrides.global_indexes = ReadIndexes(body, IndexKind::kGlobal);
  overrides.local_indexes = ReadIndexes(body, IndexKind::kLocal);
  return overrides;
}

Result<TableDescriptor> ApplyOverrides(const TableDescriptor& source,
                                       const RestoreOverrides& overrides,
                                       const TableName& target_name) {
  TableDescriptor target;
  target.account = target_name.account;
  target.name = target_name.name;
  target.key_schema = source.key_schema;
  RETURN_IF_ERROR(SetBilling(source, overrides, target));
  RETURN_IF_ERROR(AppendIndexes(source, IndexKind::kLocal, overrides.local_indexes, target));
  RETURN_IF_ERROR(AppendIndexes(source, IndexKind::kGlobal, overrides.global_indexes, target));
  target.attribute_definitions = DefinitionsInUse(target);
  return target;
}

}  // namespace dray::dynamodb
