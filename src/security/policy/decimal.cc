// SPDX-License-Identifier: Apache-2.0
#include "security/policy/decimal.h"

#include <charconv>

namespace dray::policy {

namespace {

constexpr size_t kExponentDigitsMax = 4;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

size_t CountDigits(std::string_view text) {
  size_t count = 0;
  while (count < text.size() && IsDigit(text[count])) ++count;
  return count;
}

bool TakeSign(std::string_view& text) {
  bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.remove_prefix(1);
  return is_negative;
}

// What stands behind the 'e'.
std::optional<int64_t> ParseExponent(std::string_view text) {
  bool is_negative = TakeSign(text);
  if (text.empty() || text.size() > kExponentDigitsMax || CountDigits(text) != text.size())
    return std::nullopt;
  int64_t exponent = 0;
  std::from_chars(text.data(), text.data() + text.size(), exponent);
  return is_negative ? -exponent : exponent;
}

}  // namespace

std::optional<Decimal> Decimal::Parse(std::string_view text) {
  Decimal number;
  number.is_negative = TakeSign(text);
  size_t whole = CountDigits(text);
  number.digits = text.substr(0, whole);
  number.point = static_cast<int64_t>(whole);
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    size_t fraction = CountDigits(text);
    number.digits += text.substr(0, fraction);
    text.remove_prefix(fraction);
  }
  if (number.digits.empty()) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    auto exponent = ParseExponent(text.substr(1));
    if (!exponent) return std::nullopt;
    number.point += *exponent;
    text = {};
  }
  if (!text.empty()) return std::nullopt;

  size_t first = number.digits.find_first_not_of('0');
  if (first == std::string::npos) return Decimal();
  number.digits.erase(0, first);
  number.point -= static_cast<int64_t>(first);
  number.digits.erase(number.digits.find_last_not_of('0') + 1);
  return number;
}

std::strong_ordering Decimal::operator<=>(const Decimal& other) const {
  auto rank = [](const Decimal& number) {
    return number.digits.empty() ? 0 : number.is_negative ? -1 : 1;
  };
  if (rank(*this) != rank(other)) return rank(*this) <=> rank(other);
  if (digits.empty()) return std::strong_ordering::equal;
  const Decimal& left = is_negative ? other : *this;
  const Decimal& right = is_negative ? *this : other;
  return left.point != right.point ? left.point <=> right.point : left.digits <=> right.digits;
}

}  // namespace dray::policy
