// SPDX-License-Identifier: Apache-2.0
// The values that stand under item and change keys; docs/formats/records.md. Pure.
//
//   item record    OFFSET  SIZE
//                  0       1     version, 1
//                  1       8     write time, big endian microseconds
//                  9       v     AWS's size of the item in bytes, varint
//                  9 + v   n     encoded item (docs/formats/item.md)
//   change record  0       1     version, 1
//                  1       1     0: the item was absent; 1: an item record follows
//                  2       n     the item record before the change
//   collection     0       1     version, 1
//                  1       v     size of the items and local index entries in bytes, varint
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace dray::table {

struct ItemRecord {
  int64_t write_time_micros = 0;
  size_t size_bytes = 0;
  std::string_view encoded;  // borrowed from the record
};

void AppendItemRecord(int64_t write_time_micros, size_t size_bytes, std::string_view encoded,
                      std::string& out);
std::string MakeItemRecord(int64_t write_time_micros, size_t size_bytes, std::string_view encoded);

// Checks the header only. kCorruption: the version is unknown or the bytes are cut off.
base::Result<ItemRecord> ParseItemRecord(std::string_view record);

// `previous` is an item record, nullopt when the key held none.
std::string MakeChangeRecord(std::optional<std::string_view> previous);
// The item record before the change; nullopt when the key held none. Borrows.
base::Result<std::optional<std::string_view>> ParseChangeRecord(std::string_view record);

// The size of an item collection; never 0.
std::string MakeCollectionRecord(int64_t bytes);
base::Result<int64_t> ParseCollectionRecord(std::string_view record);

}  // namespace dray::table
