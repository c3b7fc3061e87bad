// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/item_page.h"
#include "api/dynamodb/key_condition.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/request_parameters.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr std::string_view kSelectValues[] = {"SPECIFIC_ATTRIBUTES", "COUNT", "ALL_ATTRIBUTES",
                                              "ALL_PROJECTED_ATTRIBUTES"};
constexpr Member kMembers[] = {
    kTableNameMember,
    {.name = "IndexName",
     .type = MemberType::kString,
     .min = 3,
     .max = 255,
     .pattern = &kTableNamePattern},
    {.name = "Select", .type = MemberType::kString, .values = kSelectValues},
    {.name = "AttributesToGet", .type = MemberType::kStrings, .min = 1},
    {.name = "Limit", .type = MemberType::kInteger, .min = 1, .is_value_hidden = true},
    {.name = "ConsistentRead", .type = MemberType::kBoolean},
    {.name = "KeyConditions", .type = MemberType::kMap},
    {.name = "ScanIndexForward", .type = MemberType::kBoolean},
    {.name = "ExclusiveStartKey", .type = MemberType::kMap},
    kReturnConsumedCapacityMember,
    {.name = "KeyConditionExpression", .type = MemberType::kString},
    {.name = "ExpressionAttributeNames", .type = MemberType::kMap},
    {.name = "ExpressionAttributeValues", .type = MemberType::kMap},
};
constexpr Member kExpressionMembers[] = {
    {.name = "QueryFilter", .refused = true},
    {.name = "ConditionalOperator", .refused = true},
    {.name = "FilterExpression", .refused = true},
    {.name = "ProjectionExpression", .refused = true},
};
constexpr Shape kShape{"QueryInput", kMembers};
constexpr Shape kExpressionShape{"QueryInput", kExpressionMembers};
constexpr std::string_view kLegacy[] = {"AttributesToGet", "QueryFilter", "KeyConditions",
                                        "ConditionalOperator"};
constexpr std::string_view kExpressions[] = {"ProjectionExpression", "FilterExpression",
                                             "KeyConditionExpression"};

class Query final : public Call {
 public:
  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(services, page.table));
    RETURN_IF_ERROR(CheckIndex(page));
    const item::KeySchema& schema = open.descriptor.key_schema;
    ASSIGN_OR_RETURN(KeyRange range, ResolveKeyRange(terms, schema));
    ASSIGN_OR_RETURN(std::optional<item::PrimaryKey> start_after, StartAfter(page, schema));
    if (start_after && start_after->partition != range.hash.front()) {
      return ValidationError(
          "The provided starting key is outside query boundaries based on provided conditions");
    }
    ASSIGN_OR_RETURN(
        table::ItemPage found,
        services.tables.Query(open.ref, range.hash.front(), range.sort,
                              is_forward ? kv::Direction::kForward : kv::Direction::kReverse,
                              start_after, LimitsOf(page)));
    AppendPage(page, schema, found, out);
    return base::Ok();
  }

  PageRequest page;
  std::vector<expression::KeyTerm> terms;
  // What the terms point to, of the one or the other member.
  std::unique_ptr<RequestParameters> parameters;
  std::optional<expression::BoundKeyCondition> key_condition;
  KeyConditions key_conditions;
  bool is_forward = true;
};

}  // namespace

ParsedCall ParseQuery(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(body, kLegacy, kExpressions));
  RETURN_IF_ERROR(CheckShape(body, kExpressionShape));
  auto call = std::make_unique<Query>();
  ASSIGN_OR_RETURN(call->page, ReadPageRequest(body, input.caller.account()));
  call->is_forward = BoolOr(body, "ScanIndexForward", true);
  if (std::optional<JsonView> text = body.Find("KeyConditionExpression")) {
    ASSIGN_OR_RETURN(call->parameters, RequestParameters::Read(body));
    ASSIGN_OR_RETURN(auto tree,
                     input.expressions.Get(expression::Kind::kKeyCondition, text->string()));
    ASSIGN_OR_RETURN(call->key_condition, expression::BoundKeyCondition::Bind(
                                              std::move(tree), call->parameters->parameters));
    RETURN_IF_ERROR(call->parameters->parameters.CheckAllUsed());
    ASSIGN_OR_RETURN(call->terms, call->key_condition->Terms());
  } else if (std::optional<JsonView> conditions = body.Find("KeyConditions")) {
    ASSIGN_OR_RETURN(call->key_conditions, ReadKeyConditions(*conditions));
    call->terms = call->key_conditions.terms;
  } else {
    return ValidationError(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
        "request.");
  }
  call->resources = {call->page.table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
