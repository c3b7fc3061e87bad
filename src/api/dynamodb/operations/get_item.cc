// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/consumed_capacity.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr Member kMembers[] = {
    kTableNameMember,
    {.name = "Key", .type = MemberType::kMap, .required = true},
    {.name = "AttributesToGet", .type = MemberType::kStrings, .min = 1},
    {.name = "ConsistentRead", .type = MemberType::kBoolean},
    kReturnConsumedCapacityMember,
};
constexpr Member kExpressionMembers[] = {
    {.name = "ProjectionExpression", .refused = true},
};
constexpr Shape kShape{"GetItemInput", kMembers};
constexpr Shape kExpressionShape{"GetItemInput", kExpressionMembers};
constexpr std::string_view kLegacy[] = {"AttributesToGet"};
constexpr std::string_view kExpressions[] = {"ProjectionExpression"};

class GetItem final : public Call {
 public:
  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(services, table));
    ASSIGN_OR_RETURN(item::PrimaryKey primary_key,
                     item::KeyOfKeyMap(open.descriptor.key_schema, key.view()));
    ASSIGN_OR_RETURN(std::optional<table::StoredItem> found,
                     services.tables.Get(open.ref, primary_key));
    out += '{';
    if (found) {
      out += "\"Item\":";
      AppendItem(item::ItemView(found->encoded()), attributes_to_get, out);
    }
    double units = ReadUnits(found ? found->size_bytes() : 0, is_consistent);
    AppendCapacityMember(capacity, table.name, units, found.has_value(), out);
    out += '}';
    return base::Ok();
  }

  TableName table;
  EncodedItem key;
  std::vector<std::string> attributes_to_get;
  bool is_consistent = false;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;
};

}  // namespace

ParsedCall ParseGetItem(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(body, kLegacy, kExpressions));
  RETURN_IF_ERROR(CheckShape(body, kExpressionShape));
  auto call = std::make_unique<GetItem>();
  call->is_consistent = BoolOr(body, "ConsistentRead", false);
  call->capacity = ReadReturnConsumedCapacity(body);
  ASSIGN_OR_RETURN(call->attributes_to_get, ReadAttributesToGet(body));
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(body.Find("TableName")->string(), input.caller.account()));
  ASSIGN_OR_RETURN(call->key, ReadAttributes(*body.Find("Key")));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
