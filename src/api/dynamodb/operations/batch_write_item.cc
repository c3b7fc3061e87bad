// SPDX-License-Identifier: Apache-2.0
#include <set>
#include <utility>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/consumed_capacity.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"

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
  std::vector<WriteRequest> requests;
};

class BatchWriteItem final : public Call {
 public:
  Status Execute(Services& services, const access::Caller&, std::string& out) override {
    // Everything is checked before anything is written.
    std::vector<std::pair<OpenTable, std::vector<table::Tables::BatchEntry>>> batches;
    for (TableWrites& writes : tables) {
      ASSIGN_OR_RETURN(OpenTable open, OpenForItems(services, writes.table));
      ASSIGN_OR_RETURN(std::vector<table::Tables::BatchEntry> entries,
                       Entries(open.descriptor.key_schema, writes.requests));
      batches.emplace_back(std::move(open), std::move(entries));
    }
    for (const auto& [open, entries] : batches) {
      RETURN_IF_ERROR(services.tables.WriteBatch(open.ref, entries));
    }
    out += "{\"UnprocessedItems\":{}";
    if (capacity != ReturnConsumedCapacity::kNone) {
      out += ",\"ConsumedCapacity\":[";
      for (size_t i = 0; i < tables.size(); ++i) {
        if (i > 0) out += ',';
        double units = 0;
        for (const auto& entry : batches[i].second) units += WriteUnits(entry.size_bytes);
        AppendCapacity(capacity, tables[i].table.name, units, out);
      }
      out += ']';
    }
    out += '}';
    return base::Ok();
  }

  std::vector<TableWrites> tables;
  ReturnConsumedCapacity capacity = ReturnConsumedCapacity::kNone;

 private:
  static base::Result<std::vector<table::Tables::BatchEntry>> Entries(
      const item::KeySchema& schema, std::vector<WriteRequest>& requests) {
    std::vector<table::Tables::BatchEntry> entries;
    std::set<std::pair<std::string, std::string>> seen;
    for (WriteRequest& request : requests) {
      auto key = request.is_put ? item::KeyOfItem(schema, request.item.view())
                                : item::KeyOfKeyMap(schema, request.item.view());
      if (!key) return std::move(key).error();
      if (request.is_put && request.item.size_bytes > item::kItemBytesMax) {
        return ValidationError("Item size has exceeded the maximum allowed size");
      }
      if (!seen.emplace(key->partition, key->sort).second) {
        return ValidationError("Provided list of item keys contains duplicates");
      }
      table::Tables::BatchEntry entry;
      entry.key = *std::move(key);
      if (request.is_put) {
        entry.encoded = std::move(request.item.bytes);
        entry.size_bytes = request.item.size_bytes;
      }
      entries.push_back(std::move(entry));
    }
    return entries;
  }
};

Status ReadRequests(const JsonView& list, TableWrites& writes) {
  return list.ForEachElement([&](JsonView request) -> Status {
    RETURN_IF_ERROR(CheckShape(request, kRequestShape));
    std::optional<JsonView> put = request.Find("PutRequest");
    std::optional<JsonView> remove = request.Find("DeleteRequest");
    if (put.has_value() == remove.has_value()) {
      return ValidationError(
          put ? "Supplied AttributeValue has more than one datatypes set, must contain exactly one "
                "of the supported datatypes"
              : "Supplied WriteRequest is empty, must contain exactly one of PutRequest and "
                "DeleteRequest");
    }
    WriteRequest write;
    write.is_put = put.has_value();
    ASSIGN_OR_RETURN(write.item, ReadAttributes(put ? *put->Find("Item") : *remove->Find("Key")));
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
  size_t count = 0;
  Status read =
      body.Find("RequestItems")->ForEachMember([&](std::string_view name, JsonView list) -> Status {
        if (list.kind() != JsonView::Kind::kArray)
          return SerializationError("Unexpected field type");
        size_t requests = list.size();
        if (requests == 0 || requests > kRequestsMax) return WrongCount(name, requests);
        count += requests;
        TableWrites writes;
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
