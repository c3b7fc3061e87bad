// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/import_source.h"
#include "api/dynamodb/job_description.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/table_shapes.h"
#include "api/dynamodb/table_spec.h"

namespace dray::dynamodb {

namespace {

using base::Status;

constexpr Member kTableMember{.name = "TableCreationParameters",
                              .type = MemberType::kStructure,
                              .required = true,
                              .shape = &kTableCreationParametersShape};
// AWS has no Transforms. Ignored as other unknown members are, they would let through what they are
// there to mask.
constexpr Member kMembers[] = {
    kImportTokenMember,
    kBucketSourceMember,
    kInputFormatMember,
    kInputFormatOptionsMember,
    kInputCompressionMember,
    kTableMember,
    {.name = "Transforms", .refused = true},
};
constexpr Shape kShape{"ImportTableInput", kMembers};
constexpr Member kOwnMembers[] = {
    kImportTokenMember,
    kBucketSourceMember,
    kInputFormatMember,
    kInputFormatOptionsMember,
    kInputCompressionMember,
    kTableMember,
    {.name = "Transforms", .type = MemberType::kList},
};
constexpr Shape kOwnShape{"ImportTableInput", kOwnMembers};

class ImportTable final : public Call {
 public:
  Status Execute(Services& services, const access::Caller& caller, std::string& out) override {
    ASSIGN_OR_RETURN(import_table::ImportDescription description,
                     services.imports.Start(caller, request));
    AppendImport(description, /*sees_detail=*/true, out);
    return base::Ok();
  }

  import_table::ImportRequest request;
};

ParsedCall Parse(const Input& input, const Shape& shape) {
  const JsonView& body = input.body;
  RETURN_IF_ERROR(CheckShape(body, shape));
  auto call = std::make_unique<ImportTable>();
  import_table::ImportRequest& request = call->request;
  JsonView parameters = *body.Find("TableCreationParameters");
  ASSIGN_OR_RETURN(request.table, ReadTableSpec(parameters, input.caller.account()));
  RETURN_IF_ERROR(CheckImportFormat(body));
  ReadImportSource(body, request);
  ASSIGN_OR_RETURN(request.transforms, ReadTransforms(body));
  parameters.AppendJson(request.table_creation_parameters_json);
  call->resources = {TableName{input.caller.account(), request.table.name}.resource()};
  return ParsedCall(std::move(call));
}

}  // namespace

ParsedCall ParseImportTable(const Input& input) { return Parse(input, kShape); }

ParsedCall ParseOwnImportTable(const Input& input) {
  ASSIGN_OR_RETURN(auto call, Parse(input, kOwnShape));
  call->further_actions = {"dynamodb:ImportTable"};
  return call;
}

}  // namespace dray::dynamodb
