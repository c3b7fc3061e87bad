// SPDX-License-Identifier: Apache-2.0
#include "base/text_encoding.h"

#include <simdjson.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace dray::base {

namespace {

constexpr char kHexLower[] = "0123456789abcdef";
constexpr char kHexUpper[] = "0123456789ABCDEF";
constexpr char kBase64Alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char kBase32Alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::array<int8_t, 256> MakeBase64Values() {
  std::array<int8_t, 256> values{};
  for (auto& value : values) value = -1;
  for (int i = 0; i < 64; ++i) {
    values[static_cast<unsigned char>(kBase64Alphabet[i])] = static_cast<int8_t>(i);
  }
  return values;
}
constexpr std::array<int8_t, 256> kBase64Values = MakeBase64Values();

struct CalendarTime {
  int year, month, day, hour, minute, second;
  int micros;
  int weekday;
};

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

CalendarTime ToCalendar(int64_t micros) {
  int64_t seconds = FloorDivide(micros, 1'000'000);
  std::time_t time = static_cast<std::time_t>(seconds);
  std::tm tm{};
  gmtime_r(&time, &tm);
  return {tm.tm_year + 1900,
          tm.tm_mon + 1,
          tm.tm_mday,
          tm.tm_hour,
          tm.tm_min,
          tm.tm_sec,
          static_cast<int>(micros - seconds * 1'000'000),
          tm.tm_wday};
}

std::optional<int64_t> FromCalendar(int year, int month, int day, int hour, int minute, int second,
                                    int64_t micros) {
  // Not timegm: it takes a lock that all threads share.
  const std::chrono::year_month_day date(std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day)));
  if (!date.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
  return seconds * 1'000'000 + micros;
}

bool TakeDigits(std::string_view& text, int count, int& value) {
  if (text.size() < static_cast<size_t>(count)) return false;
  value = 0;
  for (int i = 0; i < count; ++i) {
    char c = text[static_cast<size_t>(i)];
    if (c < '0' || c > '9') return false;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(static_cast<size_t>(count));
  return true;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

template <class... Args>
std::string Print(const char* format, Args... args) {
  char buffer[96];
  int length = std::snprintf(buffer, sizeof buffer, format, args...);
  return std::string(buffer, static_cast<size_t>(length));
}

constexpr const char* kWeekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

}  // namespace

std::string HexEncode(std::string_view bytes) {
  std::string text(bytes.size() * 2, '\0');
  char* out = text.data();
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    *out++ = kHexLower[byte >> 4];
    *out++ = kHexLower[byte & 15];
  }
  return text;
}

std::optional<std::string> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    int high = HexDigit(text[i]);
    int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
  }
  return bytes;
}

void AppendBase64(std::string_view bytes, std::string& out) {
  size_t at = out.size();
  out.resize(at + (bytes.size() + 2) / 3 * 4);
  char* to = out.data() + at;
  const auto* from = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t rest = bytes.size();
  for (; rest >= 3; rest -= 3, from += 3) {
    *to++ = kBase64Alphabet[from[0] >> 2];
    *to++ = kBase64Alphabet[(from[0] & 3) << 4 | from[1] >> 4];
    *to++ = kBase64Alphabet[(from[1] & 15) << 2 | from[2] >> 6];
    *to++ = kBase64Alphabet[from[2] & 63];
  }
  if (rest == 0) return;
  *to++ = kBase64Alphabet[from[0] >> 2];
  if (rest == 1) {
    *to++ = kBase64Alphabet[(from[0] & 3) << 4];
    *to++ = '=';
  } else {
    *to++ = kBase64Alphabet[(from[0] & 3) << 4 | from[1] >> 4];
    *to++ = kBase64Alphabet[(from[1] & 15) << 2];
  }
  *to = '=';
}

std::string Base64Encode(std::string_view bytes) {
  std::string text;
  AppendBase64(bytes, text);
  return text;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  int bit_count = 0;
  for (char c : text.substr(0, text.size() - padding)) {
    int value = kBase64Values[static_cast<unsigned char>(c)];
    if (value < 0) return std::nullopt;
    bits = bits << 6 | static_cast<uint32_t>(value);
    bit_count += 6;
    if (bit_count >= 8) {
      bit_count -= 8;
      bytes.push_back(static_cast<char>(bits >> bit_count & 0xff));
    }
  }
  if ((bits & ((1u << bit_count) - 1)) != 0) return std::nullopt;  // stray bits in the last digit
  return bytes;
}

std::string Base32LowerUnpadded(std::string_view bytes) {
  std::string text;
  uint32_t bits = 0;
  int bit_count = 0;
  for (char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    bit_count += 8;
    while (bit_count >= 5) {
      bit_count -= 5;
      text.push_back(kBase32Alphabet[bits >> bit_count & 31]);
    }
  }
  if (bit_count > 0) text.push_back(kBase32Alphabet[bits << (5 - bit_count) & 31]);
  return text;
}

std::string FormatUuid(std::string_view bytes16) {
  std::string hex = HexEncode(bytes16);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" +
         hex.substr(16, 4) + "-" + hex.substr(20);
}

