// SPDX-License-Identifier: Apache-2.0
// Filter patterns of unstructured events: terms that all must occur, -terms that must not, ?terms
// of which one must. A term is of letters, digits and _, or stands in double quotes. Upper and
// lower case differ. Patterns over JSON members ({ ... }), columns ([ ... ]) and regular
// expressions (%...%) are refused. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace dray::logs {

class FilterPattern {
 public:
  // InvalidParameterException. An empty pattern matches everything.
  static base::Result<FilterPattern> Parse(std::string_view text);
  bool Matches(std::string_view message) const;

 private:
  // As on AWS, `optional_` says nothing when one of the others does.
  std::vector<std::string> required_, excluded_, optional_;
};

}  // namespace dray::logs
