// SPDX-License-Identifier: Apache-2.0
// One record of a bulk load while it is not yet in the engine: in memory, in spill files and in
// sorted runs alike; docs/formats/bulk-load.md. Native byte order: the files never leave the
// machine.
//
//   OFFSET  SIZE
//   0       8     sequence: of equal keys the record with the highest one counts
//   8       4     length of the key (k)
//   12      4     length of the value (v)
//   16      4     AWS's size of the item
//   20      k     storage key
//   20 + k  v     item record
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace dray::table {

struct LoadRecord {
  static constexpr size_t kHeaderBytes = 20;

  uint64_t sequence = 0;
  uint32_t size_bytes = 0;
  std::string_view key;
  std::string_view value;

  size_t bytes() const { return kHeaderBytes + key.size() + value.size(); }
};

inline void WriteLoadRecordHeader(uint64_t sequence, size_t key_bytes, size_t value_bytes,
                                  size_t size_bytes, char* out) {
  const uint32_t lengths[3] = {static_cast<uint32_t>(key_bytes), static_cast<uint32_t>(value_bytes),
                               static_cast<uint32_t>(size_bytes)};
  std::memcpy(out, &sequence, 8);
  std::memcpy(out + 8, lengths, 12);
}

// Reads the record at `at`; false when it does not end before `end`.
inline bool ReadLoadRecord(const char* at, const char* end, LoadRecord& record) {
  if (static_cast<size_t>(end - at) < LoadRecord::kHeaderBytes) return false;
  uint32_t lengths[3];
  std::memcpy(&record.sequence, at, 8);
  std::memcpy(lengths, at + 8, 12);
  const char* key = at + LoadRecord::kHeaderBytes;
  if (static_cast<uint64_t>(end - key) < uint64_t{lengths[0]} + lengths[1]) return false;
  record.key = {key, lengths[0]};
  record.value = {key + lengths[0], lengths[1]};
  record.size_bytes = lengths[2];
  return true;
}

}  // namespace dray::table
