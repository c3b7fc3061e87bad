// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/consumed_capacity.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr Member kMembers[] = {
    kTableNameMember,
    {.name = "Key", .type = MemberType::kMap, .required = true},
    kReturnConsumedCapacityMember,
    kReturnItemCollectionMetricsMember,
    {.name = "ReturnValues", .type = MemberType::kString, .values = kReturnValuesValues},
};
constexpr Member kConditionMembers[] = {
    {.name = "Expected", .refused = true},
    {.name = "ConditionalOperator", .refused = true},
    {.name = "ConditionExpression", .refused = true},
    {.name = "ReturnValuesOnConditionCheckFailure", .refused = true},
};
constexpr Shape kShape{"DeleteItemInput", kMembers};
constexpr Shape kConditionShape{"DeleteItemInput", kConditionMembers};
constexpr std::string_view kLegacy[] = {"Expected", "ConditionalOperator"};
constexpr std::string_view kExpressions[] = {"ConditionExpression"};

class DeleteItem final : public Call {
 public:
  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(services, table));
    ASSIGN_OR_RETURN(item::PrimaryKey primary_key,
                     item::KeyOfKeyMap(open.descriptor.key_schema, key.view()));
    ASSIGN_OR_RETURN(
        table::MutateResult result,
        services.tables.Mutate(open.ref, primary_key, [](const table::StoredItem* old_item) {
          table::Decision decision;
          decision.kind =
              old_item != nullptr ? table::Decision::Kind::kDelete : table::Decision::Kind::kKeep;
          return base::Result<table::Decision>(std::move(decision));
        }));
    out += '{';
    bool has_old = returns_old && result.old_item.has_value();
    if (has_old) {
      out += "\"Attributes\":";
      AppendItem(item::ItemView(result.old_item->encoded()), {}, out);
    }
    size_t size_bytes = result.old_item ? result.old_item->size_bytes() : 0;
    AppendCapacityMember(capacity, table.name, WriteUnits(size_bytes), has_old, out);
    out += '}';
    return base::Ok();
  }

  TableName table;
  EncodedItem key;
  bool returns_old = false;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;
};

}  // namespace

ParsedCall ParseDeleteItem(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(body, kLegacy, kExpressions));
  RETURN_IF_ERROR(CheckShape(body, kConditionShape));
  auto call = std::make_unique<DeleteItem>();
  std::string_view returns = StringOr(body, "ReturnValues", "NONE");
  if (returns != "NONE" && returns != "ALL_OLD") {
    return ValidationError("ReturnValues can only be ALL_OLD or NONE");
  }
  call->returns_old = returns == "ALL_OLD";
  call->capacity = ReadReturnConsumedCapacity(body);
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(body.Find("TableName")->string(), input.caller.account()));
  ASSIGN_OR_RETURN(call->key, ReadAttributes(*body.Find("Key")));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
