// SPDX-License-Identifier: Apache-2.0
// The Action and NotAction elements: "s3:PutObject", "s3:Get*", "*". Both parts without case.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/policy/grammar.h"
#include "security/policy/wildcard.h"

namespace dray::policy {

class ActionPattern {
 public:
  static base::Result<ActionPattern> Parse(std::string_view text, const Grammar& grammar);
  bool Matches(std::string_view lower_case_action) const;
  bool is_everything() const { return written_ == "*"; }
  bool has_wildcard() const { return HasWildcard(pattern_); }
  const std::string& written() const { return written_; }

 private:
  std::string written_;
  PatternText pattern_;  // lower case
};

class ActionSet {
 public:
  static base::Result<ActionSet> Parse(const json::Value& value, std::string_view field,
                                       const Grammar& grammar);
  bool Contains(std::string_view lower_case_action) const;
  const std::vector<ActionPattern>& patterns() const { return patterns_; }

 private:
  std::vector<ActionPattern> patterns_;
};

}  // namespace dray::policy
