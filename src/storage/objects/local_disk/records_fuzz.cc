// SPDX-License-Identifier: Apache-2.0
// The first byte chooses a kind of record, the others are its bytes: what is read and written again
// reads the same.
#include "storage/objects/local_disk/records.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"

namespace {

template <class Decode>
void Check(const Decode& decode, std::string_view bytes) {
  auto record = decode(bytes);
  if (!record) return;
  const std::string written = Encode(*record);
  auto again = decode(written);
  CHECK(again.has_value());
  CHECK(Encode(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dray::objects;  // NOLINT(google-build-using-namespace)
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      Check(DecodeBucket, bytes);
      break;
    case 1:
      Check([](std::string_view value) { return DecodeObject("k", value); }, bytes);
      break;
    case 2:
      Check(DecodeUpload, bytes);
      break;
    case 3:
      Check(DecodePart, bytes);
      break;
    default:
      Check(DecodeAccountBlock, bytes);
  }
  return 0;
}
