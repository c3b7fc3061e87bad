// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/restore_overrides.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_shapes.h"
#include "api/dynamodb/table_spec.h"

namespace dray::dynamodb {

namespace {

class RestoreTableToPointInTime final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    restore_table::RestoreRequest request;
    request.source_table = source.name;
    request.time_micros = time_micros;
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

  TableName source, target;
  std::optional<int64_t> time_micros;
  RestoreOverrides overrides;
};

base::Result<TableName> ReadSource(const Input& input) {
  auto arn = input.body.Find("SourceTableArn"), name = input.body.Find("SourceTableName");
  if (arn && name) {
    return ValidationError("Must provide exactly one of: sourceTableArn, sourceTableName");
  }
  if (!arn && !name) return ValidationError("The parameter 'TableName' is required");
  if (name) return TableName{input.caller.account(), std::string(name->string())};
  if (!ParseArn(arn->string())) {
    return ValidationError("Invalid table ARN: " + std::string(arn->string()));
  }
  ASSIGN_OR_RETURN(TableName table, ParseTableName(arn->string(), input.caller.account()));
  if (table.account != input.caller.account()) {
    return OnlyForTheOwner();
  }
  return table;
}

}  // namespace

ParsedCall ParseRestoreTableToPointInTime(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kRestoreTableToPointInTimeShape));
  auto call = std::make_unique<RestoreTableToPointInTime>();
  ASSIGN_OR_RETURN(call->source, ReadSource(input));
  const bool uses_latest = BoolOr(body, "UseLatestRestorableTime", false);
  call->time_micros = OptionalMicros(body, "RestoreDateTime");
  if (uses_latest && call->time_micros) {
    return ValidationError("Both RestoreDateTime and UseLatestRestorableTime cannot be set");
  }
  if (!uses_latest && !call->time_micros) {
    return ValidationError(
        "Either one of RestoreDateTime or UseLatestRestorableTime must be specified");
  }
  ASSIGN_OR_RETURN(call->overrides, ReadRestoreOverrides(body));
  call->target = {input.caller.account(), std::string(body.Find("TargetTableName")->string())};
  call->resources = {call->source.resource()};
  for (std::string_view action : kActionsOnTarget) {
    call->needs.push_back({action, call->target.resource()});
  }
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
