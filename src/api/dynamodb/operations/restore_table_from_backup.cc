// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/operation.h"
#include "api/dynamodb/restore_overrides.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_shapes.h"
#include "api/dynamodb/table_spec.h"

namespace dray::dynamodb {

namespace {

class RestoreTableFromBackup final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    restore_table::RestoreRequest request;
    request.backup_arn = backup_arn;
    request.make_table = [this](const table::TableDescriptor& settings) {
      return ApplyOverrides(settings, overrides, target);
    };
    ASSIGN_OR_RETURN(table::TableRef table, services.restores.Start(caller, request));
    out += "{\"TableDescription\":";
    AppendTableDescription(ShowTable(services, table, services.tables.Describe(table)),
                           services.region, out);
    out += '}';
    return base::Ok();
  }

  std::string backup_arn;
  TableName target;
  RestoreOverrides overrides;
};

}  // namespace

ParsedCall ParseRestoreTableFromBackup(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kRestoreTableFromBackupShape));
  auto call = std::make_unique<RestoreTableFromBackup>();
  call->backup_arn = body.Find("BackupArn")->string();
  ASSIGN_OR_RETURN(Resource backup,
                   ParseBackupArn(call->backup_arn, input.caller.account(), input.region));
  ASSIGN_OR_RETURN(call->overrides, ReadRestoreOverrides(body));
  call->target = {input.caller.account(), std::string(body.Find("TargetTableName")->string())};
  call->resources = {std::move(backup)};
  for (std::string_view action : kActionsOnTarget) {
    call->needs.push_back({action, call->target.resource()});
  }
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
