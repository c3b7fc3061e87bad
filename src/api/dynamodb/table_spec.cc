// SPDX-License-Identifier: Apache-2.0
//
// The order of AWS's checks, as far as it is known: billing, definitions, the table's keys, the
// lists of indexes and their keys, definitions that nothing uses, then each index's projection,
// throughput and name, then how many there are.
#include "api/dynamodb/table_spec.h"

#include <algorithm>
#include <set>
#include <utility>

#include "api/dynamodb/capacity_settings.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/index_spec.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/tags.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;
using table::BillingMode;
using table::IndexDescriptor;
using table::IndexKind;
using table::TableDescriptor;

Status ReadBilling(const JsonView& body, TableDescriptor& spec) {
  std::optional<table::Throughput> throughput = ReadProvisioned(body);
  if (StringOr(body, "BillingMode", "PROVISIONED") == "PAY_PER_REQUEST") {
    if (throughput) return NoUnitsOnDemand();
    spec.billing_mode = BillingMode::kPayPerRequest;
  } else {
    if (!throughput) {
      return InvalidParameter(
          "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is "
          "PROVISIONED");
    }
    RETURN_IF_ERROR(CheckProvisionedBounds(*throughput));
    spec.billing_mode = BillingMode::kProvisioned;
    spec.provisioned = *throughput;
  }
  CapacitySettings settings;
  settings.on_demand = ReadOnDemand(body);
  settings.warm = ReadWarm(body);
  RETURN_IF_ERROR(CheckOnDemandAtCreation({}, spec.billing_mode, settings.on_demand));
  RETURN_IF_ERROR(CheckWarmAtCreation({}, spec.billing_mode, spec.provisioned, settings.warm));
  spec.pass_through_json = settings.ToJson();
  return base::Ok();
}

// Adds the indexes of one list to `requests`.
Status ReadIndexes(const JsonView& body, std::string_view member, IndexKind kind,
                   std::vector<IndexRequest>& requests) {
  std::optional<JsonView> list = body.Find(member);
  if (!list) return base::Ok();
  if (list->size() == 0) return InvalidParameter("List of " + std::string(member) + " is empty");
  return list->ForEachElement([&](JsonView index) {
    requests.push_back(ReadIndex(index, kind));
    return base::Ok();
  });
}

Status CheckAllAreUsed(const TableDescriptor& spec,
                       const std::vector<item::KeyElement>& definitions) {
  std::vector<item::KeyElement> used = DefinitionsInUse(spec);
  if (used.size() == definitions.size()) return base::Ok();
  if (spec.indexes.empty()) {
    return InvalidParameter(
        "Number of attributes in KeySchema does not exactly match number of attributes defined in "
        "AttributeDefinitions");
  }
  return InvalidParameter("Some AttributeDefinitions are not used. AttributeDefinitions: " +
                          NameList(definitions) + ", keys used: " + NameList(used));
}

// What a global index may say of its capacity.
Status ReadIndexCapacity(const IndexRequest& request, BillingMode mode, IndexDescriptor& index) {
  if (mode == BillingMode::kPayPerRequest && request.provisioned) {
    return InvalidParameter("ProvisionedThroughput should not be specified for index: " +
                            request.name + " when BillingMode is PAY_PER_REQUEST");
  }
  if (mode == BillingMode::kProvisioned && !request.provisioned) {
    return InvalidParameter("ProvisionedThroughput is not specified for index: " + request.name);
  }
  index.provisioned = request.provisioned.value_or(table::Throughput{});
  RETURN_IF_ERROR(CheckProvisionedBounds(index.provisioned));
  RETURN_IF_ERROR(CheckOnDemandAtCreation({request.name}, mode, request.on_demand));
  RETURN_IF_ERROR(CheckWarmAtCreation({request.name}, mode, index.provisioned, request.warm));
  CapacitySettings settings;
  settings.on_demand = request.on_demand;
  settings.warm = request.warm;
  index.pass_through_json = settings.ToJson();
  return base::Ok();
}

