// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/item_write.h"

#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/key_checks.h"
#include "format/dynamodb_json/dynamodb_json.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;

ReturnValues ReadReturnValues(const JsonView& body) {
  std::string_view text = StringOr(body, "ReturnValues", "NONE");
  if (text == "ALL_OLD") return ReturnValues::kAllOld;
  if (text == "UPDATED_OLD") return ReturnValues::kUpdatedOld;
  if (text == "ALL_NEW") return ReturnValues::kAllNew;
  if (text == "UPDATED_NEW") return ReturnValues::kUpdatedNew;
  return ReturnValues::kNone;
}

std::string_view NameOf(ReturnValues returns) {
  switch (returns) {
    case ReturnValues::kNone:
      return "NONE";
    case ReturnValues::kAllOld:
      return "ALL_OLD";
    case ReturnValues::kUpdatedOld:
      return "UPDATED_OLD";
    case ReturnValues::kAllNew:
      return "ALL_NEW";
    case ReturnValues::kUpdatedNew:
      return "UPDATED_NEW";
  }
  return {};
}

}  // namespace

void ItemWriteCall::AddWriteKeys(size_t part, const item::ItemView& target, ItemConditionKeys& keys,
                                 policy::Context& context) const {
  if (const auto& table = resources[part].found.descriptor) {
    keys.AddLeadingKeys(table->key_schema, target);
  }
  keys.AddAttributesOf(target);
  if (condition_) keys.AddUses(condition_->attribute_uses());
  keys.set_capacity(capacity_);
  keys.SetIn(context);
  context.Set(kReturnValuesKey, NameOf(part == 0 ? returns_ : ReturnValues::kAllOld));
}

Status ItemWriteCall::ReadTarget(const Input& input) {
  const JsonView& body = input.body;
  returns_ = ReadReturnValues(body);
  returns_item_on_failure_ =
      StringOr(body, "ReturnValuesOnConditionCheckFailure", "NONE") == "ALL_OLD";
  capacity_ = ReadReturnConsumedCapacity(body);
  returns_collection_metrics_ = StringOr(body, "ReturnItemCollectionMetrics", "NONE") == "SIZE";
  ASSIGN_OR_RETURN(table_,
                   ParseTableName(body.Find("TableName")->string(), input.caller.account()));
  resources = {table_.resource()};
  // What a failing condition shows is a value that is returned, too.
  if (returns_item_on_failure_ && returns_ != ReturnValues::kAllOld) {
    resources.push_back(table_.resource());
  }
  return base::Ok();
}

Status ItemWriteCall::ReadExpressions(const Input& input,
                                      std::optional<expression::BoundUpdate>* update) {
  const JsonView& body = input.body;
  std::optional<std::string> update_text, condition_text;
  if (update != nullptr) update_text = OptionalString(body, "UpdateExpression");
  condition_text = OptionalString(body, "ConditionExpression");
  if (update_text || condition_text) {
    ASSIGN_OR_RETURN(parameters_, RequestParameters::Read(body));
  } else {
    // CheckExpressionMix has seen to it that there are either these or expressions.
    LegacyParameters legacy;
    if (update != nullptr) {
      ASSIGN_OR_RETURN(std::string text, legacy.ReadUpdates(body));
      if (!text.empty()) update_text = std::move(text);
    }
    ASSIGN_OR_RETURN(std::string text, legacy.ReadExpected(body));
    if (!text.empty()) condition_text = std::move(text);
    if (!update_text && !condition_text) return base::Ok();
    ASSIGN_OR_RETURN(parameters_, legacy.MakeParameters());
  }
  if (update_text) {
    ASSIGN_OR_RETURN(auto tree, input.expressions.Get(expression::Kind::kUpdate, *update_text));
    ASSIGN_OR_RETURN(*update,
                     expression::BoundUpdate::Bind(std::move(tree), parameters_->parameters));
  }
  if (condition_text) {
    ASSIGN_OR_RETURN(auto tree,
                     input.expressions.Get(expression::Kind::kCondition, *condition_text));
    ASSIGN_OR_RETURN(condition_,
                     expression::BoundCondition::Bind(std::move(tree), parameters_->parameters));
  }
  return parameters_->parameters.CheckAllUsed();
}

Status ItemWriteCall::CheckCondition(const table::TableDescriptor& descriptor) const {
  return condition_ ? CheckKeyPaths(condition_->attribute_uses(), descriptor) : base::Ok();
}

Result<table::MutateResult> ItemWriteCall::Write(Services& services, const OpenTable& open,
                                                 const item::PrimaryKey& key,
                                                 const table::Mutation& decide) {
  if (!condition_) return services.tables.Mutate(open.ref, key, decide);
  auto with_condition = [&](const table::StoredItem* old_item) -> Result<table::Decision> {
    item::ItemView view(old_item != nullptr ? old_item->encoded() : std::string_view());
    if (condition_->Matches(view)) return decide(old_item);
    return table::Decision{table::Decision::Kind::kConditionFailed, {}, 0};
  };
  ASSIGN_OR_RETURN(table::MutateResult result,
                   services.tables.Mutate(open.ref, key, with_condition));
  if (result.done != table::Decision::Kind::kConditionFailed) return result;
  if (returns_item_on_failure_ && result.old_item) {
    error_members = ",\"Item\":";
    dynamodb_json::AppendAttributes(item::ItemView(result.old_item->encoded()).attributes(),
                                    error_members);
  }
  return base::Error{base::ErrorKind::kInvalidArgument, "The conditional request failed",
                     reason::kConditionFailed};
}

void ItemWriteCall::AppendAnswer(const OpenTable& open, const item::ItemView& key,
                                 const Written& written, std::string_view attributes,
                                 std::string& out) const {
  out += '{';
  if (!attributes.empty()) {
    StartMember("Attributes", out);
    out += attributes;
  }
  if (capacity_ != ReturnConsumedCapacity::kNone) {
    Capacity consumed;
    consumed.AddWrite(open.descriptor, written.result, written.new_size_bytes);
    AppendCapacityMember(capacity_, table_.name, consumed, out);
  }
  if (returns_collection_metrics_ && written.result.collection_bytes) {
    StartMember("ItemCollectionMetrics", out);
    AppendCollectionMetrics(open.descriptor.key_schema, key, *written.result.collection_bytes, out);
  }
  out += '}';
}

std::string ItemWriteCall::OldAttributes(const table::MutateResult& result) const {
  std::string attributes;
  if (returns_ == ReturnValues::kAllOld && result.old_item) {
    dynamodb_json::AppendAttributes(item::ItemView(result.old_item->encoded()).attributes(),
                                    attributes);
  }
  return attributes;
}

void AppendCollectionMetrics(const item::KeySchema& schema, const item::ItemView& key,
                             uint64_t collection_bytes, std::string& out) {
  constexpr uint64_t kGigabyte = uint64_t{1} << 30;
  uint64_t lower = collection_bytes / kGigabyte;
  out += "{\"ItemCollectionKey\":";
  AppendNamed(key, std::span(&schema.hash.front().name, 1), out);
  out += ",\"SizeEstimateRangeGB\":[" + std::to_string(lower) + ".0," + std::to_string(lower + 1) +
         ".0]}";
}

}  // namespace dray::dynamodb
