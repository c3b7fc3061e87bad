// SPDX-License-Identifier: Apache-2.0
#include "storage/table/counters.h"

#include <algorithm>

#include "base/big_endian.h"
#include "base/varint.h"
#include "storage/table/key_encoding.h"
#include "storage/table/latches.h"

namespace dray::table {
namespace {

constexpr char kCounterVersion = 1;
constexpr unsigned kStripesPerHashStripe = Counters::kStripeCount / kStripes;

}  // namespace

uint16_t Counters::StripeOfTail(std::string_view tail) {
  return static_cast<uint16_t>(StripeOfHash(HashOfTail(tail)) * kStripesPerHashStripe +
                               MixTail(tail) % kStripesPerHashStripe);
}

uint16_t Counters::StripeOfCollection(uint64_t hash) {
  return static_cast<uint16_t>(StripeOfHash(hash) * kStripesPerHashStripe +
                               hash % kStripesPerHashStripe);
}

size_t Counters::LatchOf(uint64_t table_number, uint16_t stripe) {
  return (table_number * 0x9e3779b97f4a7c15u + stripe) % Latches::kCount;
}

std::string Counters::RecordKey(uint64_t table_number, uint16_t stripe) {
  std::string key = TablePrefix(kMiscFamily, table_number);
  base::AppendBigEndian16(stripe, key);
  return key;
}

std::string Counters::Encode(const Count& sum) {
  std::string out(1, kCounterVersion);
  base::AppendVarint(base::ZigZag(sum.items), out);
  base::AppendVarint(base::ZigZag(sum.size_bytes), out);
  return out;
}

base::Result<Count> Counters::Decode(std::string_view record) {
  uint64_t items = 0, size_bytes = 0;
  std::string_view rest = record.substr(std::min<size_t>(1, record.size()));
  if (record.empty() || record[0] != kCounterVersion || !base::TakeVarint(rest, items) ||
      !base::TakeVarint(rest, size_bytes) || !rest.empty()) {
    return base::Error{base::ErrorKind::kCorruption, "A counter record is damaged", {}};
  }
  return Count{base::UnZigZag(items), base::UnZigZag(size_bytes)};
}

Count Counters::Get(uint16_t stripe) const {
  if (stripe == kBulkStripe) return bulk_;
  const std::vector<Count>* stripes = stripes_.load(std::memory_order_acquire);
  return stripes == nullptr ? Count{} : (*stripes)[stripe];
}

void Counters::Set(uint16_t stripe, const Count& sum) {
  Count& slot = stripe == kBulkStripe ? bulk_ : Stripes()[stripe];
  items_.fetch_add(sum.items - slot.items, std::memory_order_relaxed);
  size_bytes_.fetch_add(sum.size_bytes - slot.size_bytes, std::memory_order_relaxed);
  slot = sum;
}

TableMetrics Counters::total() const {
  // Two loads are not one moment: a reader may see the item of a write and not yet its size.
  return {static_cast<uint64_t>(std::max<int64_t>(0, items_.load(std::memory_order_relaxed))),
          static_cast<uint64_t>(std::max<int64_t>(0, size_bytes_.load(std::memory_order_relaxed)))};
}

std::vector<Count>& Counters::Stripes() {
  if (auto* stripes = stripes_.load(std::memory_order_acquire)) return *stripes;
  base::MutexLock lock(making_);
  if (!owned_) {
    owned_ = std::make_unique<std::vector<Count>>(kStripeCount);
    stripes_.store(owned_.get(), std::memory_order_release);
  }
  return *owned_;
}

}  // namespace dray::table
