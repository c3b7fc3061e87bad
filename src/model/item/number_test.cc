// SPDX-License-Identifier: Apache-2.0
#include "model/item/number.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <compare>
#include <random>

namespace dray::item {
namespace {

constexpr std::string_view kOverflow =
    "Number overflow. Attempting to store a number with magnitude larger than supported range";
constexpr std::string_view kUnderflow =
    "Number underflow. Attempting to store a number with magnitude smaller than supported range";
constexpr std::string_view kTooPrecise =
    "Attempting to store more than 38 significant digits in a Number";

std::string Canonical(std::string_view text) {
  auto number = Number::Parse(text);
  return number ? number->ToText() : number.error().message;
}
Number N(std::string_view text) {
  auto number = Number::Parse(text);
  EXPECT_TRUE(number) << text;
  return number ? *number : Number();
}

TEST(Number, WritesTheCanonicalTextOfAws) {
  EXPECT_EQ(Canonical("00042"), "42");
  EXPECT_EQ(Canonical("1.0"), "1");
  EXPECT_EQ(Canonical("3.1400"), "3.14");
  EXPECT_EQ(Canonical("1.5E2"), "150");
  EXPECT_EQ(Canonical("-0"), "0");
  EXPECT_EQ(Canonical("-0.0e-5"), "0");
  EXPECT_EQ(Canonical("+3"), "3");
  EXPECT_EQ(Canonical(".123"), "0.123");
  EXPECT_EQ(Canonical("5."), "5");
  EXPECT_EQ(Canonical("0001.23"), "1.23");
  EXPECT_EQ(Canonical("1e+5"), "100000");
  EXPECT_EQ(Canonical("-17.4E37"), "-174" + std::string(36, '0'));
  EXPECT_EQ(Canonical("1E-130"), "0." + std::string(129, '0') + "1");
  EXPECT_EQ(Canonical("9.9999999999999999999999999999999999999E+125"),
            std::string(38, '9') + std::string(88, '0'));
  EXPECT_EQ(Canonical("-12345678901234567890.000000000000000001"),
            "-12345678901234567890.000000000000000001");
  EXPECT_EQ(Canonical("99999999999999999999999999999999999999"), std::string(38, '9'));
  EXPECT_EQ(Canonical("10000000000000000000000000000000000001"),
            "10000000000000000000000000000000000001");
}

TEST(Number, RefusesWhatIsNoNumber) {
  for (std::string_view text :
       {" 1",  "1 ", "NaN", "Infinity", "-Infinity", "dog",  "-",     "+",     ".",   "e5",
        ".e5", "1e", "1e+", "1.2.3",    "--1",       "0x10", "1,000", "1e5.0", "1_0", "1e5 "}) {
    EXPECT_EQ(Canonical(text),
              "The parameter cannot be converted to a numeric value: " + std::string(text));
  }
  EXPECT_EQ(Canonical(""), "The parameter cannot be converted to a numeric value");
  EXPECT_EQ(Number::Parse("x").error().kind, base::ErrorKind::kInvalidArgument);
}

TEST(Number, JudgesTheMagnitudeOnTheValue) {
  EXPECT_EQ(Canonical("1e126"), kOverflow);
  EXPECT_EQ(Canonical("-11e125"), kOverflow);
  EXPECT_EQ(Canonical("0.1e126"), "1" + std::string(125, '0'));
  EXPECT_EQ(Canonical("1e-131"), kUnderflow);
  EXPECT_EQ(Canonical("0.9e-130"), kUnderflow);
  EXPECT_EQ(Canonical("10e-131"), "0." + std::string(129, '0') + "1");
  EXPECT_EQ(Canonical("1e99999999999999999999999"), kOverflow);
  EXPECT_EQ(Canonical("1e-99999999999999999999999"), kUnderflow);
  EXPECT_EQ(Canonical("0." + std::string(100'000, '0') + "1e100001"), "1");
  EXPECT_EQ(Canonical("1" + std::string(100'000, '0') + "e-100000"), "1");
}

TEST(Number, TakesZerosWithExponentsAsAwsDoes) {
  EXPECT_EQ(Canonical("0e125"), "0");
  EXPECT_EQ(Canonical("0e126"), kOverflow);
  EXPECT_EQ(Canonical("0.0e126"), "0");
  EXPECT_EQ(Canonical("0e-130"), "0");
  EXPECT_EQ(Canonical("0e-131"), kUnderflow);
}

TEST(Number, TakesThirtyEightSignificantDigits) {
  EXPECT_EQ(Canonical("3.1415926535897932384626433832795028841"),
            "3.1415926535897932384626433832795028841");
  EXPECT_EQ(Canonical("3.14159265358979323846264338327950288419"), kTooPrecise);
  EXPECT_EQ(Canonical("314159265358979323846264338327950288419e30"), kTooPrecise);
  EXPECT_EQ(Canonical("100000000000000000000000000000000000001"), kTooPrecise);
  // Zeros at the ends are not significant.
  EXPECT_EQ(Canonical("000" + std::string(38, '7') + "000"), std::string(38, '7') + "000");
}

std::string Sum(std::string_view a, std::string_view b) {
  auto sum = Number::Add(N(a), N(b));
  return sum ? sum->ToText() : sum.error().message;
}
std::string Difference(std::string_view a, std::string_view b) {
  auto difference = Number::Subtract(N(a), N(b));
  return difference ? difference->ToText() : difference.error().message;
}

TEST(Number, AddsAndSubtractsExactly) {
  EXPECT_EQ(Sum("1", "10000000000000000000000"), "10000000000000000000001");
  EXPECT_EQ(Difference("10000000000000000000000", "1"), "9999999999999999999999");
  EXPECT_EQ(Sum("0.1", "0.2"), "0.3");
  EXPECT_EQ(Sum("5", "-5"), "0");
  EXPECT_EQ(Sum("0", "-7"), "-7");
  EXPECT_EQ(Difference("0", "7"), "-7");
  EXPECT_EQ(Difference("7", "0"), "7");
  EXPECT_EQ(Difference("1", "1.5"), "-0.5");
  EXPECT_EQ(Sum("9e125", "9e124"), "99" + std::string(124, '0'));
  EXPECT_EQ(Sum(std::string(38, '9'), "1"), "1" + std::string(38, '0'));
  EXPECT_EQ(Difference("1" + std::string(38, '0'), "1"), std::string(38, '9'));
  EXPECT_EQ(Sum("1" + std::string(38, '0'), "-" + std::string(38, '9')), "1");
}

TEST(Number, RefusesResultsThatDoNotFit) {
  EXPECT_EQ(Sum("9e125", "9e125"), kOverflow);
  EXPECT_EQ(Difference("9e125", "-9e125"), kOverflow);
  EXPECT_EQ(Difference("1.1e-130", "1e-130"), kUnderflow);
  // Too many digits are called an overflow here, as on AWS.
  EXPECT_EQ(Sum("1e50", "1"), kOverflow);
  EXPECT_EQ(Difference("1e50", "1"), kOverflow);
  EXPECT_EQ(Sum("1e125", "1e-130"), kOverflow);
  EXPECT_EQ(Sum(std::string(38, '9'), "0.1"), kOverflow);
  EXPECT_EQ(Difference("3" + std::string(38, '0'), "1"), kOverflow);
}

TEST(Number, CountsBytesAsAwsBillsThem) {
  EXPECT_EQ(N("0").size_bytes(), 1u);
  EXPECT_EQ(N("42").size_bytes(), 2u);    // billedSizeBytes of a real export
  EXPECT_EQ(N("9").size_bytes(), 2u);     // one digit: odd
  EXPECT_EQ(N("3.14").size_bytes(), 3u);  // three digits
  EXPECT_EQ(N("1.2").size_bytes(), 3u);   // two digits, exponent 0: one more
  EXPECT_EQ(N("-42").size_bytes(), 3u);
  EXPECT_EQ(N("0.12").size_bytes(), 2u);  // exponent -1 is odd
  EXPECT_EQ(N(std::string(38, '9')).size_bytes(), 20u);
}

TEST(Number, ConvertsIntegers) {
  EXPECT_EQ(Number::FromInt64(0).ToText(), "0");
  EXPECT_EQ(Number::FromInt64(-1200).ToText(), "-1200");
  EXPECT_EQ(Number::FromInt64(INT64_MIN).ToText(), "-9223372036854775808");
  EXPECT_EQ(Number::FromInt64(INT64_MAX).ToText(), "9223372036854775807");
  EXPECT_EQ(Number::FromInt64(1200), N("1.2e3"));
}

// Numbers as a naive model sees them: a sign and 126 + 170 decimal places.
std::string NaiveKey(const std::string& text) {
  bool is_negative = text[0] == '-';
  std::string digits = is_negative ? text.substr(1) : text;
  size_t point = digits.find('.');
  std::string whole = digits.substr(0, point);
  std::string fraction = point == std::string::npos ? "" : digits.substr(point + 1);
  std::string key = std::string(130 - whole.size(), '0') + whole + fraction;
  key.resize(300, '0');
  return is_negative ? "-" + key : key;
}
int NaiveCompare(const std::string& a, const std::string& b) {
  std::string left = NaiveKey(a), right = NaiveKey(b);
  bool left_negative = left[0] == '-', right_negative = right[0] == '-';
  if (left_negative != right_negative) return left_negative ? -1 : 1;
  int order = left.compare(right);
  return left_negative ? -order : order;
}
int Sign(int value) { return value < 0 ? -1 : value > 0 ? 1 : 0; }

std::string RandomNumber(std::mt19937_64& random) {
  auto below = [&](uint64_t limit) { return random() % limit; };
  std::string text = below(2) == 0 ? "-" : "";
  size_t digits = below(3) == 0 ? 1 + below(38) : 1 + below(4);
  std::string coefficient;
  for (size_t i = 0; i < digits; ++i) {
    coefficient += static_cast<char>('0' + (below(3) == 0 ? 0 : below(10)));
  }
  // Close exponents are as interesting as far ones.
  int exponent =
      below(2) == 0 ? static_cast<int>(below(6)) - 3 : static_cast<int>(below(200)) - 130;
  return text + coefficient + "e" + std::to_string(exponent);
}

TEST(NumberModel, OrdersEncodesAndAddsLikeANaiveModel) {
  uint64_t seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<Number> numbers = {Number(), N("1e-130"), N("-1e-130"), N("9e125"), N("-9e125")};
  while (numbers.size() < 400) {
    auto number = Number::Parse(RandomNumber(random));
    if (number) numbers.push_back(*number);
  }
  std::vector<std::string> texts, ordered;
  for (const Number& number : numbers) {
    std::string text = number.ToText();
    EXPECT_EQ(N(text), number);
    texts.push_back(text);

    std::string compact = "x";
    number.AppendCompact(compact);
    compact += "rest";
    std::string_view rest = std::string_view(compact).substr(1);
    auto back = Number::TakeCompact(rest);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(*back, number);
    EXPECT_EQ(rest, "rest");
    EXPECT_EQ(Number::FromTrustedCompact(std::string_view(compact).substr(1, compact.size() - 5)),
              number);

    std::string key;
    number.AppendOrdered(key);
    ordered.push_back(key);
    key += "rest";
    rest = key;
    back = Number::TakeOrdered(rest);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(*back, number) << text;
    EXPECT_EQ(rest, "rest");
  }
  for (size_t i = 0; i < numbers.size(); ++i) {
    for (size_t k = 0; k < numbers.size(); ++k) {
      int expected = Sign(NaiveCompare(texts[i], texts[k]));
      auto order = numbers[i] <=> numbers[k];
      ASSERT_EQ(std::is_lt(order)   ? -1
                : std::is_gt(order) ? 1
                                    : 0,
                expected)
          << texts[i] << " " << texts[k];
      ASSERT_EQ(Sign(ordered[i].compare(ordered[k])), expected) << texts[i] << " " << texts[k];
      if (expected != 0) {
        ASSERT_FALSE(ordered[i].starts_with(ordered[k])) << texts[i] << " " << texts[k];
      }
      auto sum = Number::Add(numbers[i], numbers[k]);
      if (sum) {
        auto again = Number::Subtract(*sum, numbers[k]);
        ASSERT_TRUE(again) << texts[i] << " " << texts[k];
        ASSERT_EQ(*again, numbers[i]) << texts[i] << " " << texts[k];
      }
    }
  }
}

TEST(NumberEncoding, HasTheDocumentedBytes) {
  auto compact = [](std::string_view text) {
    std::string bytes;
    N(text).AppendCompact(bytes);
    return bytes;
  };
  using std::string_literals::operator""s;
  EXPECT_EQ(compact("0"), "\x00"s);
  EXPECT_EQ(compact("42"), "\x01\x2a"s);
  EXPECT_EQ(compact("-42"), "\x81\x2a"s);
  EXPECT_EQ(compact("1.5"), "\x21\xff\x0f"s);
  EXPECT_EQ(compact("1000"), "\x21\x03\x01"s);
  EXPECT_EQ(compact("1.01e-129"), "\x41\x7d\xff\x65"s);
  auto ordered = [](std::string_view text) {
    std::string bytes;
    N(text).AppendOrdered(bytes);
    return bytes;
  };
  EXPECT_EQ(ordered("0"), "\x02"s);
  EXPECT_EQ(ordered("42"), "\x03\x83\x54"s);
  EXPECT_EQ(ordered("4.25"), "\x03\x82\x55\x64"s);
  EXPECT_EQ(ordered("-42"), "\x01\x7c\xab"s);
}

TEST(NumberEncoding, RefusesBytesThatNoNumberHas) {
  using std::string_literals::operator""s;
  for (const std::string& bytes :
       {""s, "\x01"s, "\x80"s, "\x20\x05"s, "\x01\x0a"s /* divisible by ten */, "\x02\x01\x00"s,
        "\x41\x01\x00\x01"s /* wide exponent */, "\x11"s + std::string(17, '\1'), "\x61\1\1\1\1"s,
        "\x21\x7f\x01"s /* 1e127 */, "\x10"s + std::string(16, '\xff'), "\x21\x00\x01"s}) {
    std::string_view rest = bytes;
    EXPECT_FALSE(Number::TakeCompact(rest)) << testing::PrintToString(bytes);
  }
  for (const std::string& bytes :
       {""s, "\x00"s, "\x04\x80\x54"s, "\x03"s, "\x03\x83"s, "\x03\x83\x55"s, "\x03\x83\x00"s,
        "\x03\x83\x02"s /* leading zero */, "\x03\x83\x55\x00"s,
        "\x03\x83"s + std::string(20, '\x55'), "\x03\x83\xc8"s}) {
    std::string_view rest = bytes;
    EXPECT_FALSE(Number::TakeOrdered(rest)) << testing::PrintToString(bytes);
  }
}

}  // namespace
}  // namespace dray::item
