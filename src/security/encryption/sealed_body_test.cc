// SPDX-License-Identifier: Apache-2.0
#include "security/encryption/sealed_body.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text_encoding.h"

namespace dray::encryption {
namespace {

const std::string kKey(32, 'k');

std::string Bytes(size_t count) {
  std::string bytes(count, '\0');
  std::minstd_rand random(7);
  for (char& c : bytes) c = static_cast<char>(random() >> 8);
  return bytes;
}

// In pieces of `piece` bytes.
std::string Seal(std::string_view plain, size_t piece, std::string_view key = kKey) {
  BodySealer sealer(key);
  std::string sealed;
  for (; !plain.empty(); plain.remove_prefix(std::min(piece, plain.size()))) {
    sealed += sealer.Update(plain.substr(0, piece));
  }
  sealed += sealer.Finish();
  return sealed;
}

// The body of `plain_bytes` bytes, or "refused".
std::string Open(std::string_view sealed, uint64_t plain_bytes, std::string_view key = kKey) {
  if (sealed.size() != SealedBytes(plain_bytes)) return "refused";
  ChunkCipher cipher(key, ChunkCipher::Direction::kOpen);
  std::string plain;
  const uint64_t count = ChunkCount(plain_bytes);
  for (uint64_t number = 0; number < count; ++number) {
    std::string_view chunk = sealed.substr(number * kSealedChunkBytes, kSealedChunkBytes);
    std::string opened(chunk.size(), '\0');
    if (!cipher.Open(number, number + 1 == count, chunk, opened.data())) return "refused";
    plain.append(opened, 0, chunk.size() - kTagBytes);
  }
  return plain;
}

TEST(ChunkCipher, GivesTheVectorsOfTheGcmSpecification) {
  // Test case 14 of McGrew and Viega's "The Galois/Counter Mode of Operation": a zero key, a zero
  // nonce (chunk 0, not the last), one block of zeros.
  ChunkCipher cipher(std::string(32, '\0'), ChunkCipher::Direction::kSeal);
  char sealed[32];
  cipher.Seal(0, false, std::string(16, '\0'), sealed);
  EXPECT_EQ(base::HexEncode({sealed, sizeof(sealed)}),
            "cea7403d4d606b6e074ec5d3baf39d18"
            "d0d1c8a799996bf0265b98b5d48ab919");
}

TEST(SealedBody, KeepsTheBytesOfItsFormat) {
  // Made with Python's cryptography: key 32 * 'k', nonce 00000000 and the chunk's number in 8
  // bytes, 00000001 before the last one's.
  EXPECT_EQ(base::HexEncode(Seal("hello", 5)), "7646bd862800d3919131dde638cee4d38dd01b7a9c");
  std::string two = Seal(std::string(kChunkBytes, 'a') + "b", 1 << 20);
  ASSERT_EQ(two.size(), kChunkBytes + 1 + 2 * kTagBytes);
  EXPECT_EQ(base::HexEncode(two.substr(kChunkBytes)),
            "ff3c459b64a7bd513084b97046e61c1bf5883a1ff65ebd4de1edf590752723cf61");
}

TEST(SealedBody, ComesBackWhateverTheSizesOfBodyAndPieces) {
  for (size_t size : {size_t{0}, size_t{1}, size_t{15}, size_t{16}, kChunkBytes - 1, kChunkBytes,
                      kChunkBytes + 1, 2 * kChunkBytes, 4 * kChunkBytes, 5 * kChunkBytes + 77}) {
    const std::string plain = Bytes(size);
    const std::string whole = Seal(plain, size + 1);
    EXPECT_EQ(whole.size(), SealedBytes(size));
    EXPECT_EQ(Open(whole, size), plain);
    for (size_t piece :
         {size_t{1000}, kChunkBytes - 1, kChunkBytes, kChunkBytes + 1, 3 * kChunkBytes + 5}) {
      EXPECT_EQ(Seal(plain, piece), whole) << size << " in pieces of " << piece;
    }
  }
}

TEST(SealedBody, IsRefusedWithAnyByteChanged) {
  const std::string plain = Bytes(100);
  const std::string sealed = Seal(plain, 100);
  for (size_t at = 0; at < sealed.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = sealed;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      ASSERT_EQ(Open(changed, plain.size()), "refused") << at;
    }
  }
  EXPECT_EQ(Open(sealed, plain.size(), std::string(32, 'x')), "refused");
}

TEST(SealedBody, IsRefusedCutOffOrLongerAlsoWhenTheLengthAgrees) {
  const std::string plain = Bytes(3 * kChunkBytes);
  const std::string sealed = Seal(plain, 1 << 20);
  for (uint64_t size : {uint64_t{1}, kChunkBytes - uint64_t{1}, uint64_t{kChunkBytes},
                        kChunkBytes + uint64_t{1}, uint64_t{2 * kChunkBytes}}) {
    EXPECT_EQ(Open(sealed.substr(0, SealedBytes(size)), size), "refused") << size;
  }
  EXPECT_EQ(Open(sealed + sealed.substr(2 * kSealedChunkBytes), 4 * kChunkBytes), "refused");
}

TEST(SealedBody, IsRefusedWithItsChunksInAnotherOrder) {
  const std::string sealed = Seal(Bytes(3 * kChunkBytes), 1 << 20);
  auto chunk = [&](size_t i) { return sealed.substr(i * kSealedChunkBytes, kSealedChunkBytes); };
  EXPECT_EQ(Open(chunk(1) + chunk(0) + chunk(2), 3 * kChunkBytes), "refused");
  EXPECT_EQ(Open(chunk(0) + chunk(0) + chunk(2), 3 * kChunkBytes), "refused");
  EXPECT_EQ(Open(chunk(0) + chunk(2), 2 * kChunkBytes), "refused");
}

}  // namespace
}  // namespace dray::encryption
