// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "api/logs/log_group.h"
#include "api/logs/log_streams.h"
#include "api/logs/operation.h"
#include "api/logs/parameters.h"
#include "base/text_encoding.h"

namespace dray::logs {

namespace {

constexpr std::string_view kClasses[] = {"STANDARD", "INFREQUENT_ACCESS", "DELIVERY"};

class DescribeLogGroups final : public Call {
 public:
  // The group is there from the account's first import on.
  base::Status Execute(Services& services, const access::Caller& caller,
                       std::string& out) override {
    ASSIGN_OR_RETURN(auto streams, StreamsOf(services, caller.account()));
    json::Writer writer(out);
    writer.StartObject().Name("logGroups").StartArray();
    if (is_asked_for && !streams.empty()) {
      const LogGroup group{caller.account(), std::string(kGroup), true};
      writer.StartObject().Name("logGroupName").String(kGroup);
      writer.Name("creationTime").Int(ToMillis(streams.front().start_micros));
      writer.Name("metricFilterCount").Int(0);
      writer.Name("arn").String(group.Arn(services.region) + ":*");
      writer.Name("logGroupArn").String(group.Arn(services.region));
      writer.Name("logGroupClass").String("STANDARD").EndObject();
    }
    writer.EndArray().EndObject();
    return base::Ok();
  }

  bool is_asked_for = true;
};

// As in the console, whatever the case of its letters.
bool Contains(std::string_view text, std::string_view part) {
  return base::ToLower(text).find(base::ToLower(part)) != std::string::npos;
}

}  // namespace

ParsedCall ParseDescribeLogGroups(const Input& input) {
  Parameters parameters(input.body);
  TextRule pattern_rule = kGroupName;
  pattern_rule.min = 0;
  auto prefix = parameters.Text("logGroupNamePrefix", kGroupName);
  auto pattern = parameters.Text("logGroupNamePattern", pattern_rule);
  auto group_class = parameters.OneOf("logGroupClass", kClasses);
  auto token = parameters.Text("nextToken", kToken);
  parameters.Number("limit", 1, 50);  // there is at most one
  parameters.Flag("includeLinkedAccounts");
  parameters.Refuse("accountIdentifiers");
  parameters.Refuse("logGroupIdentifiers");
  RETURN_IF_ERROR(parameters.Check());
  if (prefix && pattern) {
    return InvalidParameter(
        "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.");
  }
  if (token) return InvalidParameter("The specified nextToken is invalid.");
  auto call = std::make_unique<DescribeLogGroups>();
  call->is_asked_for = (!prefix || kGroup.starts_with(*prefix)) &&
                       (!pattern || Contains(kGroup, *pattern)) &&
                       group_class.value_or("STANDARD") == "STANDARD";
  call->resource_account = input.caller.account();
  call->resource = LogGroup{input.caller.account(), "", false}.StreamArn(input.region, "");
  return ParsedCall(std::move(call));
}

}  // namespace dray::logs
