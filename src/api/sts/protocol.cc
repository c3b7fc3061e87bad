// SPDX-License-Identifier: Apache-2.0
#include "api/sts/operation.h"

namespace dray::sts {

namespace {

constexpr Operation kOperations[] = {
    {"AssumeRole", AssumeRole},
    {"GetSessionToken", GetSessionToken},
    {"GetCallerIdentity", GetCallerIdentity},
};

const Operation* Find(std::string_view name) {
  for (const Operation& operation : kOperations)
    if (operation.name == name) return &operation;
  return nullptr;
}

class StsProtocol final : public query::QueryProtocol {
 public:
  explicit StsProtocol(Services services)
      : QueryProtocol({.service = "sts",
                       .version = "2011-06-15",
                       .xmlns = "https://sts.amazonaws.com/doc/2011-06-15/",
                       .takes_unsigned_forms = true},
                      services.authorizer),
        services_(services) {}

 private:
  Shape ShapeOf(std::string_view operation) const override {
    return Find(operation) != nullptr ? Shape::kResult : Shape::kUnknown;
  }
  base::Status Run(std::string_view operation, query::Call& call, query::Parameters& in,
                   xml::Writer& out) override {
    return Find(operation)->run(call, in, out, services_);
  }

  Services services_;
};

}  // namespace

std::unique_ptr<gateway::Protocol> MakeProtocol(Services services) {
  return std::make_unique<StsProtocol>(services);
}

}  // namespace dray::sts
