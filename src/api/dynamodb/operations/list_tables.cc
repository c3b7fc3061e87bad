// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    {.name = "ExclusiveStartTableName",
     .type = MemberType::kString,
     .min = 3,
     .max = 255,
     .pattern = &kTableNamePattern},
    {.name = "Limit", .type = MemberType::kInteger, .min = 1, .max = 100},
};
constexpr Shape kShape{"ListTablesInput", kMembers};

class ListTables final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    // One more than the page tells whether there are more.
    ASSIGN_OR_RETURN(std::vector<std::string> names,
                     services.tables.List(caller.account(), start_after, limit + 1));
    bool has_more = names.size() > limit;
    if (has_more) names.resize(limit);
    json::Writer writer(out);
    writer.StartObject().Name("TableNames").StartArray();
    for (const std::string& name : names) writer.String(name);
    writer.EndArray();
    if (has_more) writer.Name("LastEvaluatedTableName").String(names.back());
    writer.EndObject();
    return base::Ok();
  }

  std::string start_after;
  size_t limit = 100;
};

}  // namespace

ParsedCall ParseListTables(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<ListTables>();
  call->start_after = StringOr(input.body, "ExclusiveStartTableName", "");
  call->limit = static_cast<size_t>(OptionalInt(input.body, "Limit").value_or(100));
  call->resources = {{input.caller.account(), "*"}};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
