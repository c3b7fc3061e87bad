// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/job_description.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    {.name = "ImportArn", .type = MemberType::kString, .required = true, .min = 37, .max = 1024},
};
constexpr Shape kShape{"DescribeImportInput", kMembers};

class DescribeImport final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    ASSIGN_OR_RETURN(std::optional<import_table::ImportDescription> description,
                     services.imports.Describe(arn));
    if (!description) {
      return base::Error{base::ErrorKind::kNotFound, "Import not found: " + arn,
                         reason::kImportNotFound};
    }
    AppendImport(*description, description->record.account == caller.account(), out);
    return base::Ok();
  }

  std::string arn;
};

}  // namespace

ParsedCall ParseDescribeImport(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<DescribeImport>();
  call->arn = input.body.Find("ImportArn")->string();
  ASSIGN_OR_RETURN(Resource resource,
                   ParseJobArn(call->arn, "import", input.caller.account(), input.region));
  call->resources = {std::move(resource)};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