Status CheckCounts(const std::vector<IndexDescriptor>& indexes) {
  auto locals = static_cast<size_t>(
      std::count_if(indexes.begin(), indexes.end(),
                    [](const IndexDescriptor& index) { return index.kind == IndexKind::kLocal; }));
  if (locals > kLocalIndexesMax) {
    return InvalidParameter("Number of LocalSecondaryIndexes exceeds per-table limit of 5");
  }
  if (indexes.size() - locals > kGlobalIndexesMax) {
    return InvalidParameter("GlobalSecondaryIndex count exceeds the per-table limit of 20");
  }
  return base::Ok();
}

Status ReadKeysAndIndexes(const JsonView& body, TableDescriptor& spec) {
  ASSIGN_OR_RETURN(spec.attribute_definitions, ReadDefinitions(body));
  ASSIGN_OR_RETURN(spec.key_schema, CheckTableKeys(ReadKeys(body), spec.attribute_definitions));
  std::vector<IndexRequest> requests;
  RETURN_IF_ERROR(ReadIndexes(body, "LocalSecondaryIndexes", IndexKind::kLocal, requests));
  if (!requests.empty() && spec.key_schema.range.empty()) {
    return InvalidParameter(
        "Table KeySchema does not have a range key, which is required when specifying a "
        "LocalSecondaryIndex");
  }
  RETURN_IF_ERROR(ReadIndexes(body, "GlobalSecondaryIndexes", IndexKind::kGlobal, requests));
  for (const IndexRequest& request : requests) {
    IndexDescriptor index;
    index.name = request.name;
    index.kind = request.kind;
    ASSIGN_OR_RETURN(index.key_schema,
                     CheckIndexKeySchema(request, spec.key_schema, spec.attribute_definitions));
    spec.indexes.push_back(std::move(index));
  }
  RETURN_IF_ERROR(CheckAllAreUsed(spec, spec.attribute_definitions));
  std::set<std::string_view> names;
  for (size_t i = 0; i < requests.size(); ++i) {
    IndexDescriptor& index = spec.indexes[i];
    ASSIGN_OR_RETURN(index.projection, CheckProjection(requests[i]));
    if (index.kind == IndexKind::kGlobal) {
      RETURN_IF_ERROR(ReadIndexCapacity(requests[i], spec.billing_mode, index));
    }
    if (!names.insert(index.name).second) {
      return InvalidParameter("Duplicate index name: " + index.name);
    }
  }
  RETURN_IF_ERROR(CheckCounts(spec.indexes));
  return CheckProjectedTotal(spec.indexes);
}

}  // namespace

Status CheckTableClass(std::string_view table_class) {
  if (table_class.empty() || table_class == "STANDARD" ||
      table_class == "STANDARD_INFREQUENT_ACCESS") {
    return base::Ok();
  }
  return ValidationError(
      "Invalid table-class parameter provided. Please try again with a valid table-class value: "
      "[STANDARD, STANDARD_INFREQUENT_ACCESS].");
}

Status RefuseWhatIsTurnedOn(const JsonView& body) {
  if (auto sse = body.Find("SSESpecification")) {
    if (BoolOr(*sse, "Enabled", false) || StringOr(*sse, "SSEType", "AES256") == "KMS") {
      return NotSupported("SSESpecification with a KMS key");
    }
  }
  if (auto stream = body.Find("StreamSpecification")) {
    if (BoolOr(*stream, "StreamEnabled", false)) return NotSupported("StreamSpecification");
  }
  return base::Ok();
}

Result<TableDescriptor> ReadTableSpec(const JsonView& body, std::string_view account) {
  TableDescriptor spec;
  spec.account = account;
  spec.name = body.Find("TableName")->string();
  RETURN_IF_ERROR(ReadBilling(body, spec));
  RETURN_IF_ERROR(ReadKeysAndIndexes(body, spec));
  spec.table_class = StringOr(body, "TableClass", "");
  RETURN_IF_ERROR(CheckTableClass(spec.table_class));
  RETURN_IF_ERROR(RefuseWhatIsTurnedOn(body));
  spec.is_deletion_protected = BoolOr(body, "DeletionProtectionEnabled", false);
  if (auto tags = body.Find("Tags")) {
    ASSIGN_OR_RETURN(spec.tags, ReadTags(*tags));
  }
  return spec;
}

}  // namespace dray::dynamodb
