// SPDX-License-Identifier: Apache-2.0
// Addresses of IpAddress conditions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace dray::policy {

// An address, or all addresses that share its first bits.
struct IpRange {
  // "203.0.113.7", "203.0.113.0/24", "2001:db8::/32"; without '/' it is the one address. Bits
  // behind the prefix are of no meaning, as on AWS.
  static std::optional<IpRange> Parse(std::string_view text);

  // `address` is a range of one. IPv4 never matches IPv6.
  bool Contains(const IpRange& address) const;
  bool is_one_address() const { return prefix_bits == (is_v6 ? 128U : 32U); }

  bool is_v6 = false;
  unsigned prefix_bits = 0;
  std::array<uint8_t, 16> bytes = {};  // the first four of IPv4
};

}  // namespace dray::policy
