// SPDX-License-Identifier: Apache-2.0
#include "storage/objects/checksum.h"

#include <gtest/gtest.h>

#include <random>

#include "base/text_encoding.h"

namespace dray::objects {
namespace {

std::string Hex(ChecksumAlgorithm algorithm, std::string_view bytes) {
  Checksum checksum(algorithm);
  checksum.Update(bytes);
  return base::HexEncode(checksum.Finish());
}

TEST(Checksum, GivesTheCheckValuesOfEveryAlgorithm) {
  EXPECT_EQ(Hex(ChecksumAlgorithm::kCrc32, "123456789"), "cbf43926");
  EXPECT_EQ(Hex(ChecksumAlgorithm::kCrc32c, "123456789"), "e3069283");
  EXPECT_EQ(Hex(ChecksumAlgorithm::kCrc64Nvme, "123456789"), "ae8b14860a799888");
  EXPECT_EQ(Hex(ChecksumAlgorithm::kSha1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(Hex(ChecksumAlgorithm::kSha256, ""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Hex(ChecksumAlgorithm::kNone, "abc"), "");
}

TEST(Checksum, CombinedCrcsEqualTheCrcOfTheConcatenation) {
  std::mt19937_64 random(7);
  for (auto algorithm :
       {ChecksumAlgorithm::kCrc32, ChecksumAlgorithm::kCrc32c, ChecksumAlgorithm::kCrc64Nvme}) {
    for (int round = 0; round < 50; ++round) {
      std::string all;
      std::vector<PartChecksum> parts;
      for (size_t count = random() % 5; count > 0; --count) {
        std::string part(random() % 3000, '\0');
        for (char& c : part) c = static_cast<char>(random());
        Checksum checksum(algorithm);
        checksum.Update(part);
        parts.push_back({checksum.Finish(), part.size()});
        all += part;
      }
      EXPECT_EQ(base::HexEncode(CombineCrcs(algorithm, parts)), Hex(algorithm, all));
    }
  }
}

TEST(Checksum, FindsNamesInAnyCase) {
  EXPECT_EQ(ChecksumByName("crc64nvme"), ChecksumAlgorithm::kCrc64Nvme);
  EXPECT_EQ(ChecksumByName("SHA256"), ChecksumAlgorithm::kSha256);
  EXPECT_EQ(ChecksumByName("MD5"), std::nullopt);
  EXPECT_EQ(ChecksumName(ChecksumAlgorithm::kCrc32c), "CRC32C");
}

}  // namespace
}  // namespace dray::objects
