// SPDX-License-Identifier: Apache-2.0
// Numbers of Numeric* conditions, compared as decimals of any length: nothing is rounded.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dray::policy {

// 0.DIGITS times ten to the power of `point`. Digits neither begin nor end with a zero; zero has
// none.
struct Decimal {
  // Sign, digits with or without a fraction, exponent of at most four digits: "10", "-0.5", "1e3".
  static std::optional<Decimal> Parse(std::string_view text);

  std::strong_ordering operator<=>(const Decimal& other) const;
  bool operator==(const Decimal& other) const = default;

  bool is_negative = false;
  int64_t point = 0;
  std::string digits;
};

}  // namespace dray::policy
