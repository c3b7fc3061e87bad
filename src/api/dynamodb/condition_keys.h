// SPDX-License-Identifier: Apache-2.0
// What policies can ask of a request for items: the condition keys of DynamoDB's fine-grained
// access control. They are made from the parsed request, after placeholders were resolved, so that
// no way of writing a request hides what it names. Source: "Using IAM policy conditions for
// fine-grained access control" in AWS's guide.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb/attribute_selection.h"
#include "api/dynamodb/attributes.h"
#include "api/dynamodb/consumed_capacity.h"
#include "model/expression/attribute_use.h"
#include "model/item/key_schema.h"
#include "security/policy/policy.h"

namespace dray::dynamodb {

inline constexpr std::string_view kSelectKey = "dynamodb:Select";
inline constexpr std::string_view kReturnValuesKey = "dynamodb:ReturnValues";

// dynamodb:LeadingKeys and dynamodb:Attributes, both multivalued, and
// dynamodb:ReturnConsumedCapacity, while they are collected. Nothing collected: no key.
class ItemConditionKeys {
 public:
  // The values of the partition key in `attributes`: a Key or an Item.
  void AddLeadingKeys(const item::KeySchema& schema, const item::ItemView& attributes);
  // S as it is, N in its canonical form, B in base64.
  void AddLeadingKey(const item::ValueView& value);
  // A request that may touch every item and every attribute: a value "*" of both keys.
  void AddEverything();

  void AddAttribute(std::string_view name) { attributes_.emplace(name); }
  void AddAttributesOf(const item::ItemView& attributes);
  void AddUses(const expression::AttributeUses& uses);
  // What a projection names.
  void AddSelection(const AttributeSelection& selection);

  void set_capacity(ReturnConsumedCapacity capacity) { capacity_ = capacity; }

  void SetIn(policy::Context& context) const;

 private:
  std::vector<std::string> leading_keys_;
  std::set<std::string, std::less<>> attributes_;
  ReturnConsumedCapacity capacity_ = ReturnConsumedCapacity::kNone;
};

// GetItem and BatchGetItem have no member Select, but the key: what they return of an item.
std::string_view SelectOf(const AttributeSelection& selection);

// aws:RequestTag/KEY and aws:TagKeys of tags that are to be set; aws:TagKeys alone of keys that are
// to be removed.
void SetRequestTags(const std::vector<std::pair<std::string, std::string>>& tags,
                    policy::Context& context);
void SetTagKeys(const std::vector<std::string>& keys, policy::Context& context);
// aws:ResourceTag/KEY
void SetResourceTags(const std::vector<std::pair<std::string, std::string>>& tags,
                     policy::Context& context);

}  // namespace dray::dynamodb
