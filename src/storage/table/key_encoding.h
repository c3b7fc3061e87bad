// SPDX-License-Identifier: Apache-2.0
// The keys under which tables stand in the engine; docs/formats/keys.md. Pure.
//
//   family  OFFSET  SIZE
//   'i'     0       1     'i'                                          one item
//           1       8     table number, big endian
//           9       n     tail
//   'c'     0       1     'c'                                          one change: the image before
//           1       8     table number
//           9       1     stripe: the top 4 bits of the hash, 0 to 15
//           10      8     time, big endian microseconds
//           18      n     tail
//   'x'     0       1     'x'                                          index of the changes by key
//           1       8     table number
//           9       8     generation: the time at which it began
//           17      n     tail
//           17 + n  8     time
//   'e'     0       1     'e'                                          when an item expires
//           1       8     number of the index of times
//           9       1     stripe, as of changes
//           10      8     the time, big endian seconds since 1970
//           18      n     tail
//   's'     0       1     's'                                          size of an item collection
//           1       8     table number
//           9       10+p  the tail up to the sort key
//   tail    0       8     hash of the partition key, big endian
//           8       2     length of the partition key, big endian
//           10      p     partition key, ordered form
//           10 + p  s     sort key, ordered form, 00 written as 00 ff
//           ...     2     00 01
//
// An entry of a secondary index has an item's key with the index's number; its tail: index_entry.h.
// No tail is a prefix of another one, and tails sort as (hash, partition key, sort key).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/item/key_schema.h"

namespace dray::table {

inline constexpr char kItemFamily = 'i';
inline constexpr char kChangeFamily = 'c';
inline constexpr char kChangeIndexFamily = 'x';
inline constexpr char kCatalogFamily = 't';
inline constexpr char kMiscFamily = 'm';
inline constexpr char kExpiryFamily = 'e';
inline constexpr char kCollectionFamily = 's';

inline constexpr size_t kTablePrefixBytes = 9;  // family and table number
inline constexpr size_t kChangePrefixBytes = kTablePrefixBytes + 1 + 8;
inline constexpr size_t kChangeIndexPrefixBytes = kTablePrefixBytes + 8;
inline constexpr unsigned kStripes = 16;

// uint64_t HashOfPartitionKey(std::string_view ordered_partition_key) is in table.h.

void AppendTablePrefix(char family, uint64_t table_number, std::string& out);
std::string TablePrefix(char family, uint64_t table_number);

// The part of an item's key behind the table number.
void AppendKeyTail(const item::PrimaryKey& key, std::string& out);
std::string KeyTail(const item::PrimaryKey& key);

// Prefix and tail: the key of an item.
void AppendItemKey(uint64_t table_number, const item::PrimaryKey& key, std::string& out);
std::string ItemKey(uint64_t table_number, const item::PrimaryKey& key);

// What all tails of one partition key begin with.
void AppendPartitionKeyTail(std::string_view partition_key, std::string& out);
// A sort key without its terminator: a prefix of it in this form is a prefix of its encoding.
void AppendEscapedSortKey(std::string_view sort_key, std::string& out);
// The same with its terminator: no such part is a prefix of another one, and they sort as the bytes
// in them do, whatever stands behind.
void AppendTerminatedPart(std::string_view bytes, std::string& out);

// The accessors require a tail that KeyTail made. Its hash, and the stripe of its changes.
uint64_t HashOfTail(std::string_view tail);
inline unsigned StripeOfHash(uint64_t hash) { return static_cast<unsigned>(hash >> 60); }
// A well-mixed hash of the whole tail, for latches; it is never stored.
uint64_t MixTail(std::string_view tail);
// The inverse of KeyTail, for bytes read from disk; kCorruption when it is not a tail.
base::Result<item::PrimaryKey> PrimaryKeyOfTail(std::string_view tail);
// Whether the bytes are a tail as KeyTail makes them, its hash included.
bool IsValidTail(std::string_view tail);

// The part of a tail that all items of one partition key share.
std::string_view PartitionPartOfTail(std::string_view tail);

inline std::string_view TailOfItemKey(std::string_view key) {
  return key.substr(kTablePrefixBytes);
}

std::string ChangeKey(uint64_t table_number, int64_t time_micros, std::string_view tail);
// The first key of a stripe at or after a time.
std::string ChangeStripeBound(uint64_t table_number, unsigned stripe, int64_t time_micros);
std::string ChangeIndexKey(uint64_t table_number, int64_t generation, std::string_view tail,
                           int64_t time_micros);
std::string ChangeIndexPrefix(uint64_t table_number, int64_t generation);

struct ChangeIndexEntry {
  std::string_view tail;
  int64_t time_micros = 0;
};
// Borrows from `key`; kCorruption when it is too short.
base::Result<ChangeIndexEntry> ParseChangeIndexKey(std::string_view key);

std::string CollectionKey(uint64_t table_number, std::string_view tail);

std::string ExpiryKey(uint64_t number, int64_t seconds, std::string_view tail);
// The first key of a stripe at or after a time.
std::string ExpiryStripeBound(uint64_t number, unsigned stripe, int64_t seconds);
// The tail of the item that an 'e' key is about. Borrows; kCorruption when it is too short.
base::Result<std::string_view> TailOfExpiryKey(std::string_view key);

}  // namespace dray::table
