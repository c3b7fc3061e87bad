// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/backup_description.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

constexpr int64_t kPageMax = 100;
constexpr std::string_view kTypes[] = {"USER", "SYSTEM", "AWS_BACKUP", "ALL"};
constexpr Member kMembers[] = {
    {.name = "TableName",
     .type = MemberType::kTable,
     .min = 1,
     .max = 255,
     .pattern = &kTableNamePattern},
    {.name = "Limit", .type = MemberType::kInteger, .min = 1, .max = kPageMax},
    {.name = "TimeRangeLowerBound", .type = MemberType::kTimestamp},
    {.name = "TimeRangeUpperBound", .type = MemberType::kTimestamp},
    {.name = "ExclusiveStartBackupArn", .type = MemberType::kString, .min = 37, .max = 1024},
    {.name = "BackupType", .type = MemberType::kString, .values = kTypes},
};
constexpr Shape kShape{"ListBackupsInput", kMembers};

class ListBackups final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    std::vector<restore_table::Backup> found;
    // One more than the page tells whether there are more.
    if (!lists_nothing) {
      ASSIGN_OR_RETURN(found,
                       services.backups.List(caller.account(), filter, start_after, count_max + 1));
    }
    const bool has_more = found.size() > count_max;
    if (has_more) found.pop_back();
    out += "{\"BackupSummaries\":[";
    for (size_t i = 0; i < found.size(); ++i) {
      if (i > 0) out += ',';
      AppendBackupSummary(found[i], services.region, out);
    }
    out += ']';
    if (has_more) out += ",\"LastEvaluatedBackupArn\":\"" + found.back().arn + "\"";
    out += '}';
    return base::Ok();
  }

  restore_table::BackupFilter filter;
  bool lists_nothing = false;  // backups by AWS Backup, which there are none of here
  std::string start_after;
  size_t count_max = kPageMax;
};

}  // namespace

ParsedCall ParseListBackups(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  auto call = std::make_unique<ListBackups>();
  if (auto name = body.Find("TableName")) {
    ASSIGN_OR_RETURN(TableName table, ParseTableName(name->string(), input.caller.account()));
    if (table.account != input.caller.account()) {
      return OnlyForTheOwner();
    }
    call->filter.table_name = table.name;
  }
  const std::string_view type = StringOr(body, "BackupType", "USER");
  if (type == "USER") call->filter.type = restore_table::BackupType::kUser;
  if (type == "SYSTEM") call->filter.type = restore_table::BackupType::kSystem;
  call->lists_nothing = type == "AWS_BACKUP";
  call->filter.from_micros = OptionalMicros(body, "TimeRangeLowerBound").value_or(INT64_MIN);
  call->filter.before_micros = OptionalMicros(body, "TimeRangeUpperBound").value_or(INT64_MAX);
  call->count_max = static_cast<size_t>(OptionalInt(body, "Limit").value_or(kPageMax));
  call->start_after = StringOr(body, "ExclusiveStartBackupArn", "");
  call->resources = {{input.caller.account(), "*"}};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
