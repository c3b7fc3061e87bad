// SPDX-License-Identifier: Apache-2.0
#include "format/codec/line_cutter.h"

#include <algorithm>

namespace dray::codec {
namespace {

// How far from the end a cut may be: larger than most records.
constexpr size_t kSearchedBytes = 64 * 1024;

// The last place, behind the first byte, where `before` stands in front of `first`.
template <class IsFirst>
size_t FindLast(std::string_view text, char before, IsFirst is_first) {
  const size_t stop = text.size() - std::min(text.size(), kSearchedBytes);
  size_t end = text.empty() ? 0 : text.size() - 1;
  while (end > stop) {
    const size_t at = text.rfind(before, end - 1);
    if (at == std::string_view::npos || at < stop) return 0;
    if (is_first(text[at + 1])) return at + 1;
    end = at;
  }
  return 0;
}

}  // namespace

size_t LineCutter::Advance(std::string_view text) {
  const size_t at = FindLast(text, '\n', [](char c) { return c == '{' || c == '$'; });
  return at != 0 ? at : FindLast(text, '}', [](char c) { return c == '{'; });
}

}  // namespace dray::codec
