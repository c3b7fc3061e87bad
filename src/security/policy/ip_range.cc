// SPDX-License-Identifier: Apache-2.0
#include "security/policy/ip_range.h"

#include <arpa/inet.h>

#include <charconv>
#include <cstring>
#include <string>

namespace dray::policy {

std::optional<IpRange> IpRange::Parse(std::string_view text) {
  IpRange range;
  size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  // A NUL would end the address early for inet_pton.
  if (address.find('\0') != std::string::npos) return std::nullopt;
  range.is_v6 = address.find(':') != std::string::npos;
  if (inet_pton(range.is_v6 ? AF_INET6 : AF_INET, address.c_str(), range.bytes.data()) != 1)
    return std::nullopt;
  const unsigned bits_max = range.is_v6 ? 128 : 32;
  range.prefix_bits = bits_max;
  if (slash == std::string_view::npos) return range;

  std::string_view digits = text.substr(slash + 1);
  const char* end = digits.data() + digits.size();
  auto [stop, error] = std::from_chars(digits.data(), end, range.prefix_bits);
  bool has_leading_zero = digits.size() > 1 && digits.front() == '0';
  if (error != std::errc() || stop != end || has_leading_zero || range.prefix_bits > bits_max)
    return std::nullopt;
  return range;
}

bool IpRange::Contains(const IpRange& address) const {
  if (is_v6 != address.is_v6) return false;
  const size_t whole = prefix_bits / 8;
  if (std::memcmp(bytes.data(), address.bytes.data(), whole) != 0) return false;
  const unsigned rest = prefix_bits % 8;
  if (rest == 0) return true;
  const unsigned differing = bytes.at(whole) ^ address.bytes.at(whole);
  return differing >> (8 - rest) == 0;
}

}  // namespace dray::policy
