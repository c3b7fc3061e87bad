// SPDX-License-Identifier: Apache-2.0
// The matcher walks pattern and text side by side and remembers only the last `*`: when a later
// unit does not fit, that `*` takes one character more. No recursion; at most |pattern| * |text|
// steps.
#include "security/policy/wildcard.h"

#include <cstddef>

namespace dray::policy {

namespace {

unsigned char ByteAt(std::string_view text, size_t at) {
  return static_cast<unsigned char>(text[at]);
}

bool IsContinuation(unsigned char byte) { return (byte & 0xc0) == 0x80; }

// Bytes of the character at `at`.
size_t CharacterLength(std::string_view text, size_t at) {
  unsigned char lead = ByteAt(text, at);
  size_t wanted = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  size_t length = 1;
  while (length < wanted && at + length < text.size() && IsContinuation(ByteAt(text, at + length)))
    ++length;
  return length == wanted ? length : 1;
}

char16_t Lower(char16_t unit) {
  return unit >= 'A' && unit <= 'Z' ? static_cast<char16_t>(unit + ('a' - 'A')) : unit;
}

bool SameUnit(char16_t a, char16_t b, bool ignore_case) {
  return a == b || (ignore_case && Lower(a) == Lower(b));
}

}  // namespace

void AppendLiteral(std::string_view bytes, PatternText& out) {
  for (char c : bytes) out.push_back(static_cast<unsigned char>(c));
}

void AppendWithWildcards(std::string_view text, PatternText& out) {
  for (char c : text)
    out.push_back(c == '*' ? kAnyRun : c == '?' ? kAnyOne : static_cast<unsigned char>(c));
}

bool MatchesPattern(PatternView pattern, std::string_view text, bool ignore_case) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t p = 0;
  size_t t = 0;
  size_t after_run = kNone;  // pattern position behind the last `*`
  size_t run_end = 0;        // how far that `*` reaches in the text so far
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == kAnyRun) {
      after_run = ++p;
      run_end = t;
    } else if (p < pattern.size() && pattern[p] == kAnyOne) {
      ++p;
      t += CharacterLength(text, t);
    } else if (p < pattern.size() && SameUnit(pattern[p], ByteAt(text, t), ignore_case)) {
      ++p;
      ++t;
    } else if (after_run != kNone) {
      run_end += CharacterLength(text, run_end);
      p = after_run;
      t = run_end;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == kAnyRun) ++p;
  return p == pattern.size();
}

bool HasWildcard(PatternView pattern) {
  for (char16_t unit : pattern)
    if (unit == kAnyRun || unit == kAnyOne) return true;
  return false;
}

}  // namespace dray::policy
