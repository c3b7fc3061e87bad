// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/item_page.h"
#include "api/dynamodb/key_condition.h"
#include "storage/table/index_entry.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr Member kMembers[] = {
    kTableNameMember,
    kIndexNameMember,
    kSelectMember,
    {.name = "AttributesToGet", .type = MemberType::kStrings, .min = 1},
    {.name = "Limit", .type = MemberType::kInteger, .min = 1, .is_value_hidden = true},
    {.name = "ConsistentRead", .type = MemberType::kBoolean},
    {.name = "KeyConditions", .type = MemberType::kMap},
    {.name = "QueryFilter", .type = MemberType::kMap},
    kConditionalOperatorMember,
    {.name = "ScanIndexForward", .type = MemberType::kBoolean},
    {.name = "ExclusiveStartKey", .type = MemberType::kMap},
    kReturnConsumedCapacityMember,
    {.name = "ProjectionExpression", .type = MemberType::kString},
    {.name = "FilterExpression", .type = MemberType::kString},
    {.name = "KeyConditionExpression", .type = MemberType::kString},
    {.name = "ExpressionAttributeNames", .type = MemberType::kMap},
    {.name = "ExpressionAttributeValues", .type = MemberType::kMap},
};
constexpr Shape kShape{"QueryInput", kMembers};
constexpr std::string_view kLegacy[] = {"AttributesToGet", "QueryFilter", "ConditionalOperator",
                                        "KeyConditions"};
constexpr std::string_view kExpressions[] = {"ProjectionExpression", "FilterExpression",
                                             "KeyConditionExpression"};

bool IsWithin(const table::SortRange& range, std::string_view ordered) {
  if (range.prefix && !ordered.starts_with(*range.prefix)) return false;
  if (range.from && (ordered < *range.from || (ordered == *range.from && !range.from_inclusive))) {
    return false;
  }
  return !range.to || ordered < *range.to || (ordered == *range.to && range.to_inclusive);
}

class Query final : public ItemPageCall {
 public:
  Status Read(const Input& input) {
    const JsonView& body = input.body;
    RETURN_IF_ERROR(ReadPage(input, "QueryFilter"));
    is_forward_ = BoolOr(body, "ScanIndexForward", true);
    std::optional<JsonView> text = body.Find("KeyConditionExpression");
    std::optional<JsonView> conditions = body.Find("KeyConditions");
    if (text) {
      ASSIGN_OR_RETURN(auto tree,
                       input.expressions.Get(expression::Kind::kKeyCondition, text->string()));
      ASSIGN_OR_RETURN(key_condition_, expression::BoundKeyCondition::Bind(
                                           std::move(tree), parameters_->parameters));
    } else if (!conditions) {
      return ValidationError(
          "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
          "request.");
    }
    RETURN_IF_ERROR(ReadExpressions(input));
    if (text) {
      ASSIGN_OR_RETURN(terms_, key_condition_->Terms());
    } else {
      ASSIGN_OR_RETURN(key_conditions_, ReadKeyConditions(*conditions));
      terms_ = key_conditions_.terms;
    }
    return base::Ok();
  }

  void AddConditionKeys(size_t part, policy::Context& context) const override {
    ItemConditionKeys keys;
    const item::KeySchema* schema = QueriedKey(resources[part].found.descriptor.get());
    for (const expression::KeyTerm& term : terms_) {
      keys.AddAttribute(term.attribute);
      if (schema != nullptr && IsHash(*schema, term.attribute)) keys.AddLeadingKey(term.operand);
    }
    AddPageKeys(keys, context);
  }

  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForItems(resources.front()));
    ASSIGN_OR_RETURN(PageSource source, FindSource(open));
    ASSIGN_OR_RETURN(std::optional<item::PrimaryKey> start_after,
                     StartAfter(source, "The provided starting key is invalid"));
    ASSIGN_OR_RETURN(KeyRange range, ResolveKeyRange(terms_, source.key_schema()));
    std::string partition_key = table::IndexPartitionKey(range.hash);
    if (start_after) {
      RETURN_IF_ERROR(CheckStart(source, range, start_after->partition == partition_key));
    }
    RETURN_IF_ERROR(CheckAttributes(source, true));
    ASSIGN_OR_RETURN(
        table::ItemPage page,
        services.tables.Query(open.ref, source.index_name(), partition_key, range.sort,
                              is_forward_ ? kv::Direction::kForward : kv::Direction::kReverse,
                              start_after, limits()));
    return AppendPage(services, open, source, page, out);
  }

 private:
  // Of the table, or of the index: an index has leading keys of its own. Null: not there.
  const item::KeySchema* QueriedKey(const table::TableDescriptor* table) const {
    if (table == nullptr) return nullptr;
    if (!index_name_) return &table->key_schema;
    for (const table::IndexDescriptor& index : table->indexes) {
      if (index.name == *index_name_) return &index.key_schema;
    }
    return nullptr;
  }
  static bool IsHash(const item::KeySchema& schema, std::string_view attribute) {
    return std::any_of(schema.hash.begin(), schema.hash.end(),
                       [&](const item::KeyElement& key) { return key.name == attribute; });
  }

  // The start key lies where the query looks. Texts and their order as dynalite's tests recorded
  // them on AWS.
  Status CheckStart(const PageSource& source, const KeyRange& range, bool is_same_partition) const {
    const std::vector<item::KeyElement>& sort_keys = source.key_schema().range;
    bool has_sort_condition = terms_.size() > range.hash.size();
    if (!has_sort_condition) {
      if (is_same_partition) return base::Ok();
      return ValidationError(
          "The provided starting key is outside query boundaries based on provided conditions");
    }
    size_t equal = range.sort.equal.size();
    for (size_t i = 0; i <= equal && i < sort_keys.size(); ++i) {
      std::string ordered;
      RETURN_IF_ERROR(
          item::AppendOrderedKeyPart(*start_key_->view().Find(sort_keys[i].name), ordered));
      bool matches = i < equal ? ordered == range.sort.equal[i] : IsWithin(range.sort, ordered);
      if (!matches) {
        return ValidationError("The provided starting key does not match the range key predicate");
      }
    }
    if (is_same_partition) return base::Ok();
    return ValidationError("The query can return at most one row and cannot be restarted");
  }

  std::vector<expression::KeyTerm> terms_;
  // What the terms point to, of the one or the other member.
  std::optional<expression::BoundKeyCondition> key_condition_;
  KeyConditions key_conditions_;
  bool is_forward_ = true;
};

}  // namespace

ParsedCall ParseQuery(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  RETURN_IF_ERROR(CheckExpressionMix(input.body, kLegacy, kExpressions));
  auto call = std::make_unique<Query>();
  RETURN_IF_ERROR(call->Read(input));
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
