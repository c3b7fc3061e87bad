// SPDX-License-Identifier: Apache-2.0
// When an item expires. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "model/item/item_encoding.h"

namespace dray::table {

// The seconds since 1970 in an item's attribute; nullopt when it is not there, not a number, not
// positive, too large for 63 bits, or has a fraction: such items never expire.
std::optional<int64_t> ExpirySecondsOf(const item::ItemView& item, std::string_view attribute);

// AWS leaves items alone whose time is more than five years ago, lest wrong units delete a table.
inline constexpr int64_t kExpiryYearsSeconds = int64_t{5} * 365 * 24 * 3600;

// Whether an item with this time is to be deleted now.
inline bool IsDue(int64_t expiry_seconds, int64_t now_seconds) {
  return expiry_seconds < now_seconds && expiry_seconds >= now_seconds - kExpiryYearsSeconds;
}

}  // namespace dray::table
