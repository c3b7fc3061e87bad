// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/condition_keys.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/resource_policy.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "api/dynamodb/table_change.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    {.name = "ResourceArn", .type = MemberType::kString, .required = true, .min = 1, .max = 1283},
    {.name = "Policy", .type = MemberType::kString, .required = true},
    {.name = "ExpectedRevisionId", .type = MemberType::kString, .min = 1, .max = 255},
    {.name = "ConfirmRemoveSelfResourceAccess", .type = MemberType::kBoolean},
};
constexpr Shape kShape{"PutResourcePolicyInput", kMembers};

class PutResourcePolicy final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForAdministration(resources.front()));
    RETURN_IF_ERROR(CheckChangeable(open.descriptor));
    if (!is_confirmed) RETURN_IF_ERROR(CheckThatItCanBeMended(services, caller));
    std::shared_ptr<const table::ResourcePolicy> put;
    base::Status changed =
        services.tables.Update(open.ref, [&](table::TableDescriptor& descriptor) -> base::Status {
          RETURN_IF_ERROR(CheckRevision(descriptor, expected_revision));
          put = NextPolicy(descriptor.resource_policy, policy, services.clock.NowMicros());
          descriptor.resource_policy = put;
          return base::Ok();
        });
    if (!changed) return changed;
    json::Writer(out).StartObject().Name("RevisionId").String(RevisionId(*put)).EndObject();
    return base::Ok();
  }

  std::string policy;
  std::optional<std::string> expected_revision;
  bool is_confirmed = false;

 private:
  // Nobody locks himself out by accident: under the new policy the caller could put another one.
  base::Status CheckThatItCanBeMended(Services& services, const access::Caller& caller) const {
    access::ResourceRequest request;
    request.action = "dynamodb:PutResourcePolicy";
    request.resource = resources.front().Arn(services.region);
    request.resource_account = resources.front().account;
    ASSIGN_OR_RETURN(request.resource_policy,
                     policy::Document::Parse(policy, policy::DocumentKind::kResource));
    request.details = [this](policy::Context& context) {
      SetResourceTags(resources.front().found.descriptor->tags, context);
    };
    if (services.authorizer.Decide(caller, request).is_allowed()) return base::Ok();
    return base::Error{
        base::ErrorKind::kAccessDenied,
        "The new resource policy will not allow you to update the resource policy in the future.",
        access::reason::kDenied};
  }
};

}  // namespace

ParsedCall ParsePutResourcePolicy(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<PutResourcePolicy>();
  ASSIGN_OR_RETURN(TableName table, ParsePolicyArn(input));
  ASSIGN_OR_RETURN(call->policy, policy::CheckTablePolicy(input.body.Find("Policy")->string()));
  call->expected_revision = OptionalString(input.body, "ExpectedRevisionId");
  call->is_confirmed = BoolOr(input.body, "ConfirmRemoveSelfResourceAccess", false);
  call->resources = {table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
