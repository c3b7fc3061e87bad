// SPDX-License-Identifier: Apache-2.0
// What a table's descriptor says of its secondary indexes and of its items' expiry. Values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/item/key_schema.h"

namespace dray::table {

struct Throughput {
  int64_t read_units = 0;
  int64_t write_units = 0;
};

// Stored: never renumber.
enum class IndexKind : uint8_t { kLocal = 0, kGlobal = 1 };
enum class IndexStatus : uint8_t { kCreating = 0, kActive = 1, kDeleting = 2 };

// Which attributes of an item its index entry holds, besides the keys of index and table.
struct Projection {
  enum class Type : uint8_t { kAll = 0, kKeysOnly = 1, kInclude = 2 } type = Type::kAll;
  std::vector<std::string> non_key_attributes;  // kInclude: as given
  bool operator==(const Projection&) const = default;
};

struct IndexDescriptor {
  std::string name;
  IndexKind kind = IndexKind::kGlobal;
  // Stands where an item's key has the table's; from the same counter, never given twice. Set by
  // Tables.
  uint64_t number = 0;
  item::KeySchema key_schema;  // one to four HASH, none to four RANGE attributes
  Projection projection;
  // Set by Tables. Only an ACTIVE index can be read.
  IndexStatus status = IndexStatus::kActive;
  bool is_backfilling = false;
  Throughput provisioned;         // kGlobal
  std::string pass_through_json;  // neutral settings returned as given, a JSON object or empty
};

// Items whose `attribute` is a number of seconds since 1970 in the past are deleted.
struct TimeToLive {
  bool is_enabled = false;
  std::string attribute;
  uint64_t number = 0;          // of the index of times, as an index's. Set by Tables.
  bool is_backfilling = false;  // items written before are being looked through
};

}  // namespace dray::table
