// SPDX-License-Identifier: Apache-2.0
// The two kinds of length fields in encoded items, and AWS's size constants. Internal to this
// module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/item/attribute_value.h"

namespace dray::item {

// AWS counts a list or map as 3 bytes plus one for each element or entry.
inline constexpr size_t kContainerSizeBytes = 3;
inline constexpr size_t kElementSizeBytes = 1;

// Containers: 3 bytes, little-endian, so that the place can be kept free and filled in later.
inline constexpr size_t kContainerLengthBytes = 3;
inline constexpr size_t kContainerLengthMax = 0xffffff;

inline size_t ReadContainerLength(const char* p) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(p);
  return static_cast<size_t>(bytes[0] | bytes[1] << 8 | bytes[2] << 16);
}
inline void WriteContainerLength(size_t length, char* p) {
  p[0] = static_cast<char>(length & 0xff);
  p[1] = static_cast<char>(length >> 8 & 0xff);
  p[2] = static_cast<char>(length >> 16 & 0xff);
}

// Names, strings and binaries: unsigned LEB128 of at most 5 bytes, no longer than needed.
inline constexpr size_t kLengthBytesMax = 5;

// Returns the byte behind the length at `p`; nullptr when there is none.
inline const char* TakeLength(const char* p, const char* end, size_t& length) {
  if (p == end) return nullptr;
  auto byte = static_cast<unsigned char>(*p++);
  length = byte & 0x7f;
  for (unsigned shift = 7; byte >= 0x80; shift += 7) {
    if (p == end || shift > 28) return nullptr;
    byte = static_cast<unsigned char>(*p++);
    if (byte == 0) return nullptr;  // longer than needed
    length |= static_cast<size_t>(byte & 0x7f) << shift;
  }
  return p;
}
// `p` has room for kLengthBytesMax; returns the byte behind.
inline char* WriteLength(size_t length, char* p) {
  for (; length >= 0x80; length >>= 7) *p++ = static_cast<char>(length | 0x80);
  *p++ = static_cast<char>(length);
  return p;
}

inline bool IsSet(Type type) {
  return type == Type::kStringSet || type == Type::kNumberSet || type == Type::kBinarySet;
}
inline Type MemberTypeOf(Type set_type) {
  return set_type == Type::kStringSet   ? Type::kString
         : set_type == Type::kNumberSet ? Type::kNumber
                                        : Type::kBinary;
}

// Whether two of the byte strings are equal. Reorders them.
bool HasDuplicates(std::string_view* members, size_t count);

}  // namespace dray::item
