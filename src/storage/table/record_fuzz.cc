// SPDX-License-Identifier: Apache-2.0
// Bytes as they might stand on a damaged disk: read as each kind of record and key. What is
// accepted must be what its writer makes. The first byte chooses the kind.
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "storage/table/catalog_record.h"
#include "storage/table/counters.h"
#include "storage/table/key_encoding.h"
#include "storage/table/record.h"

using namespace dray::table;  // NOLINT(google-build-using-namespace): one function

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 10) {
    case 0:
      if (auto record = ParseItemRecord(bytes)) {
        auto again = MakeItemRecord(record->write_time_micros, record->size_bytes, record->encoded);
        CHECK(ParseItemRecord(again)->encoded == record->encoded);
      }
      break;
    case 1:
      if (auto image = ParseChangeRecord(bytes)) CHECK(MakeChangeRecord(*image) == bytes);
      break;
    case 2:
      if (auto key = PrimaryKeyOfTail(bytes)) CHECK(KeyTail(*key) == bytes);
      break;
    case 3:
      if (auto entry = ParseChangeIndexKey(bytes)) CHECK(entry->tail.size() < bytes.size());
      break;
    case 4:
      if (auto count = Counters::Decode(bytes)) {
        CHECK(*Counters::Decode(Counters::Encode(*count)) == *count);
      }
      break;
    case 5:
      if (auto record = DecodeTableRecord(bytes)) {
        const std::string again = EncodeTableRecord(*record);
        CHECK(EncodeTableRecord(*DecodeTableRecord(again)) == again);
      }
      break;
    case 6:
      if (auto descriptor = DecodeDescriptor(bytes)) {
        CHECK(DecodeDescriptor(EncodeDescriptor(*descriptor)).has_value());
      }
      break;
    case 7:
      if (auto size_bytes = ParseCollectionRecord(bytes)) {
        CHECK(*ParseCollectionRecord(MakeCollectionRecord(*size_bytes)) == *size_bytes);
      }
      break;
    case 8:
      if (auto tail = TailOfExpiryKey(bytes)) CHECK(bytes.ends_with(*tail));
      break;
    case 9:
      if (auto tail = DecodeBuildPosition(bytes)) CHECK(EncodeBuildPosition(*tail) == bytes);
      break;
  }
  return 0;
}
