// SPDX-License-Identifier: Apache-2.0
// CRC32 and CRC32C come from ISA-L. Its Debian version lacks the NVME polynomial of 64 bits, so
// that one is done here, eight bytes a step ("slicing by eight"), from tables made at compile time.
#include "hash/crc.h"

#include <isa-l/crc.h>

#include <array>
#include <bit>
#include <cstring>

namespace dray::hash {

namespace {

// NVM Express base specification, section "64b CRC": polynomial ad93d23594c93659, reflected.
constexpr uint64_t kNvmePolynomial = 0x9a6c9329ac4bc9b5ull;

constexpr std::array<std::array<uint64_t, 256>, 8> MakeTables() {
  std::array<std::array<uint64_t, 256>, 8> tables{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    uint64_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kNvmePolynomial : 0);
    tables[0][byte] = crc;
  }
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (size_t slice = 1; slice < 8; ++slice) {
      uint64_t before = tables[slice - 1][byte];
      tables[slice][byte] = tables[0][before & 0xff] ^ (before >> 8);
    }
  }
  return tables;
}
constexpr auto kTables = MakeTables();

uint64_t LoadLittleEndian64(const unsigned char* bytes) {
  uint64_t value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, bytes, 8);
  } else {
    for (int i = 7; i >= 0; --i) value = value << 8 | bytes[i];
  }
  return value;
}

}  // namespace

uint32_t ExtendCrc32(uint32_t crc, std::string_view bytes) {
  return crc32_gzip_refl(crc, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

uint32_t ExtendCrc32c(uint32_t crc, std::string_view bytes) {
  // ISA-L takes an int length and neither inverts before nor after.
  uint32_t state = ~crc;
  while (!bytes.empty()) {
    std::string_view piece = bytes.substr(0, 1u << 30);
    state = crc32_iscsi(
        const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(piece.data())),
        static_cast<int>(piece.size()), state);
    bytes.remove_prefix(piece.size());
  }
  return ~state;
}

uint64_t ExtendCrc64Nvme(uint64_t crc, std::string_view bytes) {
  const auto* at = reinterpret_cast<const unsigned char*>(bytes.data());
  size_t rest = bytes.size();
  uint64_t state = ~crc;
  for (; rest >= 8; rest -= 8, at += 8) {
    uint64_t word = state ^ LoadLittleEndian64(at);
    state = 0;
    for (size_t i = 0; i < 8; ++i) state ^= kTables[7 - i][word >> (8 * i) & 0xff];
  }
  for (; rest > 0; --rest, ++at) state = kTables[0][(state ^ *at) & 0xff] ^ (state >> 8);
  return ~state;
}

}  // namespace dray::hash
