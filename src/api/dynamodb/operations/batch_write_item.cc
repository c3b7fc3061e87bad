// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <set>
#include <utility>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/condition_keys.h"
#include "api/dynamodb/consumed_capacity.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/item_write.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "format/json/json.h"
#include "storage/table/index_entry.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr size_t kRequestsMax = 25;

constexpr Member kMembers[] = {
    {.name = "RequestItems",
     .type = MemberType::kMap,
     .required = true,
     .missing_text = "The requestItems parameter is required for BatchWriteItem"},
    kReturnConsumedCapacityMember,
    kReturnItemCollectionMetricsMember,
};
constexpr Shape kShape{"BatchWriteItemInput", kMembers};

constexpr Member kPutMembers[] = {{.name = "Item", .type = MemberType::kMap, .required = true}};
constexpr Shape kPutShape{"PutRequest", kPutMembers};
constexpr Member kDeleteMembers[] = {{.name = "Key", .type = MemberType::kMap, .required = true}};
constexpr Shape kDeleteShape{"DeleteRequest", kDeleteMembers};
constexpr Member kRequestMembers[] = {
    {.name = "PutRequest", .type = MemberType::kStructure, .shape = &kPutShape},
    {.name = "DeleteRequest", .type = MemberType::kStructure, .shape = &kDeleteShape},
};
constexpr Shape kRequestShape{"WriteRequest", kRequestMembers};

struct WriteRequest {
  bool is_put = false;
  EncodedItem item;  // or the key
};

struct TableWrites {
  TableName table;
  std::string name;  // as sent
  std::vector<WriteRequest> requests;
};

struct OpenBatch {
  OpenTable open;
  std::vector<table::Tables::BatchEntry> entries;
};

class BatchWriteItem final : public Call {
 public:
  void AddConditionKeys(size_t part, policy::Context& context) const override {
    ItemConditionKeys keys;
    for (const WriteRequest& request : tables[part].requests) {
      if (const auto& table = resources[part].found.descriptor) {
        keys.AddLeadingKeys(table->key_schema, request.item.view());
      }
      keys.AddAttributesOf(request.item.view());
    }
    keys.set_capacity(capacity);
    keys.SetIn(context);
  }

  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    // Everything is checked before anything is written.
    std::vector<OpenBatch> batches;
    for (const TableWrites& writes : tables) {
      ASSIGN_OR_RETURN(OpenTable open, OpenForItems(resources[batches.size()]));
      ASSIGN_OR_RETURN(std::vector<table::Tables::BatchEntry> entries,
                       Entries(open.descriptor, writes.requests));
      batches.push_back({std::move(open), std::move(entries)});
    }
    std::string consumed, collections;
    for (size_t i = 0; i < tables.size(); ++i) {
      const OpenBatch& batch = batches[i];
      ASSIGN_OR_RETURN(std::vector<table::MutateResult> results,
                       services.tables.WriteBatch(batch.open.ref, batch.entries));
      if (capacity != ReturnConsumedCapacity::kNone) {
        Capacity units;
        for (size_t j = 0; j < results.size(); ++j) {
          units.AddWrite(batch.open.descriptor, results[j], batch.entries[j].size_bytes);
        }
        if (!consumed.empty()) consumed += ',';
        AppendCapacity(capacity, tables[i].table.name, units, consumed);
      }
      if (returns_collection_metrics) {
        AppendCollections(tables[i], batch, results, collections);
      }
    }
    out += "{\"UnprocessedItems\":{}";
    if (!collections.empty()) out += ",\"ItemCollectionMetrics\":{" + collections + "}";
    if (!consumed.empty()) out += ",\"ConsumedCapacity\":[" + consumed + "]";
    out += '}';
    return base::Ok();
  }

  std::vector<TableWrites> tables;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;
  bool returns_collection_metrics = false;

 private:
  static base::Result<std::vector<table::Tables::BatchEntry>> Entries(
      const table::TableDescriptor& descriptor, const std::vector<WriteRequest>& requests) {
    std::vector<table::Tables::BatchEntry> entries;
    std::set<std::pair<std::string, std::string>> seen;
    for (const WriteRequest& request : requests) {
      auto key = request.is_put ? item::KeyOfItem(descriptor.key_schema, request.item.view())
                                : item::KeyOfKeyMap(descriptor.key_schema, request.item.view());
      if (!key) return std::move(key).error();
      if (request.is_put) {
        RETURN_IF_ERROR(table::CheckIndexKeys(descriptor.indexes, request.item.view()));
      }
      if (!seen.emplace(key->partition, key->sort).second) {
        return ValidationError("Provided list of item keys contains duplicates");
      }
      table::Tables::BatchEntry entry;
      entry.key = *std::move(key);
      if (request.is_put) {
        entry.encoded = request.item.bytes;
        entry.size_bytes = request.item.size_bytes;
      }
      entries.push_back(std::move(entry));
    }
    return entries;
  }

  // Of each item collection that was written to, once, as it is after the last write to it.
  static void AppendCollections(const TableWrites& writes, const OpenBatch& batch,
                                const std::vector<table::MutateResult>& results, std::string& out) {
    std::map<std::string_view, size_t> last_writes;  // by partition key
    for (size_t i = 0; i < results.size(); ++i) {
      if (results[i].collection_bytes) last_writes[batch.entries[i].key.partition] = i;
    }
    if (last_writes.empty()) return;
    if (!out.empty()) out += ',';
    json::AppendString(writes.name, out);
    out += ":[";
    bool is_first = true;
    for (const auto& [partition, i] : last_writes) {
      if (!is_first) out += ',';
      is_first = false;
      AppendCollectionMetrics(batch.open.descriptor.key_schema, writes.requests[i].item.view(),
                              *results[i].collection_bytes, out);
    }
    out += ']';
  }
};

