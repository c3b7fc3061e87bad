// SPDX-License-Identifier: Apache-2.0
#include <utility>

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
    {.name = "ExpectedRevisionId", .type = MemberType::kString, .min = 1, .max = 255},
};
constexpr Shape kShape{"DeleteResourcePolicyInput", kMembers};

class DeleteResourcePolicy final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(OpenTable open, OpenForAdministration(resources.front()));
    RETURN_IF_ERROR(CheckChangeable(open.descriptor));
    std::shared_ptr<const table::ResourcePolicy> removed;
    base::Status changed =
        services.tables.Update(open.ref, [&](table::TableDescriptor& descriptor) -> base::Status {
          RETURN_IF_ERROR(CheckRevision(descriptor, expected_revision));
          removed = std::exchange(descriptor.resource_policy, nullptr);
          return base::Ok();
        });
    if (!changed) return changed;
    json::Writer writer(out);
    writer.StartObject();
    if (removed) writer.Name("RevisionId").String(RevisionId(*removed));
    writer.EndObject();
    return base::Ok();
  }

  std::optional<std::string> expected_revision;
};

}  // namespace

ParsedCall ParseDeleteResourcePolicy(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<DeleteResourcePolicy>();
  ASSIGN_OR_RETURN(TableName table, ParsePolicyArn(input));
  call->expected_revision = OptionalString(input.body, "ExpectedRevisionId");
  call->resources = {table.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
