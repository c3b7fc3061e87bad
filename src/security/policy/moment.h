// SPDX-License-Identifier: Apache-2.0
// Times of Date* conditions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dray::policy {

struct Moment {
  // Either seconds since the epoch ("1718000000", also with a fraction), or one of the six forms of
  // W3C's profile of ISO 8601: 2024, 2024-05, 2024-05-14, 2024-05-14T11:14Z, and with seconds and a
  // fraction; the zone is Z or +hh:mm. Four digits are a year. nullopt for everything else, a time
  // without a zone too.
  static std::optional<Moment> Parse(std::string_view text);

  std::strong_ordering operator<=>(const Moment& other) const = default;
  bool operator==(const Moment& other) const = default;

  int64_t seconds = 0;   // since 1970-01-01T00:00:00Z
  std::string fraction;  // digits behind the point, without trailing zeros: ordered as text
};

}  // namespace dray::policy