std::string PercentEncode(std::string_view bytes, bool keep_slash) {
  std::string text;
  text.reserve(bytes.size() + 16);
  for (char c : bytes) {
    bool is_plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_' || c == '.' || c == '~' || (keep_slash && c == '/');
    if (is_plain) {
      text.push_back(c);
    } else {
      auto byte = static_cast<unsigned char>(c);
      text.push_back('%');
      text.push_back(kHexUpper[byte >> 4]);
      text.push_back(kHexUpper[byte & 15]);
    }
  }
  return text;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes.push_back(text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    int high = HexDigit(text[i + 1]);
    int low = HexDigit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return bytes;
}

bool IsValidUtf8(std::string_view bytes) {
  return simdjson::validate_utf8(bytes.data(), bytes.size());
}

void AppendUtf8(uint32_t code_point, std::string& out) {
  auto add = [&](uint32_t byte) { out += static_cast<char>(byte); };
  auto add_continuation = [&](uint32_t bits) { add(0x80 | (bits & 0x3F)); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0 | code_point >> 6);
    add_continuation(code_point);
  } else if (code_point < 0x10000) {
    add(0xE0 | code_point >> 12);
    add_continuation(code_point >> 6);
    add_continuation(code_point);
  } else {
    add(0xF0 | code_point >> 18);
    add_continuation(code_point >> 12);
    add_continuation(code_point >> 6);
    add_continuation(code_point);
  }
}

std::string FormatIso8601Millis(int64_t micros) {
  CalendarTime t = ToCalendar(micros);
  return Print("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", t.year, t.month, t.day, t.hour, t.minute,
               t.second, t.micros / 1000);
}

std::string FormatIso8601Seconds(int64_t micros) {
  CalendarTime t = ToCalendar(micros);
  return Print("%04d-%02d-%02dT%02d:%02d:%02dZ", t.year, t.month, t.day, t.hour, t.minute,
               t.second);
}

std::string FormatAmzDate(int64_t micros) {
  CalendarTime t = ToCalendar(micros);
  return Print("%04d%02d%02dT%02d%02d%02dZ", t.year, t.month, t.day, t.hour, t.minute, t.second);
}

std::string FormatHttpDate(int64_t micros) {
  CalendarTime t = ToCalendar(micros);
  return Print("%s, %02d %s %04d %02d:%02d:%02d GMT", kWeekdays[t.weekday], t.day,
               kMonths[t.month - 1], t.year, t.hour, t.minute, t.second);
}

std::optional<int64_t> ParseIso8601(std::string_view text) {
  int year, month, day, hour, minute, second;
  if (!TakeDigits(text, 4, year) || !TakeChar(text, '-') || !TakeDigits(text, 2, month) ||
      !TakeChar(text, '-') || !TakeDigits(text, 2, day) || !TakeChar(text, 'T') ||
      !TakeDigits(text, 2, hour) || !TakeChar(text, ':') || !TakeDigits(text, 2, minute) ||
      !TakeChar(text, ':') || !TakeDigits(text, 2, second)) {
    return std::nullopt;
  }
  int64_t micros = 0;
  if (TakeChar(text, '.')) {
    int64_t unit = 100'000;
    size_t digits = 0;
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1)) {
      if (++digits > 6) return std::nullopt;
      micros += (text.front() - '0') * unit;
      unit /= 10;
    }
    if (digits == 0) return std::nullopt;
  }
  if (text != "Z") return std::nullopt;
  return FromCalendar(year, month, day, hour, minute, second, micros);
}

std::optional<int64_t> ParseAmzDate(std::string_view text) {
  int year, month, day, hour, minute, second;
  if (!TakeDigits(text, 4, year) || !TakeDigits(text, 2, month) || !TakeDigits(text, 2, day) ||
      !TakeChar(text, 'T') || !TakeDigits(text, 2, hour) || !TakeDigits(text, 2, minute) ||
      !TakeDigits(text, 2, second) || text != "Z") {
    return std::nullopt;
  }
  return FromCalendar(year, month, day, hour, minute, second, 0);
}

std::optional<int64_t> ParseHttpDate(std::string_view text) {
  if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT") {
    return std::nullopt;
  }
  std::string_view month_name = text.substr(8, 3);
  int month = 0;
  for (int i = 0; i < 12; ++i) {
    if (month_name == kMonths[i]) month = i + 1;
  }
  std::string_view day_text = text.substr(5), rest = text.substr(12);
  int day, year, hour, minute, second;
  if (month == 0 || !TakeDigits(day_text, 2, day) || !TakeDigits(rest, 4, year) ||
      !TakeChar(rest, ' ') || !TakeDigits(rest, 2, hour) || !TakeChar(rest, ':') ||
      !TakeDigits(rest, 2, minute) || !TakeChar(rest, ':') || !TakeDigits(rest, 2, second)) {
    return std::nullopt;
  }
  return FromCalendar(year, month, day, hour, minute, second, 0);
}

std::string ToLower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

bool EqualsIgnoreCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  for (size_t i = 0; i < a.size(); ++i) {
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

std::string_view TrimSpace(std::string_view text) {
  auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

}  // namespace dray::base
