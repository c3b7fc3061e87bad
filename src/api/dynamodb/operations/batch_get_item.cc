// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "api/dynamodb/attribute_selection.h"
#include "api/dynamodb/attributes.h"
#include "api/dynamodb/condition_keys.h"
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
    {.name = "ProjectionExpression", .type = MemberType::kString},
    {.name = "ExpressionAttributeNames", .type = MemberType::kMap},
};
constexpr Shape kKeysShape{"KeysAndAttributes", kKeysMembers};
constexpr std::string_view kLegacy[] = {"AttributesToGet"};
constexpr std::string_view kExpressions[] = {"ProjectionExpression"};

// The part of a request that is about one table.
struct TableReads {
  TableName table;
  std::string name;  // as sent
  std::optional<JsonView> request;
  std::vector<EncodedItem> keys;
  std::unique_ptr<RequestParameters> parameters;
  AttributeSelection selection;
  bool is_consistent = false;
};

struct OpenBatch {
  OpenTable open;
  std::vector<item::PrimaryKey> keys;
};

class BatchGetItem final : public Call {
 public:
  void AddConditionKeys(size_t part, policy::Context& context) const override {
    const TableReads& reads = tables[part];
    ItemConditionKeys keys;
    for (const EncodedItem& key : reads.keys) {
      if (const auto& table = resources[part].found.descriptor) {
        keys.AddLeadingKeys(table->key_schema, key.view());
      }
      keys.AddAttributesOf(key.view());
    }
    keys.AddSelection(reads.selection);
    keys.set_capacity(capacity);
    keys.SetIn(context);
    context.Set(kSelectKey, SelectOf(reads.selection));
  }

  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    std::vector<OpenBatch> batches;
    for (const TableReads& reads : tables) {
      ASSIGN_OR_RETURN(OpenTable open, OpenForItems(resources[batches.size()]));
      ASSIGN_OR_RETURN(std::vector<item::PrimaryKey> keys,
                       PrimaryKeys(open.descriptor.key_schema, reads.keys));
      RETURN_IF_ERROR(reads.selection.Check(open.descriptor));
      batches.push_back({std::move(open), std::move(keys)});
    }
    std::string unprocessed, consumed;
    size_t bytes_left = kResponseBytesMax;
    out += "{\"Responses\":{";
    for (size_t i = 0; i < tables.size(); ++i) {
      const TableReads& reads = tables[i];
      if (i > 0) out += ',';
      json::AppendString(reads.name, out);
      out += ":[";
      Capacity units;
      ASSIGN_OR_RETURN(size_t done,
                       AppendItems(services, reads, batches[i], bytes_left, units, out));
      out += ']';
      if (done < reads.keys.size()) AppendUnprocessed(reads, done, unprocessed);
      if (capacity == ReturnConsumedCapacity::kNone) continue;
      if (!consumed.empty()) consumed += ',';
      AppendCapacity(capacity, reads.table.name, units, consumed);
    }
    out += "},\"UnprocessedKeys\":{" + unprocessed + "}";
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

  // The items of one table as far as the response may grow; how many keys were looked up.
  static base::Result<size_t> AppendItems(Services& services, const TableReads& reads,
                                          const OpenBatch& batch, size_t& bytes_left,
                                          Capacity& consumed, std::string& out) {
    std::optional<item::ItemBuilder> scratch;
    bool is_first = true;
    for (size_t done = 0; done < batch.keys.size(); ++done) {
      if (bytes_left == 0) return done;
      ASSIGN_OR_RETURN(std::optional<table::StoredItem> found,
                       services.tables.Get(batch.open.ref, batch.keys[done]));
      consumed.table_units += ReadUnits(found ? found->size_bytes() : 0, reads.is_consistent);
      if (!found) continue;
      bytes_left -= std::min(bytes_left, found->size_bytes());
      if (!is_first) out += ',';
      is_first = false;
      RETURN_IF_ERROR(
          AppendSelected(item::ItemView(found->encoded()), reads.selection, scratch, out));
    }
    return batch.keys.size();
  }

  // What the client has to send again, in the form of its request.
  static void AppendUnprocessed(const TableReads& reads, size_t from, std::string& out) {
    if (!out.empty()) out += ',';
    json::AppendString(reads.name, out);
    out += ":{\"Keys\":[";
    for (size_t i = from; i < reads.keys.size(); ++i) {
      if (i > from) out += ',';
      dynamodb_json::AppendAttributes(reads.keys[i].view().attributes(), out);
    }
    out += ']';
    for (const Member& member : kKeysMembers) {
      std::optional<JsonView> value = reads.request->Find(member.name);
      if (!value || member.name == "Keys") continue;
      StartMember(member.name, out);
      value->AppendJson(out);
    }
    out += '}';
  }
};

Status ReadTable(const Input& input, std::string_view name, const JsonView& request,
                 TableReads& reads) {
  RETURN_IF_ERROR(
      CheckShape(request, kKeysShape, "requestItems." + std::string(name) + ".member."));
  RETURN_IF_ERROR(CheckExpressionMix(request, kLegacy, kExpressions));
  JsonView keys = *request.Find("Keys");
  if (keys.size() > kKeysMax) {
    return ValidationError("1 validation error detected: Value at 'RequestItems." +
                           std::string(name) +
                           ".member.Keys' failed to satisfy constraint: Member must have length "
                           "less than or equal to 100");
  }
  reads.name = name;
  reads.request = request;
  reads.is_consistent = BoolOr(request, "ConsistentRead", false);
  ASSIGN_OR_RETURN(reads.table, ParseTableName(name, input.caller.account()));
  ASSIGN_OR_RETURN(reads.parameters, RequestParameters::Read(request));
  RETURN_IF_ERROR(ReadAttributeSelection(request, input.expressions, reads.parameters->parameters,
                                         reads.selection));
  RETURN_IF_ERROR(reads.parameters->parameters.CheckAllUsed());
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
