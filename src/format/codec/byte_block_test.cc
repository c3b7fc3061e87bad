// SPDX-License-Identifier: Apache-2.0
#include "format/codec/byte_block.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace dray::codec {
namespace {

TEST(ByteBlock, FindsEveryByteOnEachWay) {
  std::mt19937_64 random(1);
  const std::string_view alphabet("a,\"\n\r\0\x01\x80\x81\xac\xff\x7f+-", 14);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (size_t i = 0; i < kBlockBytes; ++i) text += alphabet[random() % alphabet.size()];
    for (char c : alphabet) {
      uint64_t expected = 0, non_ascii = 0;
      for (size_t i = 0; i < kBlockBytes; ++i) {
        if (text[i] == c) expected |= uint64_t{1} << i;
        if ((text[i] & 0x80) != 0) non_ascii |= uint64_t{1} << i;
      }
      ASSERT_EQ(ByteBlock(text.data()).Matches(c), expected);
      ASSERT_EQ(PortableByteBlock(text.data()).Matches(c), expected);
      ASSERT_EQ(ByteBlock(text.data()).NonAscii(), non_ascii);
      ASSERT_EQ(PortableByteBlock(text.data()).NonAscii(), non_ascii);
    }
  }
}

}  // namespace
}  // namespace dray::codec
