// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/item_page.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/key_checks.h"
#include "storage/table/index_entry.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;

bool HasKey(const item::KeySchema& schema, std::string_view attribute) {
  auto has = [&](const std::vector<item::KeyElement>& elements) {
    return std::any_of(elements.begin(), elements.end(),
                       [&](const item::KeyElement& element) { return element.name == attribute; });
  };
  return has(schema.hash) || has(schema.range);
}

std::vector<std::string> KeyNames(const PageSource& source) {
  std::vector<std::string> names;
  if (source.index != nullptr) {
    for (item::KeyElement& element :
         table::KeyAttributesOf(*source.index, source.table.key_schema)) {
      names.push_back(std::move(element.name));
    }
    return names;
  }
  for (const auto* elements : {&source.table.key_schema.hash, &source.table.key_schema.range}) {
    for (const item::KeyElement& element : *elements) names.push_back(element.name);
  }
  return names;
}

// "[a, b]" of those that the index lacks; empty when it has them all.
std::string NotProjected(const PageSource& source, const std::vector<std::string_view>& names) {
  std::string list;
  for (std::string_view name : names) {
    if (source.projects(name)) continue;
    list += list.empty() ? "[" : ", ";
    list += name;
  }
  if (!list.empty()) list += ']';
  return list;
}

std::vector<std::string_view> AttributesOf(const expression::AttributeUses& uses) {
  std::vector<std::string_view> names;
  for (const expression::AttributeUse& use : uses) {
    if (std::find(names.begin(), names.end(), use.attribute) == names.end()) {
      names.push_back(use.attribute);
    }
  }
  return names;
}

base::Error InvalidStartKey(std::string_view why = {}) {
  std::string text = "The provided starting key is invalid";
  if (!why.empty()) text += ": " + std::string(why);
  return ValidationError(std::move(text));
}

constexpr std::string_view kSchemaMismatch = "The provided key element does not match the schema";

// The start key has an attribute for each of the index's and the table's keys, of their types.
Status CheckIndexStartKey(const PageSource& source, const item::ItemView& key) {
  for (const item::KeyElement& element :
       table::KeyAttributesOf(*source.index, source.table.key_schema)) {
    std::optional<item::ValueView> value = key.Find(element.name);
    if (!value) return InvalidStartKey();
    if (value->type() == element.type) continue;
    return HasKey(source.index->key_schema, element.name)
               ? ValidationError(std::string(kSchemaMismatch))
               : InvalidStartKey(kSchemaMismatch);
  }
  return base::Ok();
}

}  // namespace

bool PageSource::projects(std::string_view attribute) const {
  if (index == nullptr || index->projection.type == table::Projection::Type::kAll) return true;
  const std::vector<std::string>& included = index->projection.non_key_attributes;
  return HasKey(index->key_schema, attribute) || HasKey(table.key_schema, attribute) ||
         std::find(included.begin(), included.end(), attribute) != included.end();
}

