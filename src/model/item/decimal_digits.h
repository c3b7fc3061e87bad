// SPDX-License-Identifier: Apache-2.0
// Powers of ten and digit counts of 128-bit integers. Internal to this module.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "model/item/number.h"

namespace dray::item {

inline constexpr int kDigitsMax = 38;
inline constexpr int kMagnitudeMax = 125;   // of the first digit: 9.99E+125
inline constexpr int kMagnitudeMin = -130;  // 1E-130

// 10^0 to 10^38, all that fit 128 bits.
inline constexpr auto kPowersOfTen = [] {
  std::array<Uint128, kDigitsMax + 1> powers{};
  powers[0] = 1;
  for (size_t i = 1; i < powers.size(); ++i) powers[i] = powers[i - 1] * 10;
  return powers;
}();

// Decimal digits of `value` > 0. 1233 / 4096 is just below log10(2), close enough for 128 bits.
inline int CountDigits(Uint128 value) {
  auto high = static_cast<uint64_t>(value >> 64);
  int bits = high != 0 ? 128 - std::countl_zero(high)
                       : 64 - std::countl_zero(static_cast<uint64_t>(value));
  int guess = bits * 1233 >> 12;
  return guess + (value >= kPowersOfTen[static_cast<size_t>(guess)] ? 1 : 0);
}

}  // namespace dray::item
