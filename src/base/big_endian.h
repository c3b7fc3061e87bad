// SPDX-License-Identifier: Apache-2.0
// Fixed-width big-endian integers, the form in which numbers stand in ordered keys.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dray::base {

inline void AppendBigEndian64(uint64_t value, std::string& out) {
  char bytes[8];
  for (int i = 7; i >= 0; --i, value >>= 8) bytes[i] = static_cast<char>(value & 0xff);
  out.append(bytes, 8);
}
inline void AppendBigEndian32(uint32_t value, std::string& out) {
  char bytes[4];
  for (int i = 3; i >= 0; --i, value >>= 8) bytes[i] = static_cast<char>(value & 0xff);
  out.append(bytes, 4);
}
inline void AppendBigEndian16(uint16_t value, std::string& out) {
  out.push_back(static_cast<char>(value >> 8));
  out.push_back(static_cast<char>(value & 0xff));
}
// The first 8 (4, 2) bytes of `bytes`, which must be there.
inline uint64_t ReadBigEndian64(std::string_view bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}
inline uint32_t ReadBigEndian32(std::string_view bytes) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}
inline uint16_t ReadBigEndian16(std::string_view bytes) {
  return static_cast<uint16_t>(static_cast<unsigned char>(bytes[0]) << 8 |
                               static_cast<unsigned char>(bytes[1]));
}

}  // namespace dray::base
