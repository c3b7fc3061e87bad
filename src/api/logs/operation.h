// SPDX-License-Identifier: Apache-2.0
// One operation: a parse function that gives a Call, and the Call that does it. The dispatcher puts
// authorisation between the two.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "api/logs/logs.h"
#include "base/result.h"
#include "format/json/json.h"

namespace dray::logs {

inline constexpr std::string_view kGroup = "/aws-dynamodb/imports";

// What a parse function sees. It must not look at stored state: nothing is authorised yet.
struct Input {
  const json::Object& body;
  const access::Caller& caller;
  std::string_view region;
};

class Call {
 public:
  virtual ~Call() = default;
  // Runs after authorisation. Appends the response body.
  virtual base::Status Execute(Services& services, const access::Caller& caller,
                               std::string& out) = 0;

  std::string resource;  // the ARN that the caller must be allowed on
  std::string resource_account;
};

using ParsedCall = base::Result<std::unique_ptr<Call>>;

struct Operation {
  std::string_view name;    // behind the dot of X-Amz-Target
  std::string_view action;  // IAM
  ParsedCall (*parse)(const Input& input);
};

std::span<const Operation> Operations();
const Operation* FindOperation(std::string_view name);

// operations/<name>.cc, one each.
ParsedCall ParseDescribeLogGroups(const Input& input);
ParsedCall ParseDescribeLogStreams(const Input& input);
ParsedCall ParseFilterLogEvents(const Input& input);
ParsedCall ParseGetLogEvents(const Input& input);

}  // namespace dray::logs
