// SPDX-License-Identifier: Apache-2.0
// What the catalog stores, as values and bytes; docs/formats/records.md. Pure.
//
//   't' 'c'                                        the last table number given out, varint
//   't' 'd' | table number (8)                     table record: the state now
//   't' 'n' | account | 00 | name                  table number (8), while the name is taken
//   't' 'v' | table number (8) | time (8)          the descriptor from that time on
//   't' 'b' | index number (8)                     how far the index is built
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/table/table.h"

namespace dray::table {

struct Partition {
  kv::PartitionId id = 0;
  HashRange hashes;
};

// What stands in the change log of a table. Stored: never renumber.
enum class LogState : uint8_t {
  kNone = 0,       // nothing
  kRecording = 1,  // every change since log_since_micros
  kClearing = 2,   // leftovers that nobody reads, to be deleted
};

struct TableRecord {
  TableDescriptor descriptor;
  std::vector<Partition> partitions;  // ascending, together all hashes
  LogState log_state = LogState::kNone;
  // The log is whole from here on; INT64_MAX while recording is being turned on.
  int64_t log_since_micros = 0;
  int64_t deleted_at_micros = 0;          // 0: not deleted
  std::vector<uint64_t> dropped_numbers;  // indexes of times that nobody reads, to be deleted
};

// Of everything that is built from the table's items: its indexes, those of times included.
std::vector<uint64_t> IndexNumbersOf(const TableRecord& record);

std::string LastNumberKey();
std::string TableRecordKey(uint64_t number);
std::string TableRecordPrefix();
std::string NameKey(std::string_view account, std::string_view name);
std::string VersionPrefix(uint64_t number);
std::string VersionKey(uint64_t number, int64_t time_micros);
std::string BuildPositionKey(uint64_t index_number);

std::string EncodeTableRecord(const TableRecord& record);
base::Result<TableRecord> DecodeTableRecord(std::string_view bytes);
std::string EncodeDescriptor(const TableDescriptor& descriptor);
base::Result<TableDescriptor> DecodeDescriptor(std::string_view bytes);

// Where the building of an index goes on: behind the item with this tail.
std::string EncodeBuildPosition(std::string_view tail);
base::Result<std::string> DecodeBuildPosition(std::string_view bytes);

}  // namespace dray::table
