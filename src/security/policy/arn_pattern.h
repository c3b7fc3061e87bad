// SPDX-License-Identifier: Apache-2.0
// ARNs, arn:partition:service:region:account:resource, and patterns of them. The six fields are
// compared one by one, so that a `*` in one of the first five never reaches over a ':'.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/policy/variables.h"

namespace dray::policy {

inline constexpr size_t kArnFieldCount = 6;
// The last field keeps later ':'.
using ArnFields = std::array<std::string_view, kArnFieldCount>;

// nullopt unless it has six fields and starts with "arn".
std::optional<ArnFields> SplitArn(std::string_view arn);

class ArnPattern {
 public:
  // `pieces`: as many as six texts, one a field; fields that are left out become "*".
  static base::Result<ArnPattern> Make(const std::vector<std::string_view>& pieces,
                                       bool has_variables);
  bool Matches(const ArnFields& arn, const Context& context) const;
  const Template& field(size_t i) const { return fields_[i]; }
  bool looks_at_request() const;  // Template's

 private:
  std::array<Template, kArnFieldCount> fields_;
};

}  // namespace dray::policy
