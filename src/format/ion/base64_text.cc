// SPDX-License-Identifier: Apache-2.0
// The content of a blob: base64 with white space anywhere.
#include <array>
#include <cstdint>

#include "format/ion/ion_cursor.h"

namespace dray::ion {

namespace {

constexpr std::array<int8_t, 256> kValues = [] {
  std::array<int8_t, 256> values{};
  values.fill(-1);
  int8_t value = 0;
  for (char c = 'A'; c <= 'Z'; ++c) values[static_cast<unsigned char>(c)] = value++;
  for (char c = 'a'; c <= 'z'; ++c) values[static_cast<unsigned char>(c)] = value++;
  for (char c = '0'; c <= '9'; ++c) values[static_cast<unsigned char>(c)] = value++;
  values['+'] = value++;
  values['/'] = value;
  return values;
}();

inline int ValueOf(char c) { return kValues[static_cast<unsigned char>(c)]; }

}  // namespace

// Into decoded_; `p` at the first digit, afterwards behind what belongs to base64.
bool IonCursor::ReadBase64() {
  decoded_.clear();
  uint32_t bits = 0;
  int bit_count = 0;
  size_t digits = 0, padding = 0;
  while (true) {
    if (bit_count == 0) {  // whole groups, as far as they go
      const char* run = p;
      while (ValueOf(*run) >= 0) ++run;
      size_t groups = static_cast<size_t>(run - p) / 4;
      size_t size = decoded_.size();
      decoded_.resize(size + groups * 3);
      char* out = decoded_.data() + size;
      for (size_t i = 0; i < groups; ++i, p += 4) {
        auto group = static_cast<uint32_t>(ValueOf(p[0]) << 18 | ValueOf(p[1]) << 12 |
                                           ValueOf(p[2]) << 6 | ValueOf(p[3]));
        *out++ = static_cast<char>(group >> 16);
        *out++ = static_cast<char>(group >> 8);
        *out++ = static_cast<char>(group);
      }
    }
    if (int value = ValueOf(*p); value >= 0) {
      bits = bits << 6 | static_cast<uint32_t>(value);
      bit_count += 6;
      ++digits;
      if (bit_count >= 8) {
        bit_count -= 8;
        decoded_ += static_cast<char>(bits >> bit_count & 0xff);
      }
    } else if (!IsOneOf(*p, kSpace)) {
      break;
    }
    if (digits == 4) digits = 0;
    ++p;
  }
  for (; *p == '=' || IsOneOf(*p, kSpace); ++p) {
    if (*p == '=') ++padding;
  }
  if (p == end_) return FailSyntax();
  // Whole groups, and no bits that would be lost.
  bool is_whole = digits == 0 ? padding == 0 : digits >= 2 && digits + padding == 4;
  if (!is_whole || (bits & ((1u << bit_count) - 1)) != 0) return FailSyntax();
  return true;
}

}  // namespace dray::ion
