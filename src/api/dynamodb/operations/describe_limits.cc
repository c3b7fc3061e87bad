// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/operation.h"

namespace dray::dynamodb {

namespace {

// AWS's defaults for a region. Nothing here is throttled by them.
class DescribeLimits final : public Call {
 public:
  base::Status Execute(Services&, const access::Caller&, std::string& out) override {
    out += R"({"AccountMaxReadCapacityUnits":80000,"AccountMaxWriteCapacityUnits":80000,)"
           R"("TableMaxReadCapacityUnits":40000,"TableMaxWriteCapacityUnits":40000})";
    return base::Ok();
  }
};

}  // namespace

ParsedCall ParseDescribeLimits(const Input& input) {
  auto call = std::make_unique<DescribeLimits>();
  call->resources = {{input.caller.account(), "*"}};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
