// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/resource_policy.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_access.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    {.name = "ResourceArn", .type = MemberType::kString, .required = true, .min = 1, .max = 1283},
};
constexpr Shape kShape{"GetResourcePolicyInput", kMembers};

class GetResourcePolicy final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForAdministration(resources.front()));
    const table::ResourcePolicy* policy = open.descriptor.resource_policy.get();
    if (policy == nullptr) return PolicyNotFound(resources.front().Arn(services.region));
    json::Writer(out)
        .StartObject()
        .Name("Policy")
        .String(policy->json)
        .Name("RevisionId")
        .String(RevisionId(*policy))
        .EndObject();
    return base::Ok();
  }
};

}  // namespace

ParsedCall ParseGetResourcePolicy(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<GetResourcePolicy>();
  ASSIGN_OR_RETURN(TableName table, ParsePolicyArn(input));
  call->resources = {table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
