// SPDX-License-Identifier: Apache-2.0
// Text of the data in messages. Internal to this module.
#pragma once

#include <string>
#include <string_view>

namespace dray::csv {

// The beginning of a UTF-8 text, as long as it helps.
inline std::string Shown(std::string_view text) {
  constexpr size_t kShownBytesMax = 100;
  if (text.size() <= kShownBytesMax) return std::string(text);
  size_t size = kShownBytesMax;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return std::string(text.substr(0, size)) + "...";
}

}  // namespace dray::csv
