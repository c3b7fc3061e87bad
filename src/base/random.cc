// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <cstring>

#include "base/check.h"
#include "base/text_encoding.h"

namespace dray::base {

namespace {

void Fill(char* out, size_t count) {
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out), static_cast<int>(count)) == 1);
}

// Random bytes that nobody has got yet: one call of the generator costs the same for few as for
// many. Given out once and wiped.
class Reserve {
 public:
  static constexpr size_t kBytes = 1024;
  void Take(char* out, size_t count) {
    if (kBytes - used_ < count) {
      Fill(bytes_, kBytes);
      used_ = 0;
    }
    std::memcpy(out, bytes_ + used_, count);
    OPENSSL_cleanse(bytes_ + used_, count);
    used_ += count;
  }

 private:
  char bytes_[kBytes];
  size_t used_ = kBytes;
};

}  // namespace

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  if (count > Reserve::kBytes / 8) {
    Fill(bytes.data(), count);
  } else {
    thread_local Reserve reserve;
    reserve.Take(bytes.data(), count);
  }
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
