// SPDX-License-Identifier: Apache-2.0
// A DynamoDB number: exact decimal, at most 38 significant digits, magnitude 0 or 1E-130 to
// 9.9...9E+125. Source of the rules: docs/compatibility.md, "Numbers" (measured on AWS).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::item {

__extension__ typedef unsigned __int128 Uint128;  // -Wpedantic

// Value type; always valid and normalised (no trailing zeros in the coefficient, zero is +0e0), so
// equal values have equal members. coefficient < 10^38.
class Number {
 public:
  Number() = default;

  // Accepts an optional sign, digits with an optional point, an optional exponent. Errors are
  // kInvalidArgument with AWS's texts ("The parameter cannot be converted to a numeric value: x",
  // "Number overflow. ...", "Number underflow. ...", "Attempting to store more than 38 ...").
  static base::Result<Number> Parse(std::string_view text);
  static Number FromInt64(int64_t value);

  // Canonical text: plain notation, no exponent, no leading or trailing zeros, no "-0".
  void AppendText(std::string& out) const;
  std::string ToText() const;

  // Exact. A result of more than 38 digits or out of range is an error with AWS's text, never
  // rounded. As on AWS, too many digits are reported as "Number overflow. ..." here.
  static base::Result<Number> Add(const Number& a, const Number& b);
  static base::Result<Number> Subtract(const Number& a, const Number& b);

  std::strong_ordering operator<=>(const Number& other) const;
  bool operator==(const Number& other) const = default;

  // The compact form of item encodings (docs/formats/item.md). Take removes it from the front of
  // `bytes`; kCorruption when it is not one.
  void AppendCompact(std::string& out) const;
  static constexpr size_t kCompactBytesMax = 19;
  size_t WriteCompact(char* out) const;  // room for kCompactBytesMax; returns how many
  static base::Result<Number> TakeCompact(std::string_view& bytes);
  // The same for the exact bytes of one number that were written by AppendCompact or accepted by
  // TakeCompact before: checks only that it stays inside of them.
  static Number FromTrustedCompact(std::string_view bytes);
  // Length of the compact form that starts with `first`; 0 when none does.
  static size_t CompactLength(unsigned char first);

  // The ordered form of keys (docs/formats/key-parts.md): memcmp order of the bytes is numeric
  // order, and no encoding is a prefix of another.
  void AppendOrdered(std::string& out) const;
  static base::Result<Number> TakeOrdered(std::string_view& bytes);

  // Bytes that this number counts for in an item's size (contract section 9).
  size_t size_bytes() const;

  bool is_negative() const { return negative_; }
  bool is_zero() const { return coefficient_ == 0; }
  Uint128 coefficient() const { return coefficient_; }
  int exponent() const { return exponent_; }  // value = +-coefficient * 10^exponent

 private:
  // Drops trailing zeros of `coefficient`, then checks the range.
  static base::Result<Number> Normalised(Uint128 coefficient, int exponent, bool negative);
  int magnitude() const;  // exponent of the first digit; not for zero

  Uint128 coefficient_ = 0;
  int16_t exponent_ = 0;
  bool negative_ = false;
};

}  // namespace dray::item
