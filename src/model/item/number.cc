// SPDX-License-Identifier: Apache-2.0
#include "model/item/number.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "model/item/decimal_digits.h"

namespace dray::item {
namespace {

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}
base::Error NotANumber(std::string_view text) {
  std::string message = "The parameter cannot be converted to a numeric value";
  if (!text.empty()) message.append(": ").append(text);
  return Invalid(std::move(message));
}
base::Error Overflow() {
  return Invalid(
      "Number overflow. Attempting to store a number with magnitude larger than supported range");
}
base::Error Underflow() {
  return Invalid(
      "Number underflow. Attempting to store a number with magnitude smaller than supported range");
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Takes "[+-]digits" off [p, end). Values beyond any use are cut to 10^15, so that they can still
// be added to a count of digits.
bool TakeExponent(const char*& p, const char* end, int64_t& exponent) {
  constexpr int64_t kLimit = 1'000'000'000'000'000;
  bool is_negative = false;
  if (p != end && (*p == '+' || *p == '-')) is_negative = *p++ == '-';
  if (p == end || !IsDigit(*p)) return false;
  int64_t value = 0;
  for (; p != end && IsDigit(*p); ++p) value = std::min(kLimit, value * 10 + (*p - '0'));
  exponent = is_negative ? -value : value;
  return true;
}

// The digits of `value` at `out`, which has room for 39; returns their end.
char* WriteDigits(Uint128 value, char* out) {
  if (value >> 64 == 0) return std::to_chars(out, out + 20, static_cast<uint64_t>(value)).ptr;
  constexpr int kLowDigits = 19;
  auto low = static_cast<uint64_t>(value % kPowersOfTen[kLowDigits]);
  out = WriteDigits(value / kPowersOfTen[kLowDigits], out);
  char digits[20];
  auto length =
      static_cast<size_t>(std::to_chars(digits, digits + sizeof digits, low).ptr - digits);
  std::memset(out, '0', kLowDigits - length);
  std::memcpy(out + kLowDigits - length, digits, length);
  return out + kLowDigits;
}

}  // namespace

base::Result<Number> Number::Parse(std::string_view text) {
  const char* p = text.data();
  const char* end = p + text.size();
  Number number;
  bool is_negative = false;
  if (p != end && (*p == '-' || *p == '+')) is_negative = *p++ == '-';

  // `digits` counts from the first to the last digit that is not zero; zeros behind it wait in
  // `zeros` until another digit shows that they count.
  Uint128 coefficient = 0;
  int64_t digits = 0, zeros = 0, fraction_digits = 0;
  bool has_digit = false, has_point = false;
  for (; p != end; ++p) {
    auto digit = static_cast<unsigned>(*p - '0');
    if (digit <= 9) {
      has_digit = true;
      fraction_digits += has_point ? 1 : 0;
      if (digit == 0) {
        if (digits != 0) ++zeros;
        continue;
      }
      digits += zeros + 1;
      if (digits <= kDigitsMax) {
        coefficient = coefficient * kPowersOfTen[static_cast<size_t>(zeros + 1)] + digit;
      }
      zeros = 0;
    } else if (*p == '.' && !has_point) {
      has_point = true;
    } else {
      break;
    }
  }
  int64_t exponent = 0;
  if (!has_digit) return NotANumber(text);
  if (p != end && (*p == 'e' || *p == 'E') && !TakeExponent(++p, end, exponent)) {
    return NotANumber(text);
  }
  if (p != end) return NotANumber(text);

  // A zero is judged as if its last digit were significant: AWS refuses 0e126 and 0e-131, but takes
  // 0.0e126.
  int64_t magnitude = exponent - fraction_digits + (coefficient == 0 ? 0 : zeros + digits - 1);
  if (magnitude > kMagnitudeMax) return Overflow();
  if (magnitude < kMagnitudeMin) return Underflow();
  if (coefficient == 0) return number;
  if (digits > kDigitsMax) {
    return Invalid("Attempting to store more than 38 significant digits in a Number");
  }
  number.coefficient_ = coefficient;
  number.exponent_ = static_cast<int16_t>(exponent - fraction_digits + zeros);
  number.negative_ = is_negative;
  return number;
}

base::Result<Number> Number::Normalised(Uint128 coefficient, int exponent, bool negative) {
  Number number;
  if (coefficient == 0) return number;
  while (coefficient % 10 == 0) {
    coefficient /= 10;
    ++exponent;
  }
  if (coefficient >= kPowersOfTen[kDigitsMax]) return Overflow();
  int magnitude = exponent + CountDigits(coefficient) - 1;
  if (magnitude > kMagnitudeMax) return Overflow();
  if (magnitude < kMagnitudeMin) return Underflow();
  number.coefficient_ = coefficient;
  number.exponent_ = static_cast<int16_t>(exponent);
  number.negative_ = negative;
  return number;
}

Number Number::FromInt64(int64_t value) {
  Number number;
  if (value == 0) return number;
  number.negative_ = value < 0;
  uint64_t rest = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  for (; rest % 10 == 0; rest /= 10) ++number.exponent_;
  number.coefficient_ = rest;
  return number;
}

int Number::magnitude() const { return exponent_ + CountDigits(coefficient_) - 1; }

void Number::AppendText(std::string& out) const {
  if (coefficient_ == 0) {
    out.push_back('0');
    return;
  }
  char digits[40];
  const char* digits_end = WriteDigits(coefficient_, digits);
  auto count = static_cast<int>(digits_end - digits);
  char text[kMagnitudeMax - kMagnitudeMin + kDigitsMax];
  char* p = text;
  if (negative_) *p++ = '-';
  int before_point = count + exponent_;
  if (exponent_ >= 0) {
    p = std::copy(static_cast<const char*>(digits), digits_end, p);
    p = std::fill_n(p, exponent_, '0');
  } else if (before_point > 0) {
    p = std::copy_n(digits, before_point, p);
    *p++ = '.';
    p = std::copy(static_cast<const char*>(digits) + before_point, digits_end, p);
  } else {
    *p++ = '0';
    *p++ = '.';
    p = std::fill_n(p, -before_point, '0');
    p = std::copy(static_cast<const char*>(digits), digits_end, p);
  }
  out.append(text, static_cast<size_t>(p - text));
}

std::string Number::ToText() const {
  std::string text;
  AppendText(text);
  return text;
}

// The operand with the larger exponent is brought to the other's. As coefficients have no trailing
// zeros, the last digit of the other one then stays the last digit of the result, so a result that
// does not fit cannot be saved by dropping zeros.
base::Result<Number> Number::Add(const Number& a, const Number& b) {
  if (a.is_zero()) return b;
  if (b.is_zero()) return a;
  const Number& high = a.exponent_ >= b.exponent_ ? a : b;
  const Number& low = a.exponent_ >= b.exponent_ ? b : a;
  int shift = high.exponent_ - low.exponent_;
  // Anything from 2 * 10^38 on stays above 10^38 whatever the other operand takes away.
  constexpr Uint128 kLimit = 2 * kPowersOfTen[kDigitsMax];
  Uint128 shifted = 0;
  if (shift > kDigitsMax ||
      __builtin_mul_overflow(high.coefficient_, kPowersOfTen[static_cast<size_t>(shift)],
                             &shifted) ||
      shifted >= kLimit) {
    return Overflow();
  }
  if (high.negative_ == low.negative_) {
    return Normalised(shifted + low.coefficient_, low.exponent_, high.negative_);
  }
  if (shifted >= low.coefficient_) {
    return Normalised(shifted - low.coefficient_, low.exponent_, high.negative_);
  }
  return Normalised(low.coefficient_ - shifted, low.exponent_, low.negative_);
}

base::Result<Number> Number::Subtract(const Number& a, const Number& b) {
  Number negated = b;
  negated.negative_ = !b.is_zero() && !b.negative_;
  return Add(a, negated);
}

std::strong_ordering Number::operator<=>(const Number& other) const {
  int sign = is_zero() ? 0 : negative_ ? -1 : 1;
  int other_sign = other.is_zero() ? 0 : other.negative_ ? -1 : 1;
  if (sign != other_sign) return sign <=> other_sign;
  if (sign == 0) return std::strong_ordering::equal;
  const Number& left = negative_ ? other : *this;  // of two negative numbers the larger one is less
  const Number& right = negative_ ? *this : other;
  int left_digits = CountDigits(left.coefficient_), right_digits = CountDigits(right.coefficient_);
  int left_magnitude = left.exponent_ + left_digits;
  int right_magnitude = right.exponent_ + right_digits;
  if (left_magnitude != right_magnitude) return left_magnitude <=> right_magnitude;
  int digits = std::max(left_digits, right_digits);
  Uint128 left_value = left.coefficient_ * kPowersOfTen[static_cast<size_t>(digits - left_digits)];
  Uint128 right_value =
      right.coefficient_ * kPowersOfTen[static_cast<size_t>(digits - right_digits)];
  if (left_value == right_value) return std::strong_ordering::equal;
  return left_value < right_value ? std::strong_ordering::less : std::strong_ordering::greater;
}

}  // namespace dray::item
