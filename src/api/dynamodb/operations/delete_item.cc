// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/item_write.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr Member kMembers[] = {
    kTableNameMember,
    {.name = "Key", .type = MemberType::kMap, .required = true},
    {.name = "Expected", .type = MemberType::kMap},
    kReturnConsumedCapacityMember,
    kReturnItemCollectionMetricsMember,
    kReturnValuesMember,
    kConditionalOperatorMember,
    {.name = "ConditionExpression", .type = MemberType::kString},
    {.name = "ExpressionAttributeNames", .type = MemberType::kMap},
    {.name = "ExpressionAttributeValues", .type = MemberType::kMap},
    kConditionFailureMember,
};
constexpr Shape kShape{"DeleteItemInput", kMembers};
constexpr std::string_view kLegacy[] = {"Expected", "ConditionalOperator"};
constexpr std::string_view kExpressions[] = {"ConditionExpression"};

class DeleteItem final : public ItemWriteCall {
 public:
  Status Read(const Input& input) {
    RETURN_IF_ERROR(ReadTarget(input));
    ASSIGN_OR_RETURN(key_, ReadAttributes(*input.body.Find("Key")));
    if (returns_ != ReturnValues::kNone && returns_ != ReturnValues::kAllOld) {
      return ValidationError("ReturnValues can only be ALL_OLD or NONE");
    }
    return ReadExpressions(input);
  }

  void AddConditionKeys(size_t part, policy::Context& context) const override {
    ItemConditionKeys keys;
    AddWriteKeys(part, key_.view(), keys, context);
  }

  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(resources.front()));
    ASSIGN_OR_RETURN(item::PrimaryKey key,
                     item::KeyOfKeyMap(open.descriptor.key_schema, key_.view()));
    RETURN_IF_ERROR(CheckCondition(open.descriptor));
    Written written;
    ASSIGN_OR_RETURN(
        written.result, Write(services, open, key, [](const table::StoredItem* old_item) {
          table::Decision decision;
          decision.kind =
              old_item != nullptr ? table::Decision::Kind::kDelete : table::Decision::Kind::kKeep;
          return base::Result<table::Decision>(std::move(decision));
        }));
    AppendAnswer(open, key_.view(), written, OldAttributes(written.result), out);
    return base::Ok();
  }

 private:
  EncodedItem key_;
};

}  // namespace

ParsedCall ParseDeleteItem(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(input.body, kLegacy, kExpressions));
  auto call = std::make_unique<DeleteItem>();
  RETURN_IF_ERROR(call->Read(input));
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
