// SPDX-License-Identifier: Apache-2.0
// Ours: ends an export or an import as FAILED with the code Cancelled.
#include <utility>

#include "api/dynamodb/job_description.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    {.name = "JobArn", .type = MemberType::kString, .required = true, .min = 37, .max = 1024},
};
constexpr Shape kShape{"CancelJobInput", kMembers};

class CancelJob final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    RETURN_IF_ERROR(services.jobs.Cancel(arn, caller.principal.arn));
    // Mostly still IN_PROGRESS: the job cleans up first.
    ASSIGN_OR_RETURN(auto record, services.jobs.Find(arn));
    json::Writer writer(out);
    writer.StartObject().Name("JobArn").String(arn);
    if (record) writer.Name("JobStatus").String(StatusOf(*record));
    writer.EndObject();
    return base::Ok();
  }

  std::string arn;
};

}  // namespace

ParsedCall ParseCancelJob(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<CancelJob>();
  call->arn = input.body.Find("JobArn")->string();
  ASSIGN_OR_RETURN(Resource resource, ParseJobArn(call->arn, input.caller.account(), input.region));
  call->resources = {std::move(resource)};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
