// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/continuous_backups.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    kTableNameMember,
};
constexpr Shape kShape{"DescribeContinuousBackupsInput", kMembers};

class DescribeContinuousBackups final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForBackups(resources.front()));
    return AppendContinuousBackups(services, open.ref, out);
  }

  TableName table;
};

}  // namespace

ParsedCall ParseDescribeContinuousBackups(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<DescribeContinuousBackups>();
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(input.body.Find("TableName")->string(), input.caller.account()));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
