// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/item_write.h"
#include "storage/table/index_entry.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr Member kMembers[] = {
    kTableNameMember,
    {.name = "Item", .type = MemberType::kMap, .required = true},
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
constexpr Shape kShape{"PutItemInput", kMembers};
constexpr std::string_view kLegacy[] = {"Expected", "ConditionalOperator"};
constexpr std::string_view kExpressions[] = {"ConditionExpression"};

class PutItem final : public ItemWriteCall {
 public:
  Status Read(const Input& input) {
    RETURN_IF_ERROR(ReadTarget(input));
    ASSIGN_OR_RETURN(item_, ReadAttributes(*input.body.Find("Item")));
    if (returns_ != ReturnValues::kNone && returns_ != ReturnValues::kAllOld) {
      return ValidationError("ReturnValues can only be ALL_OLD or NONE");
    }
    if (item_.size_bytes > item::kItemBytesMax) {
      return ValidationError("Item size has exceeded the maximum allowed size");
    }
    return ReadExpressions(input);
  }

  void AddConditionKeys(size_t part, policy::Context& context) const override {
    ItemConditionKeys keys;
    AddWriteKeys(part, item_.view(), keys, context);
  }

  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(resources.front()));
    ASSIGN_OR_RETURN(item::PrimaryKey key,
                     item::KeyOfItem(open.descriptor.key_schema, item_.view()));
    RETURN_IF_ERROR(table::CheckIndexKeys(open.descriptor.indexes, item_.view()));
    RETURN_IF_ERROR(CheckCondition(open.descriptor));
    Written written;
    written.new_size_bytes = item_.size_bytes;
    ASSIGN_OR_RETURN(written.result, Write(services, open, key, [&](const table::StoredItem*) {
                       // A retried guard calls this again: the bytes are copied, not moved.
                       return base::Result<table::Decision>(table::Decision{
                           table::Decision::Kind::kPut, item_.bytes, item_.size_bytes});
                     }));
    AppendAnswer(open, item_.view(), written, OldAttributes(written.result), out);
    return base::Ok();
  }

 private:
  EncodedItem item_;
};

}  // namespace

ParsedCall ParsePutItem(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(input.body, kLegacy, kExpressions));
  auto call = std::make_unique<PutItem>();
  RETURN_IF_ERROR(call->Read(input));
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
