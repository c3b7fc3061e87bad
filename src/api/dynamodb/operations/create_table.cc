// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/condition_keys.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/resource_policy.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_shapes.h"
#include "api/dynamodb/table_spec.h"

namespace dray::dynamodb {

namespace {

// AWS's quota of an account in a region.
constexpr size_t kTablesMax = 2500;

// The table is usable when the answer arrives; the answer says CREATING all the same, as on AWS,
// and DescribeTable says ACTIVE at once.
class CreateTable final : public Call {
 public:
  void AddConditionKeys(size_t, policy::Context& context) const override {
    SetRequestTags(spec.tags, context);
  }

  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(std::vector<std::string> names,
                     services.tables.List(spec.account, {}, kTablesMax));
    if (names.size() >= kTablesMax) {
      return base::Error{base::ErrorKind::kLimitExceeded,
                         "Subscriber limit exceeded: There is a limit of " +
                             std::to_string(kTablesMax) + " tables per subscriber",
                         {}};
    }
    if (policy) spec.resource_policy = NextPolicy(nullptr, *policy, services.clock.NowMicros());
    base::Result<table::TableRef> created = services.tables.Create(spec, /*load_later=*/false);
    if (!created) {
      if (created.error().reason != table::reason::kTableExists) return created.error();
      return base::Error{base::ErrorKind::kAlreadyExists, "Table already exists: " + spec.name,
                         reason::kResourceInUse};
    }
    ShownTable shown = ShowTable(services, *created, services.tables.Describe(*created));
    shown.status = StatusText(table::TableStatus::kCreating);
    shown.is_creation = true;
    out += "{\"TableDescription\":";
    AppendTableDescription(shown, services.region, out);
    out += '}';
    return base::Ok();
  }

  table::TableDescriptor spec;
  std::optional<std::string> policy;
};

}  // namespace

ParsedCall ParseCreateTable(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kCreateTableShape));
  auto call = std::make_unique<CreateTable>();
  ASSIGN_OR_RETURN(call->spec, ReadTableSpec(input.body, input.caller.account()));
  ASSIGN_OR_RETURN(TableName table, ParseTableName(call->spec.name, input.caller.account()));
  call->spec.account = table.account;
  call->spec.name = table.name;
  call->resources = {table.resource()};
  // Tags and a policy are set only by those who may set them afterwards.
  if (!call->spec.tags.empty()) call->further_actions = {"dynamodb:TagResource"};
  if (auto text = input.body.Find("ResourcePolicy")) {
    ASSIGN_OR_RETURN(call->policy, policy::CheckTablePolicy(text->string()));
    call->further_actions.push_back("dynamodb:PutResourcePolicy");
  }
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
