// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/condition_keys.h"

#include <utility>

#include "base/text_encoding.h"

namespace dray::dynamodb {

namespace {

std::string TextOf(const item::ValueView& value) {
  switch (value.type()) {
    case item::Type::kString:
      return std::string(value.string());
    case item::Type::kBinary:
      return base::Base64Encode(value.binary());
    case item::Type::kNumber: {
      // 1, 1.0 and 1e0 are one key.
      std::string text;
      value.AppendNumberText(text);
      return text;
    }
    default:  // no key can have it: the request fails
      return {};
  }
}

std::string_view NameOf(ReturnConsumedCapacity capacity) {
  switch (capacity) {
    case ReturnConsumedCapacity::kNone:
      return "NONE";
    case ReturnConsumedCapacity::kTotal:
      return "TOTAL";
    case ReturnConsumedCapacity::kIndexes:
      return "INDEXES";
  }
  return {};
}

}  // namespace

void ItemConditionKeys::AddLeadingKeys(const item::KeySchema& schema,
                                       const item::ItemView& attributes) {
  for (const item::KeyElement& element : schema.hash) {
    if (auto value = attributes.Find(element.name)) AddLeadingKey(*value);
  }
}

void ItemConditionKeys::AddLeadingKey(const item::ValueView& value) {
  leading_keys_.push_back(TextOf(value));
}

void ItemConditionKeys::AddEverything() {
  leading_keys_.emplace_back("*");
  AddAttribute("*");
}

void ItemConditionKeys::AddAttributesOf(const item::ItemView& attributes) {
  for (auto it = attributes.attributes().begin(); it.valid(); it.Next()) AddAttribute(it.name());
}

void ItemConditionKeys::AddUses(const expression::AttributeUses& uses) {
  for (const expression::AttributeUse& use : uses) AddAttribute(use.attribute);
}

void ItemConditionKeys::AddSelection(const AttributeSelection& selection) {
  for (std::string_view name : selection.attributes()) AddAttribute(name);
}

void ItemConditionKeys::SetIn(policy::Context& context) const {
  if (!leading_keys_.empty()) context.SetMany("dynamodb:LeadingKeys", leading_keys_);
  if (!attributes_.empty()) {
    context.SetMany("dynamodb:Attributes", {attributes_.begin(), attributes_.end()});
  }
  context.Set("dynamodb:ReturnConsumedCapacity", NameOf(capacity_));
}

std::string_view SelectOf(const AttributeSelection& selection) {
  return selection.is_all() ? "ALL_ATTRIBUTES" : "SPECIFIC_ATTRIBUTES";
}

void SetRequestTags(const std::vector<std::pair<std::string, std::string>>& tags,
                    policy::Context& context) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : tags) {
    context.Set("aws:RequestTag/" + key, value);
    keys.push_back(key);
  }
  SetTagKeys(keys, context);
}

void SetTagKeys(const std::vector<std::string>& keys, policy::Context& context) {
  if (!keys.empty()) context.SetMany("aws:TagKeys", keys);
}

void SetResourceTags(const std::vector<std::pair<std::string, std::string>>& tags,
                     policy::Context& context) {
  for (const auto& [key, value] : tags) context.Set("aws:ResourceTag/" + key, value);
}

}  // namespace dray::dynamodb
