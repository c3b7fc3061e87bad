// SPDX-License-Identifier: Apache-2.0
// An object record of any bytes, and the body that it describes read through a reader: an error, or
// as many bytes as its segments have. Input: 1 byte size of the reads, then the record.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "storage/kv/memory/memory_engine.h"
#include "storage/objects/local_disk/body_reader.h"
#include "testing/faulty_file_system.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dray;
  // One folder without any file: whatever a record refers to is missing.
  static testing::FaultyFileSystem& files = *new testing::FaultyFileSystem;
  static kv::Engine& engine = *kv_memory::MakeMemoryEngine().release();
  static auto& bodies = *new auto(objects::BodyFiles::Open(files, "/objects", false));
  static auto& keys = *new auto(objects::BodyKeys::Open(engine, std::string(32, 'k')));
  if (size < 1) return 0;
  std::string_view value(reinterpret_cast<const char*>(data) + 1, size - 1);
  auto record = objects::DecodeObject("k", value);
  if (!record) return 0;
  if (value[0] == 2 && objects::Encode(*record) != value) {
    // Texts and numbers may be written in longer ways than ours; what is read must stay the same.
    auto again = objects::DecodeObject("k", objects::Encode(*record));
    if (!again || objects::Encode(*again) != objects::Encode(*record)) abort();
  }
  uint64_t length = 0;
  for (const objects::Segment& segment : record->body) length += segment.size_bytes;
  objects::BodyReader reader(**bodies, *keys, nullptr,
                             {objects::ObjectIndexKey(1, "k"), std::move(record->body)}, 0, length);
  std::string buffer(1 + data[0] * size_t{300}, '\0');
  uint64_t got = 0;
  for (;;) {
    auto count = reader.Read(buffer.data(), buffer.size());
    if (!count) return 0;
    if (*count == 0) break;
    got += *count;
  }
  if (got != length) abort();
  return 0;
}
