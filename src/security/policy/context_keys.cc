// SPDX-License-Identifier: Apache-2.0
#include "security/policy/context_keys.h"

#include <algorithm>

#include "base/text_encoding.h"

namespace dray::policy {

namespace {

// "${aws:username}", "${aws:PrincipalTag/team, 'none'}"; "${*}", "${?}" and "${$}" are characters.
void AddVariables(std::string_view text, std::vector<std::string>& keys) {
  for (size_t at = text.find("${"); at != text.npos; at = text.find("${", at + 2)) {
    const size_t end = text.find_first_of(",}", at);
    if (end == text.npos) return;
    const std::string_view name = base::TrimSpace(text.substr(at + 2, end - at - 2));
    if (name != "*" && name != "?" && name != "$") keys.emplace_back(name);
  }
}

}  // namespace

std::vector<std::string> ContextKeysOf(const Statement& statement, bool has_variables) {
  std::vector<std::string> keys;
  for (const ConditionLine& line : statement.condition.lines()) {
    keys.push_back(line.key());
    if (!has_variables) continue;
    for (const std::string& value : line.values()) AddVariables(value, keys);
  }
  if (has_variables && statement.resources)
    for (const ResourcePattern& pattern : statement.resources->patterns())
      AddVariables(pattern.written(), keys);
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace dray::policy
