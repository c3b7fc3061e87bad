// SPDX-License-Identifier: Apache-2.0
#include "security/policy/arn_pattern.h"

#include <algorithm>

namespace dray::policy {

std::optional<ArnFields> SplitArn(std::string_view arn) {
  ArnFields fields;
  for (size_t i = 0; i + 1 < kArnFieldCount; ++i) {
    size_t colon = arn.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    fields[i] = arn.substr(0, colon);
    arn.remove_prefix(colon + 1);
  }
  fields[kArnFieldCount - 1] = arn;
  if (fields[0] != "arn") return std::nullopt;
  return fields;
}

base::Result<ArnPattern> ArnPattern::Make(const std::vector<std::string_view>& pieces,
                                          bool has_variables) {
  ArnPattern pattern;
  for (size_t i = 0; i < kArnFieldCount; ++i) {
    ASSIGN_OR_RETURN(pattern.fields_[i],
                     Template::Parse(i < pieces.size() ? pieces[i] : "*",
                                     {.has_variables = has_variables, .has_wildcards = true}));
  }
  return pattern;
}

bool ArnPattern::looks_at_request() const {
  return std::any_of(fields_.begin(), fields_.end(),
                     [](const Template& field) { return field.looks_at_request(); });
}

bool ArnPattern::Matches(const ArnFields& arn, const Context& context) const {
  // The last field tells resources apart, so it is tried first.
  for (size_t i = kArnFieldCount; i-- > 0;)
    if (!fields_[i].Matches(arn[i], context)) return false;
  return true;
}

}  // namespace dray::policy
