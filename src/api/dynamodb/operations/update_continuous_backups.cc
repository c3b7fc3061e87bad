// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/continuous_backups.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

constexpr int64_t kDefaultPeriodDays = 35;

constexpr Member kRecoveryMembers[] = {
    {.name = "PointInTimeRecoveryEnabled", .type = MemberType::kBoolean, .required = true},
    {.name = "RecoveryPeriodInDays", .type = MemberType::kInteger, .min = 1, .max = 35},
};
constexpr Shape kRecovery{"PointInTimeRecoverySpecification", kRecoveryMembers};
constexpr Member kMembers[] = {
    kTableNameMember,
    {.name = "PointInTimeRecoverySpecification",
     .type = MemberType::kStructure,
     .required = true,
     .shape = &kRecovery},
};
constexpr Shape kShape{"UpdateContinuousBackupsInput", kMembers};

class UpdateContinuousBackups final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForBackups(resources.front()));
    if (is_enabled) {
      RETURN_IF_ERROR(services.tables.EnableRecovery(open.ref, period_days));
    } else {
      RETURN_IF_ERROR(services.tables.DisableRecovery(open.ref));
    }
    return AppendContinuousBackups(services, open.ref, out);
  }

  TableName table;
  bool is_enabled = false;
  int64_t period_days = kDefaultPeriodDays;
};

}  // namespace

ParsedCall ParseUpdateContinuousBackups(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<UpdateContinuousBackups>();
  JsonView recovery = *input.body.Find("PointInTimeRecoverySpecification");
  call->is_enabled = BoolOr(recovery, "PointInTimeRecoveryEnabled", false);
  std::optional<int64_t> period = OptionalInt(recovery, "RecoveryPeriodInDays");
  if (period && !call->is_enabled) {
    return ValidationError(
        "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time "
        "recovery.");
  }
  call->period_days = period.value_or(kDefaultPeriodDays);
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(input.body.Find("TableName")->string(), input.caller.account()));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
