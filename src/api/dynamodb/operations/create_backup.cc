// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/backup_description.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    kTableNameMember,
    {.name = "BackupName",
     .type = MemberType::kString,
     .required = true,
     .min = 3,
     .max = 255,
     .pattern = &kTableNamePattern},
};
constexpr Shape kShape{"CreateBackupInput", kMembers};

// The backup is AVAILABLE when the answer arrives; the answer says CREATING all the same, as on
// AWS.
class CreateBackup final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForBackups(resources.front()));
    ASSIGN_OR_RETURN(restore_table::Backup backup, services.backups.Create(open.ref, name));
    AppendBackupDetails(backup, restore_table::BackupStatus::kCreating, out);
    return base::Ok();
  }

  TableName table;
  std::string name;
};

}  // namespace

ParsedCall ParseCreateBackup(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<CreateBackup>();
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(input.body.Find("TableName")->string(), input.caller.account()));
  call->name = input.body.Find("BackupName")->string();
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
