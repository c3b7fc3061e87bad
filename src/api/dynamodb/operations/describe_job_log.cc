// SPDX-License-Identifier: Apache-2.0
// Ours: what an export or an import tells of itself.
#include <utility>

#include "api/dynamodb/job_description.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/wire_time.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

constexpr Member kMembers[] = {
    {.name = "JobArn", .type = MemberType::kString, .required = true, .min = 37, .max = 1024},
};
constexpr Shape kShape{"DescribeJobLogInput", kMembers};

base::Result<std::optional<std::string>> BucketOwnerOf(Services& services,
                                                       const jobs::Record& record) {
  if (record.type == "import") {
    ASSIGN_OR_RETURN(auto import, services.imports.Describe(record.arn));
    return import ? import->request.s3_bucket_owner : std::nullopt;
  }
  ASSIGN_OR_RETURN(auto exported, services.exports.Describe(record.arn));
  return exported ? exported->request.s3_bucket_owner : std::nullopt;
}

class DescribeJobLog final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    ASSIGN_OR_RETURN(auto record, services.jobs.Find(arn));
    if (!record) {
      return base::Error{base::ErrorKind::kNotFound, "There is no job " + arn,
                         jobs::reason::kNotFound};
    }
    ASSIGN_OR_RETURN(jobs::JobLog log, services.jobs.Log(arn));
    ASSIGN_OR_RETURN(auto bucket_owner, BucketOwnerOf(services, *record));
    json::Writer writer(out);
    writer.StartObject().Name("JobArn").String(arn);
    writer.Name("JobStatus").String(StatusOf(*record));
    writer.Name("Lines").StartArray();
    for (const jobs::LogLine& line : log.lines) {
      writer.StartObject().Name("Time").EpochSeconds(ToWireMillis(line.time_micros));
      writer.Name("Text").String(line.text).EndObject();
    }
    writer.EndArray();
    writer.Name("LinesLeftOut").Int(static_cast<int64_t>(log.left_out));
    if (!record->failure_detail.empty() && SeesFailureDetail(caller, *record, bucket_owner)) {
      writer.Name("FailureDetail").String(record->failure_detail);
    }
    writer.EndObject();
    return base::Ok();
  }

  std::string arn;
};

}  // namespace

ParsedCall ParseDescribeJobLog(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<DescribeJobLog>();
  call->arn = input.body.Find("JobArn")->string();
  ASSIGN_OR_RETURN(Resource resource, ParseJobArn(call->arn, input.caller.account(), input.region));
  call->resources = {std::move(resource)};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
