// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "api/dynamodb/table_spec.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    kTableNameMember,
};
constexpr Shape kShape{"DescribeTableInput", kMembers};

class DescribeTable final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForAdministration(resources.front()));
    out += "{\"Table\":";
    AppendTableDescription(ShowTable(services, open.ref, open.descriptor), services.region, out);
    out += '}';
    return base::Ok();
  }

  TableName table;
};

}  // namespace

ParsedCall ParseDescribeTable(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<DescribeTable>();
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(input.body.Find("TableName")->string(), input.caller.account()));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
