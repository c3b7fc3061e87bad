// SPDX-License-Identifier: Apache-2.0
// What Query and Scan share: their members, the table or index that they read, a page of items out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/dynamodb/attribute_selection.h"
#include "api/dynamodb/attributes.h"
#include "api/dynamodb/condition_keys.h"
#include "api/dynamodb/consumed_capacity.h"
#include "api/dynamodb/legacy_parameters.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/request_parameters.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "base/result.h"
#include "model/expression/bound_condition.h"
#include "storage/table/table.h"

namespace dray::dynamodb {

inline constexpr std::string_view kSelectValues[] = {"SPECIFIC_ATTRIBUTES", "COUNT",
                                                     "ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES"};
inline constexpr Member kIndexNameMember{.name = "IndexName",
                                         .type = MemberType::kString,
                                         .min = 3,
                                         .max = 255,
                                         .pattern = &kTableNamePattern};
inline constexpr Member kSelectMember{
    .name = "Select", .type = MemberType::kString, .values = kSelectValues};

// The table or index that a request reads, seen through the descriptor that it goes by.
struct PageSource {
  const table::TableDescriptor& table;
  const table::IndexDescriptor* index = nullptr;  // null: the table itself
  const item::KeySchema& key_schema() const { return index ? index->key_schema : table.key_schema; }
  bool is_global() const { return index && index->kind == table::IndexKind::kGlobal; }
  std::string_view index_name() const { return index ? index->name : std::string_view(); }
  bool projects(std::string_view attribute) const;
};

// A call that reads a page. Query and Scan add where it begins and how it goes on.
class ItemPageCall : public Call {
 protected:
  // The members that both have, from a body that passed CheckShape and CheckExpressionMix.
  // Expressions are read by ReadExpressions, which may be called after something else was bound to
  // `parameters_`; nothing may be unused then.
  base::Status ReadPage(const Input& input, std::string_view legacy_filter);
  base::Status ReadExpressions(const Input& input);

  void AddPageKeys(ItemConditionKeys& keys, policy::Context& context) const;

  // Errors: an index that is not there, ConsistentRead on a global one.
  base::Result<PageSource> FindSource(const OpenTable& open) const;
  // What AWS refuses once it knows keys and projection. `is_query`: the filter has to do without
  // the keys and with what the index has.
  base::Status CheckAttributes(const PageSource& source, bool is_query) const;
  // ExclusiveStartKey as a key of the source. `wrong_size`: the text for a wrong number of
  // attributes.
  base::Result<std::optional<item::PrimaryKey>> StartAfter(const PageSource& source,
                                                           std::string_view wrong_size) const;
  table::PageLimits limits() const;

  // The body.
  base::Status AppendPage(Services& services, const OpenTable& open, const PageSource& source,
                          const table::ItemPage& page, std::string& out) const;

  TableName table_;
  std::optional<std::string> index_name_;
  std::unique_ptr<RequestParameters> parameters_;
  std::optional<EncodedItem> start_key_;

 private:
  enum class Select { kDefault, kAllAttributes, kAllProjected, kSpecific, kCount };
  base::Status ReadSelect(const JsonView& body);
  std::string_view SelectName() const;
  // A local index is asked for attributes that it does not have: items come from the table.
  bool FetchesItems(const PageSource& source) const;

  std::string_view legacy_filter_;  // QueryFilter or ScanFilter
  bool is_legacy_filter_ = false;
  Select select_ = Select::kDefault;
  AttributeSelection selection_;
  std::optional<expression::BoundCondition> filter_;
  bool is_consistent_ = false;
  ReturnConsumedCapacity capacity_ = ReturnConsumedCapacity::kNone;
  std::optional<int64_t> limit_;
};

}  // namespace dray::dynamodb
