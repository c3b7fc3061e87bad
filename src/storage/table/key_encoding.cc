// SPDX-License-Identifier: Apache-2.0
#include "storage/table/key_encoding.h"

#include "base/big_endian.h"
#include "base/check.h"
#include "storage/table/table.h"

namespace dray::table {

static_assert(kLogKeys.size() == 2 && kLogKeys[0] == kChangeFamily &&
              kLogKeys[1] == kChangeIndexFamily);
namespace {

constexpr std::string_view kTerminator("\x00\x01", 2);
constexpr size_t kTailFixedBytes = 8 + 2;

// FNV-1a over 64 bits, without the finish.
uint64_t Fnv1a(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x00000100000001b3u;
  return hash;
}

// The finish of MurmurHash3's 64-bit variant: every input bit reaches every output bit, which FNV
// alone does not give to the top bits of short keys.
uint64_t Finish(uint64_t hash) {
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  hash ^= hash >> 33;
  hash *= 0xc4ceb9fe1a85ec53u;
  hash ^= hash >> 33;
  return hash;
}

}  // namespace

uint64_t HashOfPartitionKey(std::string_view ordered_partition_key) {
  return Finish(Fnv1a(ordered_partition_key));
}

void AppendTablePrefix(char family, uint64_t table_number, std::string& out) {
  out.push_back(family);
  base::AppendBigEndian64(table_number, out);
}

std::string TablePrefix(char family, uint64_t table_number) {
  std::string out;
  out.reserve(kTablePrefixBytes);
  AppendTablePrefix(family, table_number, out);
  return out;
}

void AppendPartitionKeyTail(std::string_view partition_key, std::string& out) {
  CHECK(partition_key.size() <= UINT16_MAX);
  base::AppendBigEndian64(HashOfPartitionKey(partition_key), out);
  base::AppendBigEndian16(static_cast<uint16_t>(partition_key.size()), out);
  out.append(partition_key);
}

void AppendEscapedSortKey(std::string_view sort_key, std::string& out) {
  for (size_t from = 0;;) {
    size_t zero = sort_key.find('\0', from);
    if (zero == std::string_view::npos) {
      out.append(sort_key.substr(from));
      return;
    }
    out.append(sort_key.substr(from, zero + 1 - from));
    out.push_back('\xff');
    from = zero + 1;
  }
}

void AppendTerminatedPart(std::string_view bytes, std::string& out) {
  AppendEscapedSortKey(bytes, out);
  out.append(kTerminator);
}

void AppendKeyTail(const item::PrimaryKey& key, std::string& out) {
  AppendPartitionKeyTail(key.partition, out);
  AppendTerminatedPart(key.sort, out);
}

std::string KeyTail(const item::PrimaryKey& key) {
  std::string out;
  out.reserve(kTailFixedBytes + key.partition.size() + key.sort.size() + kTerminator.size());
  AppendKeyTail(key, out);
  return out;
}

void AppendItemKey(uint64_t table_number, const item::PrimaryKey& key, std::string& out) {
  AppendTablePrefix(kItemFamily, table_number, out);
  AppendKeyTail(key, out);
}

std::string ItemKey(uint64_t table_number, const item::PrimaryKey& key) {
  std::string out;
  out.reserve(kTablePrefixBytes + kTailFixedBytes + key.partition.size() + key.sort.size() +
              kTerminator.size());
  AppendItemKey(table_number, key, out);
  return out;
}

uint64_t HashOfTail(std::string_view tail) { return base::ReadBigEndian64(tail); }

uint64_t MixTail(std::string_view tail) { return Finish(Fnv1a(tail)); }

base::Result<item::PrimaryKey> PrimaryKeyOfTail(std::string_view tail) {
  base::Error bad{base::ErrorKind::kCorruption, "A stored key is damaged", {}};
  if (tail.size() < kTailFixedBytes + kTerminator.size()) return bad;
  size_t partition_bytes = base::ReadBigEndian16(tail.substr(8));
  std::string_view rest = tail.substr(kTailFixedBytes);
  if (rest.size() < partition_bytes + kTerminator.size()) return bad;
  item::PrimaryKey key;
  key.partition = rest.substr(0, partition_bytes);
  if (HashOfTail(tail) != HashOfPartitionKey(key.partition)) return bad;
  rest.remove_prefix(partition_bytes);
  if (!rest.ends_with(kTerminator)) return bad;
  rest.remove_suffix(kTerminator.size());
  key.sort.reserve(rest.size());
  for (size_t i = 0; i < rest.size(); ++i) {
    key.sort.push_back(rest[i]);
    if (rest[i] != '\0') continue;
    if (++i == rest.size() || rest[i] != '\xff') return bad;
  }
  return key;
}

bool IsValidTail(std::string_view tail) { return PrimaryKeyOfTail(tail).has_value(); }

std::string_view PartitionPartOfTail(std::string_view tail) {
  return tail.substr(0, kTailFixedBytes + base::ReadBigEndian16(tail.substr(8)));
}

namespace {

// Prefix, stripe and a time or its like: how changes and times of expiry begin.
std::string StripeBound(char family, uint64_t number, unsigned stripe, int64_t time) {
  std::string out;
  AppendTablePrefix(family, number, out);
  out.push_back(static_cast<char>(stripe));
  base::AppendBigEndian64(static_cast<uint64_t>(time), out);
  return out;
}

}  // namespace

std::string CollectionKey(uint64_t table_number, std::string_view tail) {
  std::string out = TablePrefix(kCollectionFamily, table_number);
  return out.append(PartitionPartOfTail(tail));
}

std::string ExpiryKey(uint64_t number, int64_t seconds, std::string_view tail) {
  std::string out = StripeBound(kExpiryFamily, number, StripeOfHash(HashOfTail(tail)), seconds);
  return out.append(tail);
}

std::string ExpiryStripeBound(uint64_t number, unsigned stripe, int64_t seconds) {
  return StripeBound(kExpiryFamily, number, stripe, seconds);
}

base::Result<std::string_view> TailOfExpiryKey(std::string_view key) {
  if (key.size() < kChangePrefixBytes + kTailFixedBytes + kTerminator.size()) {
    return base::Error{base::ErrorKind::kCorruption, "A key of a time of expiry is damaged", {}};
  }
  return key.substr(kChangePrefixBytes);
}

std::string ChangeStripeBound(uint64_t table_number, unsigned stripe, int64_t time_micros) {
  return StripeBound(kChangeFamily, table_number, stripe, time_micros);
}

std::string ChangeKey(uint64_t table_number, int64_t time_micros, std::string_view tail) {
  std::string out;
  out.reserve(kChangePrefixBytes + tail.size());
  AppendTablePrefix(kChangeFamily, table_number, out);
  out.push_back(static_cast<char>(StripeOfHash(HashOfTail(tail))));
  base::AppendBigEndian64(static_cast<uint64_t>(time_micros), out);
  out.append(tail);
  return out;
}

std::string ChangeIndexPrefix(uint64_t table_number, int64_t generation) {
  std::string out;
  AppendTablePrefix(kChangeIndexFamily, table_number, out);
  base::AppendBigEndian64(static_cast<uint64_t>(generation), out);
  return out;
}

std::string ChangeIndexKey(uint64_t table_number, int64_t generation, std::string_view tail,
                           int64_t time_micros) {
  std::string out;
  out.reserve(kChangeIndexPrefixBytes + tail.size() + 8);
  AppendTablePrefix(kChangeIndexFamily, table_number, out);
  base::AppendBigEndian64(static_cast<uint64_t>(generation), out);
  out.append(tail);
  base::AppendBigEndian64(static_cast<uint64_t>(time_micros), out);
  return out;
}

base::Result<ChangeIndexEntry> ParseChangeIndexKey(std::string_view key) {
  if (key.size() < kChangeIndexPrefixBytes + kTailFixedBytes + kTerminator.size() + 8) {
    return base::Error{base::ErrorKind::kCorruption, "An entry of a change index is damaged", {}};
  }
  ChangeIndexEntry entry;
  entry.tail = key.substr(kChangeIndexPrefixBytes, key.size() - kChangeIndexPrefixBytes - 8);
  entry.time_micros = static_cast<int64_t>(base::ReadBigEndian64(key.substr(key.size() - 8)));
  return entry;
}

}  // namespace dray::table
