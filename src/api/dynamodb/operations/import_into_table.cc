// SPDX-License-Identifier: Apache-2.0
// Ours: puts the items of objects into a table that is there.
#include <utility>

#include "api/dynamodb/condition_keys.h"
#include "api/dynamodb/import_source.h"
#include "api/dynamodb/job_description.h"
#include "api/dynamodb/operation.h"

namespace dray::dynamodb {

namespace {

constexpr std::string_view kModes[] = {"INSERT", "REPLACE", "MERGE"};  // in the order of Mode
constexpr Member kMembers[] = {
    kImportTokenMember,
    kTableNameMember,
    kBucketSourceMember,
    kInputFormatMember,
    kInputFormatOptionsMember,
    kInputCompressionMember,
    {.name = "Mode", .type = MemberType::kString, .required = true, .values = kModes},
    {.name = "DryRun", .type = MemberType::kBoolean},
    {.name = "Transforms", .type = MemberType::kList},
};
constexpr Shape kShape{"ImportIntoTableInput", kMembers};

class ImportIntoTable final : public Call {
 public:
  // Which items there are is only known from the objects.
  void AddConditionKeys(size_t, policy::Context& context) const override {
    ItemConditionKeys keys;
    keys.AddEverything();
    keys.SetIn(context);
  }

  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    ASSIGN_OR_RETURN(import_table::ImportDescription description,
                     services.into_imports.Start(caller, request));
    AppendImport(description, /*sees_detail=*/true, out);
    return base::Ok();
  }

  import_into::IntoRequest request;
};

}  // namespace

ParsedCall ParseImportIntoTable(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  auto call = std::make_unique<ImportIntoTable>();
  import_into::IntoRequest& request = call->request;
  ASSIGN_OR_RETURN(TableName table,
                   ParseTableName(body.Find("TableName")->string(), input.caller.account()));
  RETURN_IF_ERROR(CheckImportFormat(body));
  request.account = table.account;
  request.table_name = table.name;
  ReadImportSource(body, request);
  const std::string_view mode = body.Find("Mode")->string();
  for (size_t i = 0; i < std::size(kModes); ++i) {
    if (kModes[i] == mode) request.mode = static_cast<import_into::Mode>(i);
  }
  request.is_dry_run = BoolOr(body, "DryRun", false);
  ASSIGN_OR_RETURN(request.transforms, ReadTransforms(body));
  call->resources = {table.resource()};
  call->further_actions = {"dynamodb:PutItem"};
  if (request.mode == import_into::Mode::kMerge) {
    call->further_actions.push_back("dynamodb:UpdateItem");
  }
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
