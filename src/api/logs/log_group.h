// SPDX-License-Identifier: Apache-2.0
// The log group a request names, and its ARNs.
#pragma once

#include <string>
#include <string_view>

#include "api/logs/operation.h"
#include "api/logs/parameters.h"
#include "base/result.h"

namespace dray::logs {

struct LogGroup {
  std::string account;
  std::string name;
  bool is_known = false;  // by its name: it is of the imports, here

  // What actions are authorised on: "...:log-group:NAME:log-stream:STREAM", STREAM may be empty.
  std::string StreamArn(std::string_view region, std::string_view stream) const;
  std::string Arn(std::string_view region) const;  // without :*
};

// logGroupName or logGroupIdentifier (a name or an ARN): notes what is wrong with them in
// `parameters`, whose Check comes first; an error when not exactly one is given.
base::Result<LogGroup> ReadLogGroup(Parameters& parameters, const Input& input);

base::Error NoSuchGroup();   // "The specified log group does not exist."
base::Error NoSuchStream();  // "The specified log stream does not exist."

}  // namespace dray::logs
