// SPDX-License-Identifier: Apache-2.0
// Numbers as bytes.
//
// Compact form (docs/formats/item.md):
//   OFFSET  SIZE  WHAT
//   0       1     bits 0-4: n, bytes of the coefficient, 0 to 16; bits 5-6: w, bytes of the
//   exponent,
//                 0 to 2; bit 7: sign. Zero is the byte 0 alone.
//   1       w     exponent, two's complement, little-endian, no wider than needed (0 is not
//   written) 1+w     n     coefficient, little-endian, last byte not 0; not divisible by ten
//
// Ordered form (docs/formats/key-parts.md):
//   0       1     1 negative, 2 zero (ends here), 3 positive
//   1       1     exponent of the first digit + 130
//   2       1-19  pairs of digits from the first digit on, each 2 * pair, + 1 unless it is the last
// All bytes behind the first are inverted when the number is negative.
#include <bit>
#include <cstring>

#include "model/item/decimal_digits.h"
#include "model/item/number.h"

namespace dray::item {
namespace {

static_assert(std::endian::native == std::endian::little, "the compact form is copied as it is");

constexpr unsigned kSignBit = 0x80;
constexpr unsigned char kOrderedNegative = 1, kOrderedZero = 2, kOrderedPositive = 3;

base::Error Corrupt() { return {base::ErrorKind::kCorruption, "malformed number encoding"}; }

size_t ByteLength(Uint128 value) {
  auto high = static_cast<uint64_t>(value >> 64);
  auto low = static_cast<uint64_t>(value);
  size_t bits =
      static_cast<size_t>(high != 0 ? 128 - std::countl_zero(high) : 64 - std::countl_zero(low));
  return (bits + 7) / 8;
}
size_t ExponentWidth(int exponent) {
  if (exponent == 0) return 0;
  return exponent >= INT8_MIN && exponent <= INT8_MAX ? 1 : 2;
}
bool IsInRange(Uint128 coefficient, int exponent) {
  int magnitude = exponent + CountDigits(coefficient) - 1;
  return magnitude <= kMagnitudeMax && magnitude >= kMagnitudeMin;
}
bool IsDivisibleByTen(Uint128 value) {
  return value >> 64 == 0 ? static_cast<uint64_t>(value) % 10 == 0 : value % 10 == 0;
}

}  // namespace

size_t Number::CompactLength(unsigned char first) {
  size_t coefficient_bytes = first & 0x1f, exponent_bytes = first >> 5 & 3;
  if (coefficient_bytes > 16 || exponent_bytes > 2) return 0;
  return 1 + exponent_bytes + coefficient_bytes;
}

size_t Number::WriteCompact(char* out) const {
  size_t n = ByteLength(coefficient_), w = ExponentWidth(exponent_);
  out[0] = static_cast<char>(n | w << 5 | (negative_ ? kSignBit : 0));
  std::memcpy(out + 1, &exponent_, w);
  std::memcpy(out + 1 + w, &coefficient_, n);
  return 1 + w + n;
}

void Number::AppendCompact(std::string& out) const {
  char bytes[kCompactBytesMax];
  out.append(bytes, WriteCompact(bytes));
}

Number Number::FromTrustedCompact(std::string_view bytes) {
  Number number;
  if (bytes.empty()) return number;
  auto first = static_cast<unsigned char>(bytes[0]);
  size_t n = first & 0x1f, w = first >> 5 & 3;
  if (n > 16 || w > 2 || bytes.size() < 1 + w + n) return number;
  if (w == 1) {
    number.exponent_ = static_cast<signed char>(bytes[1]);
  } else if (w == 2) {
    std::memcpy(&number.exponent_, bytes.data() + 1, 2);
  }
  std::memcpy(&number.coefficient_, bytes.data() + 1 + w, n);
  number.negative_ = (first & kSignBit) != 0;
  return number;
}

base::Result<Number> Number::TakeCompact(std::string_view& bytes) {
  if (bytes.empty()) return Corrupt();
  auto first = static_cast<unsigned char>(bytes[0]);
  size_t length = CompactLength(first);
  if (length == 0 || length > bytes.size()) return Corrupt();
  Number number = FromTrustedCompact(bytes.substr(0, length));
  if (number.coefficient_ == 0) {
    if (first != 0) return Corrupt();
  } else if ((first & 0x1f) != ByteLength(number.coefficient_) ||
             (first >> 5 & 3) != ExponentWidth(number.exponent_) ||
             number.coefficient_ >= kPowersOfTen[kDigitsMax] ||
             IsDivisibleByTen(number.coefficient_) ||
             !IsInRange(number.coefficient_, number.exponent_)) {
    return Corrupt();
  }
  bytes.remove_prefix(length);
  return number;
}

void Number::AppendOrdered(std::string& out) const {
  if (is_zero()) {
    out.push_back(static_cast<char>(kOrderedZero));
    return;
  }
  int digits = CountDigits(coefficient_);
  int pairs = (digits + 1) / 2;
  // With an odd count, the last pair is filled up with a zero.
  Uint128 rest = digits % 2 == 0 ? coefficient_ : coefficient_ * 10;
  unsigned char bytes[2 + (kDigitsMax + 1) / 2];
  bytes[0] = negative_ ? kOrderedNegative : kOrderedPositive;
  bytes[1] = static_cast<unsigned char>(exponent_ + digits - 1 - kMagnitudeMin);
  int i = pairs - 1;
  for (; rest >> 64 != 0; --i, rest /= 100) {
    bytes[2 + i] = static_cast<unsigned char>(rest % 100 * 2 + 1);
  }
  for (auto low = static_cast<uint64_t>(rest); i >= 0; --i, low /= 100) {
    bytes[2 + i] = static_cast<unsigned char>(low % 100 * 2 + 1);
  }
  bytes[2 + pairs - 1] &= 0xfe;
  const size_t length = 2 + static_cast<size_t>(pairs);
  if (negative_) {
    for (size_t k = 1; k < length; ++k) bytes[k] = static_cast<unsigned char>(~bytes[k]);
  }
  out.append(reinterpret_cast<const char*>(bytes), length);
}

base::Result<Number> Number::TakeOrdered(std::string_view& bytes) {
  if (bytes.empty()) return Corrupt();
  Number number;
  auto first = static_cast<unsigned char>(bytes[0]);
  if (first == kOrderedZero) {
    bytes.remove_prefix(1);
    return number;
  }
  if (first != kOrderedNegative && first != kOrderedPositive) return Corrupt();
  unsigned flip = first == kOrderedNegative ? 0xff : 0;
  if (bytes.size() < 3) return Corrupt();
  int magnitude = static_cast<int>(static_cast<unsigned char>(bytes[1]) ^ flip) + kMagnitudeMin;
  size_t length = 2;
  unsigned byte = 0;
  do {
    if (length == bytes.size() || length == 2 + kDigitsMax / 2) return Corrupt();
    byte = static_cast<unsigned char>(bytes[length++]) ^ flip;
    unsigned pair = byte / 2;
    if (pair > 99 || (length == 3 && pair < 10)) return Corrupt();
    number.coefficient_ = number.coefficient_ * 100 + pair;
  } while ((byte & 1) != 0);
  if (byte == 0) return Corrupt();  // a last pair of zeros
  int digits = static_cast<int>(length - 2) * 2;
  if (byte / 2 % 10 == 0) {
    number.coefficient_ /= 10;
    --digits;
  }
  number.exponent_ = static_cast<int16_t>(magnitude - digits + 1);
  number.negative_ = flip != 0;
  bytes.remove_prefix(length);
  return number;
}

size_t Number::size_bytes() const {
  if (is_zero()) return 1;
  const auto digits = static_cast<size_t>(CountDigits(coefficient_));
  const bool is_even = digits % 2 == 0 && magnitude() % 2 == 0;
  return 1 + (digits + 1) / 2 + (is_even ? 1 : 0) + (negative_ ? 1 : 0);
}

}  // namespace dray::item
