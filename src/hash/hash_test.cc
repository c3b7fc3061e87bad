// SPDX-License-Identifier: Apache-2.0
#include "hash/hash.h"

#include <gtest/gtest.h>

#include "base/text_encoding.h"
#include "hash/crc.h"

namespace dray::hash {
namespace {

TEST(Hash, GivesThePublishedDigestsOfAbc) {
  EXPECT_EQ(base::HexEncode(Md5("abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(base::HexEncode(Sha256("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Digest sha1(Algorithm::kSha1);
  sha1.Update("a");
  sha1.Update("bc");
  EXPECT_EQ(base::HexEncode(sha1.Finish()), "a9993e364706816aba3e25717850c26c9cd0d89d");
}

TEST(Hash, DigestStartsAnewAfterFinish) {
  Digest md5(Algorithm::kMd5);
  md5.Update("something else");
  EXPECT_NE(md5.Finish(), Md5("abc"));
  md5.Update("abc");
  EXPECT_EQ(md5.Finish(), Md5("abc"));
}

TEST(Hash, HmacSha256MatchesRfc4231Case2) {
  EXPECT_EQ(base::HexEncode(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hash, NameUuid3IsJavasNameUuidFromBytes) {
  // UUID.nameUUIDFromBytes("hello".getBytes()) = 5d41402a-bc4b-3a76-b971-9d911017c592
  EXPECT_EQ(base::FormatUuid(NameUuid3("hello")), "5d41402a-bc4b-3a76-b971-9d911017c592");
}

TEST(Crc, GivesTheCheckValuesOf123456789) {
  EXPECT_EQ(ExtendCrc32(0, "123456789"), 0xcbf43926u);
  EXPECT_EQ(ExtendCrc32c(0, "123456789"), 0xe3069283u);
  EXPECT_EQ(ExtendCrc64Nvme(0, "123456789"), 0xae8b14860a799888ull);
}

TEST(Crc, ExtendingInPiecesGivesTheSameAsAtOnce) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<char>(i * 31));
  for (size_t cut = 0; cut <= 100; ++cut) {
    std::string_view first = std::string_view(bytes).substr(0, cut);
    std::string_view second = std::string_view(bytes).substr(cut);
    EXPECT_EQ(ExtendCrc32(ExtendCrc32(0, first), second), ExtendCrc32(0, bytes));
    EXPECT_EQ(ExtendCrc32c(ExtendCrc32c(0, first), second), ExtendCrc32c(0, bytes));
    EXPECT_EQ(ExtendCrc64Nvme(ExtendCrc64Nvme(0, first), second), ExtendCrc64Nvme(0, bytes));
  }
}

TEST(ConstantTimeEquals, ComparesLengthAndBytes) {
  EXPECT_TRUE(ConstantTimeEquals("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEquals("abc", "abcd"));
}

}  // namespace
}  // namespace dray::hash
