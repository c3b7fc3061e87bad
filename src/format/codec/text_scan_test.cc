// SPDX-License-Identifier: Apache-2.0
// Both variants of the scans against a loop over bytes, for every length and place.
#include "format/codec/text_scan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace dray::codec {
namespace {

// A block of its own for each text, so that AddressSanitizer sees reads outside of it.
std::vector<char> Exactly(const std::string& text) { return {text.begin(), text.end()}; }

std::string RandomText(std::mt19937_64& random, size_t size) {
  std::string text(size, 'a');
  for (char& c : text) {
    unsigned kind = random() % 40;
    c = kind == 0   ? '"'
        : kind == 1 ? '\\'
        : kind == 2 ? static_cast<char>(random() % 0x20)
        : kind < 6  ? static_cast<char>(0x80 + random() % 0x80)
                    : static_cast<char>(0x20 + random() % 0x60);
  }
  return text;
}

TEST(TextScan, FindsTheFirstSpecialByteInsideAText) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 20'000; ++round) {
    auto text = Exactly(RandomText(random, random() % 70));
    auto expected =
        static_cast<size_t>(std::find_if(text.begin(), text.end(), IsSpecial<>) - text.begin());
    ASSERT_EQ(FindSpecialIn(text.data(), text.size()), expected);
    ASSERT_EQ(FindSpecialInPortable(text.data(), text.size()), expected);
    expected =
        static_cast<size_t>(std::find_if(text.begin(), text.end(), IsSpecial<true>) - text.begin());
    ASSERT_EQ(FindSpecialIn<true>(text.data(), text.size()), expected);
    ASSERT_EQ(FindSpecialInPortable<true>(text.data(), text.size()), expected);
  }
}

TEST(TextScan, FindsTheFirstSpecialByteOfAPaddedText) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 20'000; ++round) {
    auto text = Exactly(RandomText(random, random() % 70) + std::string(kPaddingBytes, '\0'));
    const char* expected = std::find_if(text.data(), text.data() + text.size(), IsSpecial<>);
    bool expected_non_ascii = std::any_of<const char*>(
        text.data(), expected, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    bool has_non_ascii = false;
    ASSERT_EQ(FindSpecial(text.data(), has_non_ascii), expected);
    ASSERT_EQ(has_non_ascii, expected_non_ascii);
    has_non_ascii = false;
    ASSERT_EQ(FindSpecialPortable(text.data(), has_non_ascii), expected);
    ASSERT_EQ(has_non_ascii, expected_non_ascii);
  }
}

// Values next to the limits, which arithmetic on whole words could mistake.
TEST(TextScan, TellsEveryByteValueApart) {
  for (int value = 0; value < 256; ++value) {
    for (size_t at = 0; at < 8; ++at) {
      std::string text(8, 'a');
      text[at] = static_cast<char>(value);
      size_t expected = IsSpecial(static_cast<char>(value)) ? at : 8;
      EXPECT_EQ(FindSpecialInPortable(text.data(), 8), expected) << value;
      expected = IsSpecial<true>(static_cast<char>(value)) ? at : 8;
      EXPECT_EQ(FindSpecialInPortable<true>(text.data(), 8), expected) << value;
    }
  }
}

}  // namespace
}  // namespace dray::codec
