// SPDX-License-Identifier: Apache-2.0
// What PutItem, DeleteItem and UpdateItem share: their members, a write under a condition, and
// their answer.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/condition_keys.h"
#include "api/dynamodb/consumed_capacity.h"
#include "api/dynamodb/legacy_parameters.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/request_parameters.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "model/expression/bound_condition.h"
#include "model/expression/bound_update.h"

namespace dray::dynamodb {

inline constexpr std::string_view kConditionFailureValues[] = {"ALL_OLD", "NONE"};

inline constexpr Member kReturnValuesMember{
    .name = "ReturnValues", .type = MemberType::kString, .values = kReturnValuesValues};
inline constexpr Member kConditionFailureMember{.name = "ReturnValuesOnConditionCheckFailure",
                                                .type = MemberType::kString,
                                                .values = kConditionFailureValues};

enum class ReturnValues { kNone, kAllOld, kUpdatedOld, kAllNew, kUpdatedNew };

// A call that writes one item. The classes of the three operations add what they write.
class ItemWriteCall : public Call {
 protected:
  struct Written {
    table::MutateResult result;
    size_t new_size_bytes = 0;  // of the item after it; 0: there is none
  };

  // `target`: the Key or the Item. resources[1], where it is: a failing condition returns the item.
  void AddWriteKeys(size_t part, const item::ItemView& target, ItemConditionKeys& keys,
                    policy::Context& context) const;

  // The members that all three have, but for the condition and ReturnValues beyond NONE and
  // ALL_OLD, from a body that passed CheckShape.
  base::Status ReadTarget(const Input& input);
  // ConditionExpression or Expected into `condition_`. With `update`: before it UpdateExpression or
  // AttributeUpdates into that; nullopt when the request has neither.
  base::Status ReadExpressions(const Input& input,
                               std::optional<expression::BoundUpdate>* update = nullptr);

  // Checks the condition's paths against the keys of the table.
  base::Status CheckCondition(const table::TableDescriptor& descriptor) const;
  // Evaluates the condition, if there is one, then `decide`, with the item latched: both may run
  // several times. A condition that does not hold is the error of AWS, with the item in
  // `error_members` where that was asked for.
  base::Result<table::MutateResult> Write(Services& services, const OpenTable& open,
                                          const item::PrimaryKey& key,
                                          const table::Mutation& decide);
  // The body: `attributes` as its Attributes, unless empty; consumed capacity and collection
  // metrics where asked for. `key` has the table's partition key.
  void AppendAnswer(const OpenTable& open, const item::ItemView& key, const Written& written,
                    std::string_view attributes, std::string& out) const;
  // Attributes for ALL_OLD; empty when there was no item or nobody asked.
  std::string OldAttributes(const table::MutateResult& result) const;

  TableName table_;
  std::unique_ptr<RequestParameters> parameters_;  // null: no expressions
  std::optional<expression::BoundCondition> condition_;
  ReturnValues returns_ = ReturnValues::kNone;
  bool returns_item_on_failure_ = false;
  ReturnConsumedCapacity capacity_ = ReturnConsumedCapacity::kNone;
  bool returns_collection_metrics_ = false;
};

// {"ItemCollectionKey":{"pk":{"S":"x"}},"SizeEstimateRangeGB":[0.0,1.0]}
void AppendCollectionMetrics(const item::KeySchema& schema, const item::ItemView& key,
                             uint64_t collection_bytes, std::string& out);

}  // namespace dray::dynamodb
