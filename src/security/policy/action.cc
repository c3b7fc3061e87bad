// SPDX-License-Identifier: Apache-2.0
#include "security/policy/action.h"

#include <algorithm>

#include "base/text_encoding.h"

namespace dray::policy {

namespace {

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsAction(std::string_view text) {
  if (text == "*") return true;
  size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) return false;
  std::string_view service = text.substr(0, colon);
  std::string_view name = text.substr(colon + 1);
  return std::all_of(service.begin(), service.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '-'; }) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '*' || c == '?'; });
}

}  // namespace

base::Result<ActionPattern> ActionPattern::Parse(std::string_view text, const Grammar& grammar) {
  if (!IsAction(text)) {
    if (grammar.is_resource_policy()) return InvalidPolicy("Policy has invalid action");
    if (text.find(':') == std::string_view::npos)
      return InvalidPolicy(
          "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.");
    return InvalidPolicy("Action " + std::string(text) + " is not valid.");
  }
  ActionPattern result;
  result.written_ = text;
  AppendWithWildcards(base::ToLower(text), result.pattern_);
  return result;
}

bool ActionPattern::Matches(std::string_view lower_case_action) const {
  return MatchesPattern(pattern_, lower_case_action);
}

base::Result<ActionSet> ActionSet::Parse(const json::Value& value, std::string_view field,
                                         const Grammar& grammar) {
  ASSIGN_OR_RETURN(auto texts, StringOrList(value, field));
  ActionSet set;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(auto pattern, ActionPattern::Parse(text, grammar));
    set.patterns_.push_back(std::move(pattern));
  }
  return set;
}

bool ActionSet::Contains(std::string_view lower_case_action) const {
  return std::any_of(patterns_.begin(), patterns_.end(), [&](const ActionPattern& pattern) {
    return pattern.Matches(lower_case_action);
  });
}

}  // namespace dray::policy
