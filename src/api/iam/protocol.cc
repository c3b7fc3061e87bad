// SPDX-License-Identifier: Apache-2.0
#include "api/iam/operation.h"
#include "api/query/error_mapping.h"

namespace dray::iam {

namespace {

const std::vector<Operation>& Operations() {
  static const std::vector<Operation> kTable = [] {
    std::vector<Operation> table;
    AddUserOperations(table);
    AddRoleOperations(table);
    AddAccessKeyOperations(table);
    AddInlinePolicyOperations(table);
    AddManagedPolicyOperations(table);
    AddAttachmentOperations(table);
    AddTagOperations(table);
    AddSimulationOperations(table);
    return table;
  }();
  return kTable;
}

const Operation* Find(std::string_view name) {
  for (const Operation& operation : Operations())
    if (operation.name == name) return &operation;
  return nullptr;
}

class IamProtocol final : public query::QueryProtocol {
 public:
  explicit IamProtocol(Services services)
      : QueryProtocol({.service = "iam",
                       .version = "2010-05-08",
                       .xmlns = "https://iam.amazonaws.com/doc/2010-05-08/"},
                      services.authorizer),
        services_(services) {}

 private:
  Shape ShapeOf(std::string_view operation) const override {
    const Operation* found = Find(operation);
    if (found == nullptr) return Shape::kUnknown;
    return found->has_result ? Shape::kResult : Shape::kNoResult;
  }
  base::Status Run(std::string_view operation, query::Call& call, query::Parameters& in,
                   xml::Writer& out) override {
    // As on AWS: what GetSessionToken gave out is not for IAM (there is no MFA here).
    const access::Caller& caller = call.caller();
    if (caller.session && caller.principal.type != policy::Principal::Type::kAssumedRole)
      return base::Error{base::ErrorKind::kAccessDenied,
                         "credentials of GetSessionToken cannot be used for IAM",
                         query::reason::kUnusableToken};
    return Find(operation)->run(call, in, out, services_);
  }

  Services services_;
};

}  // namespace

std::unique_ptr<gateway::Protocol> MakeProtocol(Services services) {
  return std::make_unique<IamProtocol>(services);
}

}  // namespace dray::iam
