// SPDX-License-Identifier: Apache-2.0
#include "storage/table/item_expiry.h"

#include <algorithm>

#include "base/clock.h"
#include "storage/table/expiry_time.h"
#include "storage/table/key_encoding.h"

namespace dray::table {
namespace {

constexpr size_t kItemsPerCommit = 64;

}  // namespace

base::Status ItemExpiry::Advance(Table& table, size_t& items_max) {
  base::MutexLock background(table.background);
  if (table.status() != TableStatus::kActive) return base::Ok();
  auto maintenance = table.maintenance();
  if (maintenance == nullptr || !maintenance->time_to_live.is_enabled) return base::Ok();
  ExpiryRound& round = table.expiry_round;
  if (round.number != maintenance->time_to_live.number) {
    round = ExpiryRound{};
    round.number = maintenance->time_to_live.number;
    for (auto& floor : table.expiry_floor) floor = INT64_MIN;
  }
  auto done = Go(table, maintenance->time_to_live, items_max);
  if (!done) {  // nothing is known for certain
    round.now_seconds = 0;
    for (auto& floor : table.expiry_floor) floor = INT64_MIN;
  }
  return done;
}

std::vector<ItemExpiry::Place> ItemExpiry::PlacesOf(const Table& table) {
  std::vector<Place> places;
  for (const Partition& partition : table.partitions) {
    for (unsigned stripe = StripeOfHash(partition.hashes.first);
         stripe <= StripeOfHash(partition.hashes.last); ++stripe) {
      places.push_back({partition.id, stripe});
    }
  }
  return places;
}

int64_t ItemExpiry::TakeFloor(Table& table, unsigned stripe, int64_t now_seconds) const {
  const int64_t oldest = now_seconds - kExpiryYearsSeconds;
  // Other processes do not lower our floor.
  if (!engine_.capabilities().exclusive_writer) return oldest;
  return std::max(oldest, table.expiry_floor[stripe].exchange(now_seconds));
}

base::Status ItemExpiry::Go(Table& table, const TimeToLive& settings, size_t& items_max) {
  ExpiryRound& round = table.expiry_round;
  if (round.now_seconds == 0) {
    round.now_seconds = clock_.NowMicros() / base::kMicrosPerSecond;
    round.place = 0;
    round.from.clear();
  }
  const int64_t now = round.now_seconds;
  const std::vector<Place> places = PlacesOf(table);
  kv::Page page;
  while (items_max > 0) {
    if (round.place == places.size()) {
      round.now_seconds = 0;
      return base::Ok();
    }
    const Place& place = places[round.place];
    if (round.from.empty()) {
      const int64_t first = TakeFloor(table, place.stripe, now);
      round.from = ExpiryStripeBound(settings.number, place.stripe, std::max<int64_t>(0, first));
    }
    const std::string to = ExpiryStripeBound(settings.number, place.stripe, now);
    page.Clear();
    if (round.from < to) {
      kv::ReadLimits limits;
      limits.entries_max = std::min(items_max, kItemsPerCommit);
      RETURN_IF_ERROR(engine_.ReadRange(place.partition, round.from, to, kv::Direction::kForward,
                                        limits, page));
    }
    std::vector<item::PrimaryKey> keys;
    for (size_t i = 0; i < page.size(); ++i) {
      ASSIGN_OR_RETURN(std::string_view tail, TailOfExpiryKey(page.key(i)));
      ASSIGN_OR_RETURN(item::PrimaryKey key, PrimaryKeyOfTail(tail));
      keys.push_back(std::move(key));
    }
    if (!keys.empty()) {
      auto deleted = items_.DeleteIf(table, keys, [&](const StoredItem& item) {
        auto seconds = ExpirySecondsOf(item::ItemView(item.encoded()), settings.attribute);
        return seconds && IsDue(*seconds, now);
      });
      if (!deleted) return std::move(deleted).error();
      items_max -= keys.size();
      round.from = std::string(page.key(page.size() - 1)) + '\0';
    }
    if (page.size() == 0 || page.is_last()) {
      ++round.place;
      round.from.clear();
    }
  }
  return base::Ok();
}

}  // namespace dray::table
