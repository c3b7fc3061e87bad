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
    {.name = "Item", .type = MemberType::kMap, .required = true},
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
constexpr Shape kShape{"PutItemInput", kMembers};
constexpr Shape kConditionShape{"PutItemInput", kConditionMembers};
constexpr std::string_view kLegacy[] = {"Expected", "ConditionalOperator"};
constexpr std::string_view kExpressions[] = {"ConditionExpression"};

class PutItem final : public Call {
 public:
  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(services, table));
    ASSIGN_OR_RETURN(item::PrimaryKey key,
                     item::KeyOfItem(open.descriptor.key_schema, item.view()));
    if (item.size_bytes > item::kItemBytesMax) {
      return ValidationError("Item size has exceeded the maximum allowed size");
    }
    size_t size_bytes = item.size_bytes;
    ASSIGN_OR_RETURN(table::MutateResult result,
                     services.tables.Mutate(open.ref, key, [&](const table::StoredItem*) {
                       // A retried guard calls this again: the bytes are copied, not moved.
                       return base::Result<table::Decision>(
                           table::Decision{table::Decision::Kind::kPut, item.bytes, size_bytes});
                     }));
    out += '{';
    bool has_old = returns_old && result.old_item.has_value();
    if (has_old) {
      out += "\"Attributes\":";
      AppendItem(item::ItemView(result.old_item->encoded()), {}, out);
    }
    size_t larger = std::max(size_bytes, result.old_item ? result.old_item->size_bytes() : 0);
    AppendCapacityMember(capacity, table.name, WriteUnits(larger), has_old, out);
    out += '}';
    return base::Ok();
  }

  TableName table;
  EncodedItem item;
  bool returns_old = false;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;
};

}  // namespace

ParsedCall ParsePutItem(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(body, kLegacy, kExpressions));
  RETURN_IF_ERROR(CheckShape(body, kConditionShape));
  auto call = std::make_unique<PutItem>();
  std::string_view returns = StringOr(body, "ReturnValues", "NONE");
  if (returns != "NONE" && returns != "ALL_OLD") {
    return ValidationError("ReturnValues can only be ALL_OLD or NONE");
  }
  call->returns_old = returns == "ALL_OLD";
  call->capacity = ReadReturnConsumedCapacity(body);
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(body.Find("TableName")->string(), input.caller.account()));
  ASSIGN_OR_RETURN(call->item, ReadAttributes(*body.Find("Item")));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
