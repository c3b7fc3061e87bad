// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

constexpr Member kSpecificationMembers[] = {
    {.name = "Enabled", .type = MemberType::kBoolean, .required = true},
    {.name = "AttributeName", .type = MemberType::kString, .required = true, .min = 1, .max = 255},
};
constexpr Shape kSpecification{"TimeToLiveSpecification", kSpecificationMembers};
constexpr Member kMembers[] = {
    kTableNameMember,
    {.name = "TimeToLiveSpecification",
     .type = MemberType::kStructure,
     .required = true,
     .shape = &kSpecification},
};
constexpr Shape kShape{"UpdateTimeToLiveInput", kMembers};

class UpdateTimeToLive final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForAdministration(resources.front()));
    RETURN_IF_ERROR(Check(open.descriptor));
    RETURN_IF_ERROR(services.tables.SetTimeToLive(open.ref, wanted));
    json::Writer writer(out);
    writer.StartObject().Name("TimeToLiveSpecification").StartObject();
    writer.Name("Enabled").Bool(wanted.is_enabled);
    writer.Name("AttributeName").String(wanted.attribute);
    writer.EndObject().EndObject();
    return base::Ok();
  }

  TableName table;
  table::TimeToLive wanted;

 private:
  base::Status Check(const table::TableDescriptor& descriptor) const {
    if (descriptor.status != table::TableStatus::kActive) {
      bool is_new = descriptor.status == table::TableStatus::kCreating;
      return base::Error{base::ErrorKind::kInUse,
                         "Attempt to change a resource which is still in use: Table " +
                             descriptor.name + " is being " + (is_new ? "created" : "deleted"),
                         reason::kResourceInUse};
    }
    const table::TimeToLive& current = descriptor.time_to_live;
    if (current.is_enabled && current.attribute != wanted.attribute) {
      return ValidationError(
          "TimeToLive is active on a different AttributeName: current AttributeName is " +
          current.attribute);
    }
    if (current.is_enabled == wanted.is_enabled) {
      return ValidationError(std::string("TimeToLive is already ") +
                             (wanted.is_enabled ? "enabled" : "disabled"));
    }
    return base::Ok();
  }
};

}  // namespace

ParsedCall ParseUpdateTimeToLive(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<UpdateTimeToLive>();
  JsonView specification = *input.body.Find("TimeToLiveSpecification");
  call->wanted.is_enabled = BoolOr(specification, "Enabled", false);
  call->wanted.attribute = specification.Find("AttributeName")->string();
  ASSIGN_OR_RETURN(call->table,
                   ParseTableName(input.body.Find("TableName")->string(), input.caller.account()));
  call->resources = {call->table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
