// SPDX-License-Identifier: Apache-2.0
#include "storage/table/record.h"

#include <algorithm>

#include "base/big_endian.h"
#include "base/check.h"
#include "base/varint.h"
#include "storage/table/table.h"

namespace dray::table {
namespace {

constexpr char kItemRecordVersion = 1;
constexpr char kChangeRecordVersion = 1;
constexpr char kCollectionRecordVersion = 1;
constexpr char kWasAbsent = 0;
constexpr char kWasItem = 1;
constexpr size_t kItemHeaderBytes = 1 + 8;

base::Error Damaged(std::string message) {
  return base::Error{base::ErrorKind::kCorruption, std::move(message), {}};
}

// Of a record that was checked when it was read.
ItemRecord Trusted(std::string_view record) {
  auto parsed = ParseItemRecord(record);
  CHECK(parsed.has_value());
  return *parsed;
}

}  // namespace

void AppendItemRecord(int64_t write_time_micros, size_t size_bytes, std::string_view encoded,
                      std::string& out) {
  out.push_back(kItemRecordVersion);
  base::AppendBigEndian64(static_cast<uint64_t>(write_time_micros), out);
  base::AppendVarint(size_bytes, out);
  out.append(encoded);
}

std::string MakeItemRecord(int64_t write_time_micros, size_t size_bytes, std::string_view encoded) {
  std::string out;
  out.reserve(kItemHeaderBytes + 5 + encoded.size());
  AppendItemRecord(write_time_micros, size_bytes, encoded, out);
  return out;
}

base::Result<ItemRecord> ParseItemRecord(std::string_view record) {
  if (record.size() <= kItemHeaderBytes) return Damaged("An item's record is cut off");
  if (record[0] != kItemRecordVersion) {
    return Damaged("An item's record has the unknown version " +
                   std::to_string(static_cast<unsigned char>(record[0])));
  }
  ItemRecord parsed;
  parsed.write_time_micros = static_cast<int64_t>(base::ReadBigEndian64(record.substr(1)));
  std::string_view rest = record.substr(kItemHeaderBytes);
  uint64_t size_bytes = 0;
  if (!base::TakeVarint(rest, size_bytes)) return Damaged("An item's record is cut off");
  parsed.size_bytes = size_bytes;
  parsed.encoded = rest;
  return parsed;
}

std::string MakeChangeRecord(std::optional<std::string_view> previous) {
  std::string out;
  out.reserve(2 + (previous ? previous->size() : 0));
  out.push_back(kChangeRecordVersion);
  out.push_back(previous ? kWasItem : kWasAbsent);
  if (previous) out.append(*previous);
  return out;
}

base::Result<std::optional<std::string_view>> ParseChangeRecord(std::string_view record) {
  if (record.size() < 2) return Damaged("A record of the change log is cut off");
  if (record[0] != kChangeRecordVersion) {
    return Damaged("A record of the change log has the unknown version " +
                   std::to_string(static_cast<unsigned char>(record[0])));
  }
  if (record[1] == kWasAbsent && record.size() == 2) return std::optional<std::string_view>();
  if (record[1] == kWasItem && record.size() > 2) return std::optional(record.substr(2));
  return Damaged("A record of the change log is neither an image nor the absent marker");
}

std::string MakeCollectionRecord(int64_t bytes) {
  std::string out(1, kCollectionRecordVersion);
  base::AppendVarint(static_cast<uint64_t>(bytes), out);
  return out;
}

base::Result<int64_t> ParseCollectionRecord(std::string_view record) {
  std::string_view rest = record.substr(std::min<size_t>(1, record.size()));
  uint64_t bytes = 0;
  if (record.empty() || record[0] != kCollectionRecordVersion || !base::TakeVarint(rest, bytes) ||
      !rest.empty() || bytes > INT64_MAX) {
    return Damaged("The size of an item collection is damaged");
  }
  return static_cast<int64_t>(bytes);
}

std::string_view StoredItem::encoded() const { return Trusted(record).encoded; }
int64_t StoredItem::write_time_micros() const { return Trusted(record).write_time_micros; }
size_t StoredItem::size_bytes() const { return Trusted(record).size_bytes; }

}  // namespace dray::table
