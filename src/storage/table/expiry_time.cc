// SPDX-License-Identifier: Apache-2.0
#include "storage/table/expiry_time.h"

namespace dray::table {

std::optional<int64_t> ExpirySecondsOf(const item::ItemView& item, std::string_view attribute) {
  std::optional<item::ValueView> value = item.Find(attribute);
  if (!value || value->type() != item::Type::kNumber) return std::nullopt;
  const item::Number number = value->number();
  // Trailing zeros are in the exponent, so that a negative one is a fraction.
  if (number.is_negative() || number.is_zero() || number.exponent() < 0) return std::nullopt;
  item::Uint128 seconds = number.coefficient();
  for (int i = 0; i < number.exponent() && seconds <= INT64_MAX; ++i) seconds *= 10;
  if (seconds > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(seconds);
}

}  // namespace dray::table
