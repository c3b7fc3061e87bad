// SPDX-License-Identifier: Apache-2.0
#include "api/logs/log_group.h"

#include "api/logs/error_mapping.h"

namespace dray::logs {

namespace {

// Takes what stands before the next colon.
std::string_view TakePart(std::string_view& text) {
  const size_t colon = text.find(':');
  std::string_view part = text.substr(0, colon);
  text.remove_prefix(colon == std::string_view::npos ? text.size() : colon + 1);
  return part;
}

}  // namespace

std::string LogGroup::Arn(std::string_view region) const {
  return std::string("arn:aws:logs:").append(region) + ":" + account + ":log-group:" + name;
}

std::string LogGroup::StreamArn(std::string_view region, std::string_view stream) const {
  return (Arn(region) + ":log-stream:").append(stream);
}

base::Result<LogGroup> ReadLogGroup(Parameters& parameters, const Input& input) {
  auto name = parameters.Text("logGroupName", kGroupName);
  auto identifier = parameters.Text("logGroupIdentifier", kGroupIdentifier);
  RETURN_IF_ERROR(parameters.Check());
  if (name && identifier) {
    return InvalidParameter(
        "logGroupName and logGroupIdentifier are mutually exclusive parameters.");
  }
  if (!name && !identifier) {
    parameters.Require("logGroupName");
    RETURN_IF_ERROR(parameters.Check());
  }
  LogGroup group{input.caller.account(), name ? *name : *identifier};
  bool is_here = true;
  if (identifier && identifier->starts_with("arn:")) {
    std::string_view rest = *identifier;
    TakePart(rest);
    const bool is_of_logs = TakePart(rest) == "aws" && TakePart(rest) == "logs";
    is_here = TakePart(rest) == input.region;
    group.account = TakePart(rest);
    if (!is_of_logs || TakePart(rest) != "log-group" || rest.empty()) {
      return InvalidParameter("The specified log group identifier is not valid: " + *identifier);
    }
    if (rest.ends_with(":*")) rest.remove_suffix(2);
    group.name = rest;
  }
  group.is_known = is_here && group.account == input.caller.account() && group.name == kGroup;
  return group;
}

base::Error NoSuchGroup() {
  return base::Error{base::ErrorKind::kNotFound, "The specified log group does not exist.",
                     reason::kNotFound};
}

base::Error NoSuchStream() {
  return base::Error{base::ErrorKind::kNotFound, "The specified log stream does not exist.",
                     reason::kNotFound};
}

}  // namespace dray::logs
