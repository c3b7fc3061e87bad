// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/item_write.h"
#include "api/dynamodb/key_checks.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "model/expression/bound_update.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;

constexpr Member kMembers[] = {
    kTableNameMember,
    {.name = "Key", .type = MemberType::kMap, .required = true},
    {.name = "AttributeUpdates", .type = MemberType::kMap},
    {.name = "Expected", .type = MemberType::kMap},
    kConditionalOperatorMember,
    kReturnValuesMember,
    kReturnConsumedCapacityMember,
    kReturnItemCollectionMetricsMember,
    {.name = "UpdateExpression", .type = MemberType::kString},
    {.name = "ConditionExpression", .type = MemberType::kString},
    {.name = "ExpressionAttributeNames", .type = MemberType::kMap},
    {.name = "ExpressionAttributeValues", .type = MemberType::kMap},
    kConditionFailureMember,
};
constexpr Shape kShape{"UpdateItemInput", kMembers};
constexpr std::string_view kLegacy[] = {"AttributeUpdates", "Expected", "ConditionalOperator"};
constexpr std::string_view kExpressions[] = {"UpdateExpression", "ConditionExpression"};

class UpdateItem final : public ItemWriteCall {
 public:
  Status Read(const Input& input) {
    RETURN_IF_ERROR(ReadTarget(input));
    ASSIGN_OR_RETURN(key_, ReadAttributes(*input.body.Find("Key")));
    RETURN_IF_ERROR(ReadExpressions(input, &update_));
    is_legacy_ = update_ && !input.body.Find("UpdateExpression");
    return base::Ok();
  }

  void AddConditionKeys(size_t part, policy::Context& context) const override {
    ItemConditionKeys keys;
    if (update_) keys.AddUses(update_->attribute_uses());
    AddWriteKeys(part, key_.view(), keys, context);
  }

  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(resources.front()));
    const table::TableDescriptor& descriptor = open.descriptor;
    ASSIGN_OR_RETURN(item::PrimaryKey key, item::KeyOfKeyMap(descriptor.key_schema, key_.view()));
    if (update_) RETURN_IF_ERROR(CheckUpdatedAttributes(update_->attribute_uses(), descriptor));
    RETURN_IF_ERROR(CheckCondition(descriptor));
    item::ItemBuilder builder;  // after the write: the new item
    Written written;
    ASSIGN_OR_RETURN(written.result,
                     Write(services, open, key, [&](const table::StoredItem* old_item) {
                       return Decide(descriptor, old_item, builder);
                     }));
    std::string_view new_item;
    if (written.result.done == table::Decision::Kind::kPut) {
      new_item = builder.Finish();
      written.new_size_bytes = builder.size_bytes();
    }
    std::string attributes;
    RETURN_IF_ERROR(AppendAttributes(written.result, new_item, attributes));
    AppendAnswer(open, key_.view(), written, attributes, out);
    return base::Ok();
  }

 private:
  Result<table::Decision> Decide(const table::TableDescriptor& descriptor,
                                 const table::StoredItem* old_item,
                                 item::ItemBuilder& builder) const {
    table::Decision decision;
    std::optional<item::ItemView> old_view;
    if (old_item != nullptr) old_view.emplace(old_item->encoded());
    if (update_) {
      Result<expression::BoundUpdate::Outcome> outcome =
          update_->Apply(old_view, key_.view(), builder);
      if (!outcome) return InTheirWords(std::move(outcome).error());
      if (*outcome == expression::BoundUpdate::Outcome::kNothingToWrite) return decision;
    } else {
      // Nothing to update: the item exists afterwards, as on AWS.
      RETURN_IF_ERROR(Copy(old_view.value_or(key_.view()), builder));
    }
    decision.kind = table::Decision::Kind::kPut;
    decision.encoded = builder.Finish();
    decision.size_bytes = builder.size_bytes();
    if (update_ && !descriptor.indexes.empty()) {
      RETURN_IF_ERROR(CheckUpdatedIndexKeys(descriptor, item::ItemView(decision.encoded)));
    }
    return decision;
  }

  // AttributeUpdates have a text of their own for values that do not go together.
  base::Error InTheirWords(base::Error error) const {
    if (is_legacy_ &&
        error.message == "An operand in the update expression has an incorrect data type") {
      error.message = "Type mismatch for attribute to update";
    }
    return error;
  }

  static Status Copy(const item::ItemView& item, item::ItemBuilder& builder) {
    builder.StartItem();
    for (auto it = item.attributes().begin(); it.valid(); it.Next()) {
      RETURN_IF_ERROR(builder.Name(it.name()));
      builder.Copy(it.value());
    }
    return base::Ok();
  }

  // What ReturnValues asks for; nothing where AWS has no Attributes.
  Status AppendAttributes(const table::MutateResult& result, std::string_view new_item,
                          std::string& out) const {
    std::optional<item::ItemView> chosen;
    bool has_new = !new_item.empty();
    switch (returns_) {
      case ReturnValues::kNone:
        break;
      case ReturnValues::kAllOld:
      case ReturnValues::kUpdatedOld:
        if (result.old_item) chosen.emplace(result.old_item->encoded());
        break;
      case ReturnValues::kAllNew:
      case ReturnValues::kUpdatedNew:
        if (has_new) chosen.emplace(new_item);
        break;
    }
    if (!chosen) return base::Ok();
    if (returns_ == ReturnValues::kAllOld || returns_ == ReturnValues::kAllNew) {
      dynamodb_json::AppendAttributes(chosen->attributes(), out);
      return base::Ok();
    }
    if (!update_) return base::Ok();
    item::ItemBuilder updated;
    updated.StartItem();
    RETURN_IF_ERROR(update_->ProjectUpdated(*chosen, updated));
    item::ItemView view(updated.Finish());
    if (!view.attributes().empty()) dynamodb_json::AppendAttributes(view.attributes(), out);
    return base::Ok();
  }

  EncodedItem key_;
  std::optional<expression::BoundUpdate> update_;
  bool is_legacy_ = false;
};

}  // namespace

ParsedCall ParseUpdateItem(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(input.body, kLegacy, kExpressions));
  auto call = std::make_unique<UpdateItem>();
  RETURN_IF_ERROR(call->Read(input));
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
