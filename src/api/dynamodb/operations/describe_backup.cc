// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/backup_description.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    {.name = "BackupArn", .type = MemberType::kString, .required = true, .min = 37, .max = 1024},
};
constexpr Shape kShape{"DescribeBackupInput", kMembers};

class DescribeBackup final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(std::optional<restore_table::Backup> backup, services.backups.Find(arn));
    if (!backup) {
      return base::Error{base::ErrorKind::kNotFound, "Backup not found: " + arn,
                         restore_table::reason::kBackupNotFound};
    }
    AppendBackup(*backup, services.region, out);
    return base::Ok();
  }

  std::string arn;
};

}  // namespace

ParsedCall ParseDescribeBackup(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<DescribeBackup>();
  call->arn = input.body.Find("BackupArn")->string();
  ASSIGN_OR_RETURN(Resource resource,
                   ParseBackupArn(call->arn, input.caller.account(), input.region));
  call->resources = {std::move(resource)};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
