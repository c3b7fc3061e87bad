// SPDX-License-Identifier: Apache-2.0
// 64 bytes of a text and where in them a byte stands, as one bit each: bit 0 is the first byte. For
// parsers that meet a byte of interest every few bytes and would not gain from searching each time.
// SSE2, which every x86-64 has; 8 bytes a step elsewhere.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace dray::codec {

inline constexpr size_t kBlockBytes = 64;

// Looks at the bytes where they are.
class PortableByteBlock {
 public:
  explicit PortableByteBlock(const char* p) : p_(p) {}

  uint64_t Matches(char c) const {
    constexpr uint64_t kOnes = 0x0101010101010101, kLows = 0x7f7f7f7f7f7f7f7f;
    return Gather([c](uint64_t word) {
      uint64_t difference = word ^ kOnes * static_cast<unsigned char>(c);
      return ~(((difference & kLows) + kLows) | difference | kLows);
    });
  }
  uint64_t NonAscii() const {
    return Gather([](uint64_t word) { return word & 0x8080808080808080; });
  }

 private:
  // `mark` sets the high bit of bytes that count and leaves the other bits 0.
  template <class Mark>
  uint64_t Gather(Mark mark) const {
    uint64_t bits = 0;
    for (size_t i = 0; i < kBlockBytes / 8; ++i) {
      uint64_t word;
      std::memcpy(&word, p_ + 8 * i, sizeof word);
      if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
      // The multiplication moves the lowest bit of byte b to bit 56 + b; no two meet below.
      bits |= ((mark(word) >> 7) * 0x0102040810204080 >> 56) << (8 * i);
    }
    return bits;
  }

  const char* p_;
};

#if defined(__SSE2__)
class ByteBlock {
 public:
  explicit ByteBlock(const char* p) : parts_{Load(p), Load(p + 16), Load(p + 32), Load(p + 48)} {}

  uint64_t Matches(char c) const {
    __m128i wanted = _mm_set1_epi8(c);
    return Bits(_mm_cmpeq_epi8(parts_[0], wanted), _mm_cmpeq_epi8(parts_[1], wanted),
                _mm_cmpeq_epi8(parts_[2], wanted), _mm_cmpeq_epi8(parts_[3], wanted));
  }
  uint64_t NonAscii() const { return Bits(parts_[0], parts_[1], parts_[2], parts_[3]); }

 private:
  static __m128i Load(const char* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  static uint64_t Bits(__m128i a, __m128i b, __m128i c, __m128i d) {
    auto bits = [](__m128i part) {
      return static_cast<uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(part)));
    };
    return bits(a) | bits(b) << 16 | bits(c) << 32 | bits(d) << 48;
  }

  __m128i parts_[4];
};
#else
using ByteBlock = PortableByteBlock;
#endif

}  // namespace dray::codec
