// SPDX-License-Identifier: Apache-2.0
// Ours: brings a table that is a copy of another one on by that one's incremental exports, or takes
// the last of them back.
#include <set>
#include <utility>

#include "api/dynamodb/condition_keys.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/import_source.h"
#include "api/dynamodb/job_description.h"
#include "api/dynamodb/operation.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    kImportTokenMember,
    kTableNameMember,
    {.name = "S3Bucket",
     .type = MemberType::kString,
     .required = true,
     .max = 255,
     .pattern = &kBucketPattern},
    {.name = "S3BucketOwner", .type = MemberType::kString, .pattern = &kAccountPattern},
    {.name = "Manifests",
     .type = MemberType::kStrings,
     .required = true,
     .min = 1,
     .max = 1000,
     .element_min = 1,
     .element_max = 1024},
    {.name = "From", .type = MemberType::kTimestamp},
    {.name = "DryRun", .type = MemberType::kBoolean},
    {.name = "Undo", .type = MemberType::kBoolean},
    {.name = "Force", .type = MemberType::kBoolean},
    {.name = "Transforms", .refused = true},
};
constexpr Shape kShape{"ApplyIncrementalsInput", kMembers};

class ApplyIncrementals final : public Call {
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

base::Status CheckTogether(const import_into::IntoRequest& request) {
  const std::set<std::string> distinct(request.manifests.begin(), request.manifests.end());
  if (distinct.size() != request.manifests.size()) {
    return InvalidParameter("Manifests has a key twice");
  }
  if (request.is_undo && request.manifests.size() != 1) {
    return InvalidParameter("Undo takes exactly one of Manifests");
  }
  if (request.is_forced && !request.is_undo) return InvalidParameter("Force goes with Undo");
  if (request.from_micros && request.is_undo) {
    return InvalidParameter("From says where a chain begins that is applied, not undone");
  }
  return base::Ok();
}

}  // namespace

ParsedCall ParseApplyIncrementals(const Input& input) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, kShape));
  auto call = std::make_unique<ApplyIncrementals>();
  import_into::IntoRequest& request = call->request;
  request.kind = import_into::Kind::kIncrementals;
  ASSIGN_OR_RETURN(TableName table,
                   ParseTableName(body.Find("TableName")->string(), input.caller.account()));
  request.account = table.account;
  request.table_name = table.name;
  request.client_token = body.Find("ClientToken")->string();
  request.s3_bucket = body.Find("S3Bucket")->string();
  request.s3_bucket_owner = OptionalString(body, "S3BucketOwner");
  RETURN_IF_ERROR(body.Find("Manifests")->ForEachElement([&](JsonView key) -> base::Status {
    request.manifests.emplace_back(key.string());
    return base::Ok();
  }));
  request.from_micros = OptionalMicros(body, "From");
  request.is_dry_run = BoolOr(body, "DryRun", false);
  request.is_undo = BoolOr(body, "Undo", false);
  request.is_forced = BoolOr(body, "Force", false);
  RETURN_IF_ERROR(CheckTogether(request));
  call->resources = {table.resource()};
  call->further_actions = {"dynamodb:PutItem", "dynamodb:DeleteItem"};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
