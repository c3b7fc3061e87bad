// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include "api/dynamodb/operation.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

// Clients with endpoint discovery go where this says: to where they are already.
class DescribeEndpoints final : public Call {
 public:
  explicit DescribeEndpoints(std::string address) : address_(std::move(address)) {}

  base::Status Execute(Services&, const access::Caller&, std::string& out) override {
    out += "{\"Endpoints\":[{\"Address\":";
    json::AppendString(address_, out);
    out += ",\"CachePeriodInMinutes\":1440}]}";
    return base::Ok();
  }

 private:
  std::string address_;
};

}  // namespace

ParsedCall ParseDescribeEndpoints(const Input& input) {
  auto call = std::make_unique<DescribeEndpoints>(std::string(input.host));
  call->resources = {{input.caller.account(), "*"}};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
