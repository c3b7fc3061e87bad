// SPDX-License-Identifier: Apache-2.0
// Ours: the error log of a job, in pages: that of an import; exports have none. CloudWatch Logs'
// operations (api/logs) show the same.
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/operation.h"
#include "api/dynamodb/shape.h"
#include "api/dynamodb/wire_time.h"
#include "base/text_encoding.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

constexpr size_t kPositionBytes = 24;
constexpr int64_t kDefaultLimit = 100;
constexpr Member kMembers[] = {
    {.name = "JobArn", .type = MemberType::kString, .required = true, .min = 37, .max = 1024},
    {.name = "Limit", .type = MemberType::kInteger, .min = 1, .max = 1000},
    {.name = "NextToken", .type = MemberType::kString},
};
constexpr Shape kShape{"DescribeJobErrorsInput", kMembers};

class DescribeJobErrors final : public Call {
 public:
  base::Status Execute(Services& services, const access::Caller&, std::string& out) override {
    ASSIGN_OR_RETURN(auto record, services.jobs.Find(arn));
    if (!record) {
      return base::Error{base::ErrorKind::kNotFound, "There is no job " + arn,
                         jobs::reason::kNotFound};
    }
    ASSIGN_OR_RETURN(import_table::ErrorLogPage page, services.imports.ReadErrorLog(arn, query));
    json::Writer writer(out);
    writer.StartObject().Name("Errors").StartArray();
    for (const import_table::LoggedError& line : page.lines) {
      writer.StartObject().Name("Time").EpochSeconds(ToWireMillis(line.time_micros));
      writer.Name("Error").Raw(line.json).EndObject();
    }
    writer.EndArray();
    // Also at the end of the log: what is logged later comes behind it.
    const std::string& position = page.lines.empty() ? query.after : page.lines.back().position;
    if (!position.empty()) writer.Name("NextToken").String(base::HexEncode(position));
    writer.Name("HasMore").Bool(!page.is_last).EndObject();
    return base::Ok();
  }

  std::string arn;
  import_table::ErrorLogQuery query;
};

}  // namespace

ParsedCall ParseDescribeJobErrors(const Input& input) {
  RETURN_IF_ERROR(CheckShape(input.body, kShape));
  auto call = std::make_unique<DescribeJobErrors>();
  call->arn = input.body.Find("JobArn")->string();
  call->query.count_max =
      static_cast<size_t>(OptionalInt(input.body, "Limit").value_or(kDefaultLimit));
  if (auto token = OptionalString(input.body, "NextToken")) {
    auto position = base::HexDecode(*token);
    if (!position || position->size() != kPositionBytes) {
      return ValidationError("Invalid NextToken: it is not one of this operation");
    }
    call->query.after = *std::move(position);
  }
  ASSIGN_OR_RETURN(Resource resource, ParseJobArn(call->arn, input.caller.account(), input.region));
  call->resources = {std::move(resource)};
  return ParsedCall(std::move(call));
}

}  // namespace dray::dynamodb
