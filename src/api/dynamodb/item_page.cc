// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/item_page.h"

#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;

Status CheckSelect(const JsonView& body) {
  std::string_view select = StringOr(body, "Select", "");
  bool has_attributes = body.Find("AttributesToGet").has_value();
  if (select == "ALL_PROJECTED_ATTRIBUTES" && !body.Find("IndexName")) {
    return InvalidParameter(
        "ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName");
  }
  if (select == "SPECIFIC_ATTRIBUTES" && !has_attributes) {
    return InvalidParameter(
        "Must specify the AttributesToGet or ProjectionExpression when choosing to get "
        "SPECIFIC_ATTRIBUTES");
  }
  if (has_attributes && !select.empty() && select != "SPECIFIC_ATTRIBUTES") {
    return InvalidParameter(
        select == "COUNT"
            ? "Cannot specify the AttributesToGet when choosing to get only the Count"
            : "Cannot specify the AttributesToGet when choosing to get " + std::string(select));
  }
  return base::Ok();
}

}  // namespace

Result<PageRequest> ReadPageRequest(const JsonView& body, std::string_view caller_account) {
  RETURN_IF_ERROR(CheckSelect(body));
  PageRequest request;
  ASSIGN_OR_RETURN(request.table, ParseTableName(body.Find("TableName")->string(), caller_account));
  request.index_name = OptionalString(body, "IndexName");
  request.counts_only = StringOr(body, "Select", "") == "COUNT";
  request.is_consistent = BoolOr(body, "ConsistentRead", false);
  request.capacity = ReadReturnConsumedCapacity(body);
  request.limit = OptionalInt(body, "Limit");
  ASSIGN_OR_RETURN(request.attributes_to_get, ReadAttributesToGet(body));
  if (std::optional<JsonView> key = body.Find("ExclusiveStartKey")) {
    ASSIGN_OR_RETURN(request.exclusive_start_key, ReadAttributes(*key));
  }
  return request;
}

Result<std::optional<item::PrimaryKey>> StartAfter(const PageRequest& request,
                                                   const item::KeySchema& schema) {
  if (!request.exclusive_start_key) return std::optional<item::PrimaryKey>();
  item::ItemView key = request.exclusive_start_key->view();
  if (key.attributes().CountEntries() != schema.hash.size() + schema.range.size()) {
    return ValidationError("Exclusive Start Key must have same size as table's key schema");
  }
  Result<item::PrimaryKey> primary_key = item::KeyOfKeyMap(schema, key);
  if (!primary_key) {
    return ValidationError("The provided starting key is invalid: " + primary_key.error().message);
  }
  return std::optional<item::PrimaryKey>(*std::move(primary_key));
}

Status CheckIndex(const PageRequest& request) {
  if (!request.index_name) return base::Ok();
  return ValidationError("The table does not have the specified index: " + *request.index_name);
}

table::PageLimits LimitsOf(const PageRequest& request) {
  table::PageLimits limits;
  if (request.limit) limits.items_max = static_cast<size_t>(*request.limit);
  return limits;
}

void AppendPage(const PageRequest& request, const item::KeySchema& schema,
                const table::ItemPage& page, std::string& out) {
  size_t size_bytes = 0;
  out += '{';
  if (!request.counts_only) out += "\"Items\":[";
  for (size_t i = 0; i < page.items.size(); ++i) {
    size_bytes += page.items[i].size_bytes();
    if (request.counts_only) continue;
    if (i > 0) out += ',';
    AppendItem(item::ItemView(page.items[i].encoded()), request.attributes_to_get, out);
  }
  if (!request.counts_only) out += "],";
  std::string count = std::to_string(page.items.size());
  out += "\"Count\":" + count + ",\"ScannedCount\":" + count;
  // A page that the limit ended has a key to go on from, even when nothing follows: as on AWS.
  bool is_full = request.limit && page.items.size() == static_cast<size_t>(*request.limit);
  if (!page.items.empty() && (!page.is_last || is_full)) {
    out += ",\"LastEvaluatedKey\":";
    AppendKey(schema, item::ItemView(page.items.back().encoded()), out);
  }
  AppendCapacityMember(request.capacity, request.table.name,
                       ReadUnits(size_bytes, request.is_consistent), true, out);
  out += '}';
}

}  // namespace dray::dynamodb
