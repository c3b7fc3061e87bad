// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "api/dynamodb/table_spec.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    kTableNameMember,
};
constexpr Shape kShape{"DescribeTimeToLiveInput", kMembers};

// ENABLING lasts until the items that were there before have been looked through.
class DescribeTimeToLive final : public Call {
 public:
  base::Status Execute(Services&, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForAdministration(resources.front()));
    if (open.descriptor.status != table::TableStatus::kActive) {
      std::string status(StatusText(open.descriptor.status));
      return ValidationError("Cannot describe time to live while table is in " + status +
                             " state: Current table state is " + status);
    }
    const table::TimeToLive& settings = open.descriptor.time_to_live;
    json::Writer writer(out);
    writer.StartObject().Name("TimeToLiveDescription").StartObject();
    writer.Name("TimeToLiveStatus")
        .String(!settings.is_enabled      ? "DISABLED"
                : settings.is_backfilling ? "ENABLING"
                                          : "ENABLED");
    if (settings.is_enabled) writer.Name("AttributeName").String(settings.attribute);
    writer.EndObject().EndObject();
    return base::Ok();
  }

  TableName table;
};

}  // namespace

ParsedCall ParseDescribeTimeToLive(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<DescribeTimeToLive>();
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(input.body.Find("TableName")->string(), input.caller.account()));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
