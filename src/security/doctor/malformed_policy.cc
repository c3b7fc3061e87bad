// SPDX-License-Identifier: Apache-2.0
#include "security/doctor/malformed_policy.h"

#include <algorithm>
#include <vector>

#include "format/json/json.h"
#include "security/policy/document.h"

namespace dray::doctor {

namespace {

// A value, or the values of a list.
std::vector<const json::Value*> Each(const json::Value& value) {
  std::vector<const json::Value*> all;
  if (const auto* array = value.array())
    for (const auto& element : *array) all.push_back(&element);
  else
    all.push_back(&value);
  return all;
}

std::string Describe(const std::string& written) {
  std::string digits;
  std::copy_if(written.begin(), written.end(), std::back_inserter(digits),
               [](char c) { return c >= '0' && c <= '9'; });
  std::string text = "\"" + written + "\" is neither an account id nor the ARN of a user or role";
  if (written.find("arn:") == std::string::npos && !digits.empty())
    return text + ": an account id has 12 digits and nothing else, this has " +
           std::to_string(digits.size());
  if (written.find_first_of("*?") != std::string::npos)
    return text + ": wildcards cannot stand in a principal";
  return text;
}

}  // namespace

std::string InvalidPrincipalIn(std::string_view policy_json) {
  auto policy = json::Parse(policy_json);
  if (!policy || !policy->object()) return {};
  const auto* statements = policy->object()->Find("Statement");
  if (!statements) return {};
  for (const json::Value* statement : Each(*statements)) {
    if (!statement->object()) continue;
    const auto* principal = statement->object()->Find("Principal");
    if (!principal || !principal->object()) continue;
    const auto* aws = principal->object()->Find("AWS");
    if (!aws) continue;
    for (const json::Value* name : Each(*aws))
      if (name->string() && !policy::ParseAwsPrincipal(*name->string()))
        return Describe(*name->string());
  }
  return {};
}

}  // namespace dray::doctor