Status ReadRequests(const JsonView& list, TableWrites& writes) {
  return list.ForEachElement([&](JsonView request) -> Status {
    RETURN_IF_ERROR(CheckShape(request, kRequestShape));
    std::optional<JsonView> put = request.Find("PutRequest");
    std::optional<JsonView> remove = request.Find("DeleteRequest");
    if (put.has_value() == remove.has_value()) {
      // AWS says this of neither, too.
      return ValidationError(
          "Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
          "the supported datatypes");
    }
    WriteRequest write;
    write.is_put = put.has_value();
    ASSIGN_OR_RETURN(write.item, ReadAttributes(put ? *put->Find("Item") : *remove->Find("Key")));
    if (write.is_put && write.item.size_bytes > item::kItemBytesMax) {
      return ValidationError("Item size has exceeded the maximum allowed size");
    }
    writes.requests.push_back(std::move(write));
    return base::Ok();
  });
}

// AWS prints the whole list here.
base::Error WrongCount(std::string_view table, size_t requests) {
  return ValidationError(
      "1 validation error detected: Value '{" + std::string(table) + "=[" +
      std::to_string(requests) +
      " WriteRequests]}' at 'requestItems' failed to satisfy constraint: Map value must satisfy "
      "constraint: [Member must have length less than or equal to 25, Member must have length "
      "greater than or equal to 1]");
}

}  // namespace

ParsedCall ParseBatchWriteItem(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  auto call = std::make_unique<BatchWriteItem>();
  call->capacity = ReadReturnConsumedCapacity(body);
  call->returns_collection_metrics =
      StringOr(body, "ReturnItemCollectionMetrics", "NONE") == "SIZE";
  size_t count = 0;
  Status read =
      body.Find("RequestItems")->ForEachMember([&](std::string_view name, JsonView list) -> Status {
        if (list.kind() != JsonView::Kind::kArray)
          return SerializationError("Unexpected field type");
        size_t requests = list.size();
        if (requests == 0 || requests > kRequestsMax) return WrongCount(name, requests);
        count += requests;
        TableWrites writes;
        writes.name = name;
        ASSIGN_OR_RETURN(writes.table, ParseTableName(name, input.caller.account()));
        RETURN_IF_ERROR(ReadRequests(list, writes));
        call->resources.push_back(writes.table.resource());
        call->tables.push_back(std::move(writes));
        return base::Ok();
      });
  RETURN_IF_ERROR(read);
  if (count > kRequestsMax) {
    return ValidationError("Too many items requested for the BatchWriteItem call");
  }
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
