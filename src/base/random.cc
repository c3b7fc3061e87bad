// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <openssl/rand.h>

#include <cstring>

#include "base/check.h"
#include "base/text_encoding.h"

namespace dray::base {

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) == 1);
  return bytes;
}

uint64_t RandomUint64() {
  std::string bytes = RandomBytes(8);
  uint64_t value;
  std::memcpy(&value, bytes.data(), 8);
  return value;
}

std::string RandomHex(size_t digits) {
  return HexEncode(RandomBytes((digits + 1) / 2)).substr(0, digits);
}

std::string RandomUuid() {
  std::string bytes = RandomBytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3f) | 0x80);
  return FormatUuid(bytes);
}

}  // namespace dray::base
