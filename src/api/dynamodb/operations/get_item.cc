// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/attribute_selection.h"
#include "api/dynamodb/attributes.h"
#include "api/dynamodb/condition_keys.h"
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
    {.name = "ProjectionExpression", .type = MemberType::kString},
    {.name = "ExpressionAttributeNames", .type = MemberType::kMap},
};
constexpr Shape kShape{"GetItemInput", kMembers};
constexpr std::string_view kLegacy[] = {"AttributesToGet"};
constexpr std::string_view kExpressions[] = {"ProjectionExpression"};

class GetItem final : public Call {
 public:
  Status Read(const Input& input) {
    const JsonView& body = input.body;
    is_consistent_ = BoolOr(body, "ConsistentRead", false);
    capacity_ = ReadReturnConsumedCapacity(body);
    ASSIGN_OR_RETURN(table_,
                     ParseTableName(body.Find("TableName")->string(), input.caller.account()));
    ASSIGN_OR_RETURN(key_, ReadAttributes(*body.Find("Key")));
    resources = {table_.resource()};
    ASSIGN_OR_RETURN(parameters_, RequestParameters::Read(body));
    RETURN_IF_ERROR(
        ReadAttributeSelection(body, input.expressions, parameters_->parameters, selection_));
    return parameters_->parameters.CheckAllUsed();
  }

  void AddConditionKeys(size_t part, policy::Context& context) const override {
    ItemConditionKeys keys;
    if (const auto& table = resources[part].found.descriptor) {
      keys.AddLeadingKeys(table->key_schema, key_.view());
    }
    keys.AddAttributesOf(key_.view());
    keys.AddSelection(selection_);
    keys.set_capacity(capacity_);
    keys.SetIn(context);
    context.Set(kSelectKey, SelectOf(selection_));
  }

  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(resources.front()));
    ASSIGN_OR_RETURN(item::PrimaryKey primary_key,
                     item::KeyOfKeyMap(open.descriptor.key_schema, key_.view()));
    RETURN_IF_ERROR(selection_.Check(open.descriptor));
    ASSIGN_OR_RETURN(std::optional<table::StoredItem> found,
                     services.tables.Get(open.ref, primary_key));
    out += '{';
    if (found) {
      StartMember("Item", out);
      std::optional<item::ItemBuilder> scratch;
      RETURN_IF_ERROR(AppendSelected(item::ItemView(found->encoded()), selection_, scratch, out));
    }
    Capacity consumed;
    consumed.table_units = ReadUnits(found ? found->size_bytes() : 0, is_consistent_);
    AppendCapacityMember(capacity_, table_.name, consumed, out);
    out += '}';
    return base::Ok();
  }

 private:
  TableName table_;
  EncodedItem key_;
  std::unique_ptr<RequestParameters> parameters_;
  AttributeSelection selection_;
  bool is_consistent_ = false;
  ReturnConsumedCapacity capacity_ = ReturnConsumedCapacity::kNone;
};

}  // namespace

ParsedCall ParseGetItem(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(input.body, kLegacy, kExpressions));
  auto call = std::make_unique<GetItem>();
  RETURN_IF_ERROR(call->Read(input));
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