Status ItemPageCall::ReadSelect(const JsonView& body) {
  std::string_view select = StringOr(body, "Select", "");
  std::string_view chosen = body.Find("ProjectionExpression") ? "ProjectionExpression"
                            : body.Find("AttributesToGet")    ? "AttributesToGet"
                                                              : "";
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !body.Find("IndexName")) {
    return InvalidParameter(
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  if (select == "SPECIFIC_ATTRIBUTES" && chosen.empty()) {
    return InvalidParameter(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
        "SPECIFIC_ATTRIBUTES");
  }
  if (!chosen.empty() && !select.empty() && select != "SPECIFIC_ATTRIBUTES") {
    return InvalidParameter(
        "Cannot specify the " + std::string(chosen) + " when choosing to get " +
        (select == "COUNT" ? std::string("only the Count") : std::string(select)));
  }
  if (select == "COUNT") select_ = Select::kCount;
  if (select == "ALL_ATTRIBUTES") select_ = Select::kAllAttributes;
  if (select == "ALL_PROJECTED_ATTRIBUTES") select_ = Select::kAllProjected;
  if (!chosen.empty()) select_ = Select::kSpecific;
  return base::Ok();
}

// Without Select, what AWS's default does.
std::string_view ItemPageCall::SelectName() const {
  switch (select_) {
    case Select::kDefault:
      return index_name_ ? "ALL_PROJECTED_ATTRIBUTES" : "ALL_ATTRIBUTES";
    case Select::kAllAttributes:
      return "ALL_ATTRIBUTES";
    case Select::kAllProjected:
      return "ALL_PROJECTED_ATTRIBUTES";
    case Select::kSpecific:
      return "SPECIFIC_ATTRIBUTES";
    case Select::kCount:
      return "COUNT";
  }
  return {};
}

void ItemPageCall::AddPageKeys(ItemConditionKeys& keys, policy::Context& context) const {
  if (start_key_) keys.AddAttributesOf(start_key_->view());
  if (filter_) keys.AddUses(filter_->attribute_uses());
  keys.AddSelection(selection_);
  keys.set_capacity(capacity_);
  keys.SetIn(context);
  context.Set(kSelectKey, SelectName());
}

Status ItemPageCall::ReadPage(const Input& input, std::string_view legacy_filter) {
  const JsonView& body = input.body;
  legacy_filter_ = legacy_filter;
  RETURN_IF_ERROR(ReadSelect(body));
  ASSIGN_OR_RETURN(table_,
                   ParseTableName(body.Find("TableName")->string(), input.caller.account()));
  index_name_ = OptionalString(body, "IndexName");
  is_consistent_ = BoolOr(body, "ConsistentRead", false);
  capacity_ = ReadReturnConsumedCapacity(body);
  limit_ = OptionalInt(body, "Limit");
  resources = {index_name_ ? table_.index_resource(*index_name_) : table_.resource()};
  if (std::optional<JsonView> key = body.Find("ExclusiveStartKey")) {
    ASSIGN_OR_RETURN(start_key_, ReadAttributes(*key));
  }
  LegacyParameters legacy;
  ASSIGN_OR_RETURN(std::string filter, legacy.ReadFilter(body, legacy_filter));
  if (filter.empty()) {
    ASSIGN_OR_RETURN(parameters_, RequestParameters::Read(body));
    return base::Ok();
  }
  is_legacy_filter_ = true;
  ASSIGN_OR_RETURN(parameters_, legacy.MakeParameters());
  ASSIGN_OR_RETURN(auto tree, input.expressions.Get(expression::Kind::kFilter, filter));
  ASSIGN_OR_RETURN(filter_,
                   expression::BoundCondition::Bind(std::move(tree), parameters_->parameters));
  return base::Ok();
}

Status ItemPageCall::ReadExpressions(const Input& input) {
  if (std::optional<JsonView> text = input.body.Find("FilterExpression")) {
    ASSIGN_OR_RETURN(auto tree, input.expressions.Get(expression::Kind::kFilter, text->string()));
    ASSIGN_OR_RETURN(filter_,
                     expression::BoundCondition::Bind(std::move(tree), parameters_->parameters));
  }
  RETURN_IF_ERROR(
      ReadAttributeSelection(input.body, input.expressions, parameters_->parameters, selection_));
  return parameters_->parameters.CheckAllUsed();
}

Result<PageSource> ItemPageCall::FindSource(const OpenTable& open) const {
  PageSource source{open.descriptor};
  if (!index_name_) return source;
  for (const table::IndexDescriptor& index : open.descriptor.indexes) {
    if (index.name == *index_name_ && index.status != table::IndexStatus::kDeleting) {
      source.index = &index;
    }
  }
  if (source.index == nullptr) {
    return ValidationError("The table does not have the specified index: " + *index_name_);
  }
  if (source.is_global() && is_consistent_) {
    return ValidationError("Consistent reads are not supported on global secondary indexes");
  }
  return source;
}

Status ItemPageCall::CheckAttributes(const PageSource& source, bool is_query) const {
  RETURN_IF_ERROR(selection_.Check(source.table));
  expression::AttributeUses filtered;
  if (filter_) filtered = filter_->attribute_uses();
  if (is_query) {
    Status without_keys = expression::CheckFilterWithoutKeys(filtered, source.key_schema());
    if (!without_keys) {
      base::Error error = std::move(without_keys).error();
      constexpr std::string_view kExpression = "Filter Expression";
      if (is_legacy_filter_) error.message.replace(0, kExpression.size(), legacy_filter_);
      return error;
    }
  }
  if (source.is_global() && select_ == Select::kAllAttributes &&
      source.index->projection.type != table::Projection::Type::kAll) {
    return InvalidParameter(
        "Select type ALL_ATTRIBUTES is not supported for global secondary index " +
        source.index->name + " because its projection type is not ALL");
  }
  RETURN_IF_ERROR(CheckKeyPaths(filtered, source.table));
  if (source.is_global()) {
    std::string missing = NotProjected(source, selection_.attributes());
    if (!missing.empty()) {
      return InvalidParameter("Global secondary index " + source.index->name +
                              " does not project " + missing);
    }
  }
  if (is_query && source.index != nullptr) {
    std::string missing = NotProjected(source, AttributesOf(filtered));
    if (!missing.empty()) {
      return InvalidParameter("Secondary index " + source.index->name +
                              " does not project one or more filter attributes: " + missing);
    }
  }
  return base::Ok();
}

Result<std::optional<item::PrimaryKey>> ItemPageCall::StartAfter(
    const PageSource& source, std::string_view wrong_size) const {
  if (!start_key_) return std::optional<item::PrimaryKey>();
  item::ItemView key = start_key_->view();
  if (key.attributes().CountEntries() != KeyNames(source).size()) {
    return ValidationError(std::string(wrong_size));
  }
  if (source.index != nullptr) RETURN_IF_ERROR(CheckIndexStartKey(source, key));
  Result<item::PrimaryKey> primary_key =
      source.index != nullptr ? table::EntryKeyOf(*source.index, source.table.key_schema, key)
                              : item::KeyOfKeyMap(source.table.key_schema, key);
  if (!primary_key) return InvalidStartKey(primary_key.error().message);
  return std::optional<item::PrimaryKey>(*std::move(primary_key));
}

table::PageLimits ItemPageCall::limits() const {
  table::PageLimits limits;
  if (limit_) limits.items_max = static_cast<size_t>(*limit_);
  return limits;
}

bool ItemPageCall::FetchesItems(const PageSource& source) const {
  if (source.index == nullptr || source.is_global()) return false;
  if (select_ == Select::kAllAttributes) {
    return source.index->projection.type != table::Projection::Type::kAll;
  }
  return select_ == Select::kSpecific && !NotProjected(source, selection_.attributes()).empty();
}

Status ItemPageCall::AppendPage(Services& services, const OpenTable& open, const PageSource& source,
                                const table::ItemPage& page, std::string& out) const {
  bool fetches = FetchesItems(source);
  bool has_items = select_ != Select::kCount;
  size_t scanned = 0, scanned_bytes = 0, fetched_bytes = 0, count = 0;
  Capacity consumed;
  std::optional<item::ItemBuilder> scratch;
  out += '{';
  if (has_items) out += "\"Items\":[";
  // Fetched items count for the page's megabyte, so that small entries of large items do not add
  // up to any size.
  for (; scanned < page.items.size() && fetched_bytes < limits().bytes_max; ++scanned) {
    const table::StoredItem& stored = page.items[scanned];
    scanned_bytes += stored.size_bytes();
    item::ItemView item(stored.encoded());
    std::optional<table::StoredItem> whole;
    if (fetches) {
      ASSIGN_OR_RETURN(item::PrimaryKey key, item::KeyOfItem(source.table.key_schema, item));
      ASSIGN_OR_RETURN(whole, services.tables.Get(open.ref, key));
      if (!whole) continue;  // deleted since the index was read
      fetched_bytes += whole->size_bytes();
      consumed.table_units += ReadUnits(whole->size_bytes(), is_consistent_);
      item = item::ItemView(whole->encoded());
    }
    if (filter_ && !filter_->Matches(item)) continue;
    ++count;
    if (!has_items) continue;
    if (count > 1) out += ',';
    RETURN_IF_ERROR(AppendSelected(item, selection_, scratch, out));
  }
  if (has_items) out += "],";
  out += "\"Count\":" + std::to_string(count) + ",\"ScannedCount\":" + std::to_string(scanned);
  if (scanned > 0 && (!page.is_last || fetched_bytes >= limits().bytes_max)) {
    StartMember("LastEvaluatedKey", out);
    AppendNamed(item::ItemView(page.items[scanned - 1].encoded()), KeyNames(source), out);
  }
  double units = ReadUnits(scanned_bytes, is_consistent_);
  if (source.index == nullptr) {
    consumed.table_units = units;
  } else {
    (source.is_global() ? consumed.global_units : consumed.local_units)[source.index->name] = units;
  }
  AppendCapacityMember(capacity_, table_.name, consumed, out);
  out += '}';
  return base::Ok();
}

}  // namespace dray::dynamodb
