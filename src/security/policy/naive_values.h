// SPDX-License-Identifier: Apache-2.0
// How the naive evaluator reads numbers, times, networks and base64: nullopt or empty when the text
// is none.
#pragma once

#include <cstdlib>
#include <optional>
#include <regex>
#include <string>
#include <vector>

namespace dray::policy::naive {

inline std::optional<long double> Number(const std::string& text) {
  static const std::regex form(R"([+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?)");
  if (!std::regex_match(text, form)) return std::nullopt;
  return std::strtold(text.c_str(), nullptr);
}

inline std::optional<long double> Seconds(const std::string& text) {
  static const std::regex epoch(R"((-?\d{1,15})|(\d{1,15}\.\d+))");
  static const std::regex iso(R"((\d{4})(-(\d\d)(-(\d\d)(T(\d\d):(\d\d)(:(\d\d)(\.\d+)?)?)"
                              R"((Z|([+-])(\d\d):(\d\d)))?)?)?)");
  std::smatch m;
  bool is_year = text.size() == 4 && text.find_first_not_of("0123456789") == text.npos;
  if (!is_year && std::regex_match(text, epoch)) return std::strtold(text.c_str(), nullptr);
  if (!std::regex_match(text, m, iso)) return std::nullopt;
  auto part = [&](int i, int otherwise) {
    return m[i].matched ? std::stoi(m[i].str()) : otherwise;
  };
  int year = part(1, 0), month = part(3, 1), day = part(5, 1);
  int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  auto leaps = [](int y) { return y % 4 == 0 && (y % 100 != 0 || y % 400 == 0); };
  if (leaps(year)) lengths[1] = 29;
  if (month < 1 || month > 12 || day < 1 || day > lengths[month - 1]) return std::nullopt;
  if (part(7, 0) > 23 || part(8, 0) > 59 || part(10, 0) > 59) return std::nullopt;
  if (part(14, 0) > 23 || part(15, 0) > 59) return std::nullopt;
  long double days = day - 1;
  for (int y = 1970; y < year; ++y) days += leaps(y) ? 366 : 365;
  for (int y = year; y < 1970; ++y) days -= leaps(y) ? 366 : 365;
  for (int i = 1; i < month; ++i) days += lengths[i - 1];
  long double zone = part(14, 0) * 3600.0L + part(15, 0) * 60.0L;
  if (m[13].matched && m[13].str() == "-") zone = -zone;
  long double fraction = m[11].matched ? std::strtold(("0" + m[11].str()).c_str(), nullptr) : 0.0L;
  return days * 86400 + part(7, 0) * 3600 + part(8, 0) * 60 + part(10, 0) + fraction - zone;
}

inline bool InOrder(const std::string& op, std::optional<long double> a,
                    std::optional<long double> b) {
  if (!a || !b) return false;
  auto ends = [&](const std::string& end) {
    return op.size() > end.size() && op.substr(op.size() - end.size()) == end;
  };
  if (ends("LessThan")) return *a < *b;
  if (ends("LessThanEquals")) return *a <= *b;
  if (ends("GreaterThan")) return *a > *b;
  if (ends("GreaterThanEquals")) return *a >= *b;
  return *a == *b;
}

inline bool IsBase64(const std::string& text) {
  static const std::regex form(
      "([A-Za-z0-9+/]{4})*([A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?");
  return std::regex_match(text, form);
}

inline std::vector<std::string> SplitAt(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (char c : text)
    if (c == separator)
      parts.emplace_back();
    else
      parts.back() += c;
  return parts;
}

inline std::string Binary(unsigned value, int digits) {
  std::string bits;
  for (int i = digits - 1; i >= 0; --i) bits += (value >> i) & 1U ? '1' : '0';
  return bits;
}

// An address as a text of its bits.
inline std::string Bits(const std::string& text) {
  std::string bits;
  static const std::regex v4(R"((\d|[1-9]\d{1,2})(\.(\d|[1-9]\d{1,2})){3})");
  if (std::regex_match(text, v4)) {
    for (const auto& part : SplitAt(text, '.')) {
      if (std::stoi(part) > 255) return "";
      bits += Binary(static_cast<unsigned>(std::stoi(part)), 8);
    }
    return bits;
  }
  static const std::regex group("[0-9A-Fa-f]{1,4}");
  std::vector<std::string> groups = SplitAt(text, ':');
  if (groups.size() < 3) return "";
  if (text.substr(0, 2) == "::") groups.erase(groups.begin());
  if (text.substr(text.size() - 2) == "::") groups.pop_back();
  int gaps = 0;
  for (const auto& g : groups) gaps += g.empty() ? 1 : 0;
  if (gaps > 1 || (gaps == 0 && groups.size() != 8) || (gaps == 1 && groups.size() > 8)) return "";
  for (const auto& g : groups) {
    if (g.empty()) {
      bits += std::string((9 - groups.size()) * 16, '0');
      continue;
    }
    if (!std::regex_match(g, group)) return "";
    bits += Binary(static_cast<unsigned>(std::stoul(g, nullptr, 16)), 16);
  }
  return bits;
}

// The bits that all addresses of a network share, and whether it is one.
inline bool Network(const std::string& text, std::string& prefix, bool& six) {
  auto parts = SplitAt(text, '/');
  std::string bits = Bits(parts[0]);
  six = bits.size() == 128;
  if (bits.empty() || parts.size() > 2) return false;
  prefix = bits;
  if (parts.size() == 1) return true;
  static const std::regex length(R"(\d|[1-9]\d{1,2})");
  if (!std::regex_match(parts[1], length) || std::stoul(parts[1]) > bits.size()) return false;
  prefix = bits.substr(0, std::stoul(parts[1]));
  return true;
}

inline bool InNetwork(const std::string& network, const std::string& address) {
  std::string prefix, bits = Bits(address);
  bool six = false;
  if (bits.empty() || !Network(network, prefix, six)) return false;
  return six == (bits.size() == 128) && bits.substr(0, prefix.size()) == prefix;
}

}  // namespace dray::policy::naive
