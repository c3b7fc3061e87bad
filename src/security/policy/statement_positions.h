// SPDX-License-Identifier: Apache-2.0
// Where the statements of a policy stand in its text, as AWS's policy simulator counts.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace dray::policy {

// From 1; columns are characters.
struct TextPosition {
  int64_t line = 1;
  int64_t column = 1;
  bool operator==(const TextPosition&) const = default;
};

// A statement of a list begins behind the '[' or behind the statement before it, one that stands
// alone behind its '{'; it ends behind its '}'. (Recorded answers of AWS; they look like a parser's
// places between two tokens.)
struct StatementPosition {
  TextPosition start, end;
};

// Of a policy that Document::Parse has accepted; in order.
std::vector<StatementPosition> PositionsOfStatements(std::string_view json);

}  // namespace dray::policy
