// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <utility>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/consumed_capacity.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr size_t kKeysMax = 100;
constexpr size_t kResponseBytesMax = size_t{16} * 1024 * 1024;

constexpr Member kMembers[] = {
    {.name = "RequestItems",
     .type = MemberType::kMap,
     .required = true,
     .missing_text = "The requestItems parameter is required for BatchGetItem"},
    kReturnConsumedCapacityMember,
};
constexpr Shape kShape{"BatchGetItemInput", kMembers};
constexpr Member kKeysMembers[] = {
    {.name = "Keys", .type = MemberType::kList, .required = true, .min = 1},
    {.name = "AttributesToGet", .type = MemberType::kStrings, .min = 1},
    {.name = "ConsistentRead", .type = MemberType::kBoolean},
};
constexpr Shape kKeysShape{"KeysAndAttributes", kKeysMembers};
constexpr Member kExpressionMembers[] = {{.name = "ProjectionExpression", .refused = true}};
constexpr Shape kExpressionShape{"KeysAndAttributes", kExpressionMembers};
constexpr std::string_view kLegacy[] = {"AttributesToGet"};
constexpr std::string_view kExpressions[] = {"ProjectionExpression"};

struct TableReads {
  TableName table;
  std::string name;  // as sent
  std::vector<EncodedItem> keys;
  std::vector<std::string> attributes_to_get;
  bool is_consistent = false;
};

class BatchGetItem final : public Call {
 public:
  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    std::vector<std::pair<OpenTable, std::vector<item::PrimaryKey>>> batches;
    for (const TableReads& reads : tables) {
      ASSIGN_OR_RETURN(OpenTable open, OpenForItems(services, reads.table));
      ASSIGN_OR_RETURN(std::vector<item::PrimaryKey> keys,
                       PrimaryKeys(open.descriptor.key_schema, reads.keys));
      batches.emplace_back(std::move(open), std::move(keys));
    }
    std::string responses, unprocessed, consumed;
    size_t response_bytes = 0;
    for (size_t i = 0; i < tables.size(); ++i) {
      const TableReads& reads = tables[i];
      std::string items;
      double units = 0;
      size_t done = 0;
      for (; done < reads.keys.size() && response_bytes < kResponseBytesMax; ++done) {
        ASSIGN_OR_RETURN(std::optional<table::StoredItem> found,
                         services.tables.Get(batches[i].first.ref, batches[i].second[done]));
        units += ReadUnits(found ? found->size_bytes() : 0, reads.is_consistent);
        if (!found) continue;
        response_bytes += found->size_bytes();
        if (!items.empty()) items += ',';
        AppendItem(item::ItemView(found->encoded()), reads.attributes_to_get, items);
      }
      AppendNamed(reads.name, "[" + items + "]", responses);
      if (done < reads.keys.size()) AppendUnprocessed(reads, done, unprocessed);
      if (capacity == ReturnConsumedCapacity::kNone) continue;
      if (!consumed.empty()) consumed += ',';
      AppendCapacity(capacity, reads.table.name, units, consumed);
    }
    out += "{\"Responses\":{" + responses + "},\"UnprocessedKeys\":{" + unprocessed + "}";
    if (!consumed.empty()) out += ",\"ConsumedCapacity\":[" + consumed + "]";
    out += '}';
    return base::Ok();
  }

  std::vector<TableReads> tables;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;

 private:
  static base::Result<std::vector<item::PrimaryKey>> PrimaryKeys(
      const item::KeySchema& schema, const std::vector<EncodedItem>& keys) {
    std::vector<item::PrimaryKey> out;
    std::set<std::pair<std::string, std::string>> seen;
    for (const EncodedItem& key : keys) {
      ASSIGN_OR_RETURN(item::PrimaryKey primary_key, item::KeyOfKeyMap(schema, key.view()));
      if (!seen.emplace(primary_key.partition, primary_key.sort).second) {
        return ValidationError("Provided list of item keys contains duplicates");
      }
      out.push_back(std::move(primary_key));
    }
    return out;
  }

  static void AppendNamed(std::string_view name, std::string_view json, std::string& out) {
    if (!out.empty()) out += ',';
    json::AppendString(name, out);
    out += ':';
    out += json;
  }

  // What the client has to send again, in the form of its request.
  static void AppendUnprocessed(const TableReads& reads, size_t from, std::string& out) {
    std::string entry = "{\"Keys\":[";
    for (size_t i = from; i < reads.keys.size(); ++i) {
      if (i > from) entry += ',';
      dynamodb_json::AppendAttributes(reads.keys[i].view().attributes(), entry);
    }
    entry += ']';
    if (!reads.attributes_to_get.empty()) {
      entry += ",\"AttributesToGet\":[";
      for (size_t i = 0; i < reads.attributes_to_get.size(); ++i) {
        if (i > 0) entry += ',';
        json::AppendString(reads.attributes_to_get[i], entry);
      }
      entry += ']';
    }
    if (reads.is_consistent) entry += ",\"ConsistentRead\":true";
    AppendNamed(reads.name, entry + "}", out);
  }
};

Status ReadTable(const Input& input, std::string_view name, const JsonView& request,
                 TableReads& reads) {
  RETURN_IF_ERROR(CheckShape(request, kKeysShape));
  RETURN_IF_ERROR(CheckExpressionMix(request, kLegacy, kExpressions));
  RETURN_IF_ERROR(CheckShape(request, kExpressionShape));
  JsonView keys = *request.Find("Keys");
  if (keys.size() > kKeysMax) {
    return ValidationError("1 validation error detected: Value at 'RequestItems." +
                           std::string(name) +
                           ".member.Keys' failed to satisfy constraint: Member must have length "
                           "less than or equal to 100");
  }
  reads.name = name;
  reads.is_consistent = BoolOr(request, "ConsistentRead", false);
  ASSIGN_OR_RETURN(reads.table, ParseTableName(name, input.caller.account()));
  ASSIGN_OR_RETURN(reads.attributes_to_get, ReadAttributesToGet(request));
  return keys.ForEachElement([&](JsonView element) -> Status {
    ASSIGN_OR_RETURN(EncodedItem key, ReadAttributes(element));
    reads.keys.push_back(std::move(key));
    return base::Ok();
  });
}

}  // namespace

ParsedCall ParseBatchGetItem(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<BatchGetItem>();
  call->capacity = ReadReturnConsumedCapacity(input.body);
  size_t count = 0;
  Status read = input.body.Find("RequestItems")
                    ->ForEachMember([&](std::string_view name, JsonView request) -> Status {
                      TableReads reads;
                      RETURN_IF_ERROR(ReadTable(input, name, request, reads));
                      count += reads.keys.size();
                      call->resources.push_back(reads.table.resource());
                      call->tables.push_back(std::move(reads));
                      return base::Ok();
                    });
  RETURN_IF_ERROR(read);
  if (count > kKeysMax) {
    return ValidationError("Too many items requested for the BatchGetItem call");
  }
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
