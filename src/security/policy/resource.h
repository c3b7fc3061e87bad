// SPDX-License-Identifier: Apache-2.0
// The Resource and NotResource elements: "*" or ARN patterns.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/policy/arn_pattern.h"
#include "security/policy/grammar.h"

namespace dray::policy {

class ResourcePattern {
 public:
  static base::Result<ResourcePattern> Parse(std::string_view text, const Grammar& grammar);
  // `arn` is nullopt for a request that names no ARN (its resource is "*"): only "*" covers it.
  bool Matches(const std::optional<ArnFields>& arn, const Context& context) const;
  bool is_everything() const { return !arn_.has_value(); }
  const std::string& written() const { return written_; }
  bool looks_at_request() const { return arn_ && arn_->looks_at_request(); }
  // The first variable without a value in `context`; empty when there is none.
  std::string_view FirstUnresolved(const Context& context) const;

 private:
  std::string written_;
  std::optional<ArnPattern> arn_;  // absent: "*"
};

class ResourceSet {
 public:
  static base::Result<ResourceSet> Parse(const json::Value& value, std::string_view field,
                                         const Grammar& grammar);
  bool Contains(const std::optional<ArnFields>& arn, const Context& context) const;
  const std::vector<ResourcePattern>& patterns() const { return patterns_; }

 private:
  std::vector<ResourcePattern> patterns_;
};

}  // namespace dray::policy
