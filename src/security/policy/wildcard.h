// SPDX-License-Identifier: Apache-2.0
// Patterns with `*` (any run of characters, also none) and `?` (one character). Compiled into units
// wider than a byte, so that a literal `*` (an escape, or text that a variable brought) can stand
// beside the wildcard.
#pragma once

#include <string>
#include <string_view>

namespace dray::policy {

// Units 0 to 255 are the bytes themselves.
using PatternText = std::u16string;
using PatternView = std::u16string_view;
inline constexpr char16_t kAnyRun = 0x100;
inline constexpr char16_t kAnyOne = 0x101;

void AppendLiteral(std::string_view bytes, PatternText& out);
void AppendWithWildcards(std::string_view text, PatternText& out);

// Whether the whole of `text` fits. A character is a UTF-8 sequence; a stray byte counts as one.
// `ignore_case` is about ASCII letters.
bool MatchesPattern(PatternView pattern, std::string_view text, bool ignore_case = false);

bool HasWildcard(PatternView pattern);

}  // namespace dray::policy
