// SPDX-License-Identifier: Apache-2.0
#include "security/policy/moment.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace dray::policy {

namespace {

constexpr size_t kEpochDigitsMax = 15;
constexpr int64_t kSecondsPerMinute = 60;
constexpr int64_t kSecondsPerHour = 3600;
constexpr int64_t kSecondsPerDay = 86400;

bool IsDigits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Reads a text from its front. What does not fit makes `ok` false, for good.
struct Scanner {
  std::string_view rest;
  bool ok = true;

  int Number(size_t width, int low, int high) {
    int value = 0;
    std::string_view digits = rest.substr(0, width);
    if (digits.size() != width || !IsDigits(digits)) {
      ok = false;
      return low;
    }
    std::from_chars(digits.data(), digits.data() + width, value);
    rest.remove_prefix(width);
    ok = ok && value >= low && value <= high;
    return value;
  }
  bool Take(char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  void Want(char c) { ok = Take(c) && ok; }
  // The digits of a fraction, without trailing zeros.
  std::string Fraction() {
    size_t end = std::min(rest.find_first_not_of("0123456789"), rest.size());
    std::string digits(rest.substr(0, end));
    ok = ok && !digits.empty();
    rest.remove_prefix(end);
    digits.erase(digits.find_last_not_of('0') + 1);
    return digits;
  }
};

int64_t ZoneSeconds(Scanner& scanner) {
  if (scanner.Take('Z')) return 0;
  bool is_west = scanner.Take('-');
  if (!is_west) scanner.Want('+');
  int64_t seconds = scanner.Number(2, 0, 23) * kSecondsPerHour;
  scanner.Want(':');
  seconds += scanner.Number(2, 0, 59) * kSecondsPerMinute;
  return is_west ? -seconds : seconds;
}

std::optional<Moment> ParseEpoch(std::string_view text) {
  Moment moment;
  size_t point = text.find('.');
  std::string_view whole = text.substr(0, point);
  bool is_negative = whole.starts_with('-');
  if (is_negative) whole.remove_prefix(1);
  if (!IsDigits(whole) || whole.size() > kEpochDigitsMax) return std::nullopt;
  std::from_chars(whole.data(), whole.data() + whole.size(), moment.seconds);
  if (is_negative) moment.seconds = -moment.seconds;
  if (point == std::string_view::npos) return moment;
  if (is_negative) return std::nullopt;
  Scanner scanner{text.substr(point + 1)};
  moment.fraction = scanner.Fraction();
  if (!scanner.ok || !scanner.rest.empty()) return std::nullopt;
  return moment;
}

std::optional<Moment> ParseIso8601(std::string_view text) {
  using namespace std::chrono;
  Moment moment;
  Scanner scanner{text};
  int year_number = scanner.Number(4, 0, 9999);
  int month_number = 1;
  int day_number = 1;
  int64_t of_day = 0;
  if (scanner.Take('-')) {
    month_number = scanner.Number(2, 1, 12);
    if (scanner.Take('-')) {
      day_number = scanner.Number(2, 1, 31);
      if (scanner.Take('T')) {
        of_day = scanner.Number(2, 0, 23) * kSecondsPerHour;
        scanner.Want(':');
        of_day += scanner.Number(2, 0, 59) * kSecondsPerMinute;
        if (scanner.Take(':')) {
          of_day += scanner.Number(2, 0, 59);
          if (scanner.Take('.')) moment.fraction = scanner.Fraction();
        }
        of_day -= ZoneSeconds(scanner);
      }
    }
  }
  const year_month_day date{year(year_number), month(static_cast<unsigned>(month_number)),
                            day(static_cast<unsigned>(day_number))};
  if (!scanner.ok || !scanner.rest.empty() || !date.ok()) return std::nullopt;
  moment.seconds = sys_days(date).time_since_epoch().count() * kSecondsPerDay + of_day;
  return moment;
}

}  // namespace

std::optional<Moment> Moment::Parse(std::string_view text) {
  constexpr size_t kYearDigits = 4;
  if (text.size() == kYearDigits && IsDigits(text)) return ParseIso8601(text);
  if (auto moment = ParseEpoch(text)) return moment;
  return ParseIso8601(text);
}

}  // namespace dray::policy
