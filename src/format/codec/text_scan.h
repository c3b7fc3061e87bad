// SPDX-License-Identifier: Apache-2.0
// Finding the next byte of a quoted string that needs a closer look: a quote, a backslash or a
// control character. 16 bytes a step with SSE2, which every x86-64 has; 8 bytes a step elsewhere.
// With kAndDelete the character U+007F counts, too, which Amazon's Ion writers escape.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace dray::codec {

// How far behind its end a text must be readable. The byte at its end must be 0, so that every scan
// stops there without asking where the end is.
inline constexpr size_t kPaddingBytes = 16;

template <bool kAndDelete = false>
inline bool IsSpecial(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' ||
         (kAndDelete && c == '\x7f');
}

inline uint64_t LoadWord(const char* p) {
  uint64_t word;
  std::memcpy(&word, p, sizeof word);
  return word;
}

// Bytes of the word that are special have their high bit set in the result. Bytes behind (in
// memory, on little-endian machines) a special one may be marked wrongly, the first mark is right.
template <bool kAndDelete = false>
inline uint64_t MarkSpecial(uint64_t word) {
  constexpr uint64_t kOnes = 0x0101010101010101, kHighs = 0x8080808080808080;
  uint64_t quote = word ^ kOnes * '"', backslash = word ^ kOnes * '\\';
  uint64_t marks = ((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) |
                   ((word - kOnes * 0x20) & ~word);
  if constexpr (kAndDelete) {
    uint64_t del = word ^ kOnes * 0x7f;
    marks |= (del - kOnes) & ~del;
  }
  return marks & kHighs;
}

template <bool kAndDelete = false>
inline const char* FirstSpecialOf8(const char* p) {
  if constexpr (std::endian::native == std::endian::little) {
    return p + std::countr_zero(MarkSpecial<kAndDelete>(LoadWord(p))) / 8;
  }
  while (!IsSpecial<kAndDelete>(*p)) ++p;
  return p;
}

#if defined(__SSE2__)
template <bool kAndDelete = false>
inline unsigned MarkSpecial(__m128i bytes) {
  __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  __m128i marks = _mm_or_si128(_mm_or_si128(quote, backslash), control);
  if constexpr (kAndDelete) {
    marks = _mm_or_si128(marks, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
  }
  return static_cast<unsigned>(_mm_movemask_epi8(marks));
}
inline __m128i LoadBlock(const char* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}
#endif

// The first special byte at or behind `p`, in a padded text. Sets `has_non_ascii` when a byte
// before it is 0x80 or more; never clears it.
inline const char* FindSpecialPortable(const char* p, bool& has_non_ascii) {
  constexpr uint64_t kHighs = 0x8080808080808080;
  for (; MarkSpecial(LoadWord(p)) == 0; p += 8) {
    if ((LoadWord(p) & kHighs) != 0) has_non_ascii = true;
  }
  const char* stop = FirstSpecialOf8(p);
  for (; p != stop; ++p) {
    if (static_cast<unsigned char>(*p) >= 0x80) has_non_ascii = true;
  }
  return stop;
}

inline const char* FindSpecial(const char* p, bool& has_non_ascii) {
#if defined(__SSE2__)
  for (;; p += 16) {
    __m128i bytes = LoadBlock(p);
    unsigned special = MarkSpecial(bytes);
    auto high = static_cast<unsigned>(_mm_movemask_epi8(bytes));
    if (special != 0) {
      int index = std::countr_zero(special);
      if ((high & ((1u << index) - 1)) != 0) has_non_ascii = true;
      return p + index;
    }
    if (high != 0) has_non_ascii = true;
  }
#else
  return FindSpecialPortable(p, has_non_ascii);
#endif
}

// Index of the first special byte of p[0..size), or `size`. Reads nothing outside. What is left
// behind the last whole step is looked at as part of a step that ends with the text: the overlap is
// known to be harmless.
template <bool kAndDelete = false>
inline size_t FindSpecialInPortable(const char* p, size_t size) {
  size_t at = 0;
  if (size >= 8) {
    for (; at + 8 <= size; at += 8) {
      if (MarkSpecial<kAndDelete>(LoadWord(p + at)) != 0) {
        return static_cast<size_t>(FirstSpecialOf8<kAndDelete>(p + at) - p);
      }
    }
    if (at == size || MarkSpecial<kAndDelete>(LoadWord(p + size - 8)) == 0) return size;
    return static_cast<size_t>(FirstSpecialOf8<kAndDelete>(p + size - 8) - p);
  }
  while (at < size && !IsSpecial<kAndDelete>(p[at])) ++at;
  return at;
}

template <bool kAndDelete = false>
inline size_t FindSpecialIn(const char* p, size_t size) {
#if defined(__SSE2__)
  if (size >= 16) {
    size_t at = 0;
    for (; at + 16 <= size; at += 16) {
      if (unsigned special = MarkSpecial<kAndDelete>(LoadBlock(p + at)); special != 0) {
        return at + static_cast<size_t>(std::countr_zero(special));
      }
    }
    if (at == size) return size;
    unsigned special = MarkSpecial<kAndDelete>(LoadBlock(p + size - 16));
    return special == 0 ? size : size - 16 + static_cast<size_t>(std::countr_zero(special));
  }
#endif
  return FindSpecialInPortable<kAndDelete>(p, size);
}

}  // namespace dray::codec
