// SPDX-License-Identifier: Apache-2.0
#include "model/item/flat_item_builder.h"

#include <gtest/gtest.h>

namespace dray::item {
namespace {

std::string Padded(std::string text) { return text.append(kOverreadBytes, '?'); }

TEST(FlatItemBuilder, BuildsWhatItemBuilderBuilds) {
  FlatItemBuilder flat;
  ItemBuilder builder;
  for (size_t length : {0, 1, 15, 16, 17, 31, 32, 33, 127, 128, 5000, 100'000}) {
    const std::string value(length, 'v');
    const EncodedName text("text" + std::string(length % 200, 'n')), raw("raw"), number("number"),
        filled("filled");
    flat.StartItem();
    flat.PaddedString(text, std::string_view(Padded(value)).substr(0, length));
    ASSERT_TRUE(flat.NumberText(number, "-12345678901234567890.123456789012345678"));
    flat.Binary(raw, value);
    std::fill_n(flat.StartString(filled, length), length, 'f');

    builder.StartItem();
    ASSERT_TRUE(builder.Name(text.name()));
    builder.String(value);
    ASSERT_TRUE(builder.Name("number"));
    ASSERT_TRUE(builder.NumberText("-12345678901234567890.123456789012345678"));
    ASSERT_TRUE(builder.Name("raw"));
    builder.Binary(value);
    ASSERT_TRUE(builder.Name("filled"));
    builder.String(std::string(length, 'f'));
    EXPECT_EQ(flat.Finish(), builder.Finish()) << length;
    EXPECT_EQ(flat.size_bytes(), builder.size_bytes());
    EXPECT_TRUE(ItemView::Check(flat.Finish()));
  }
}

TEST(FlatItemBuilder, KeepsAnItemAsItWasWhenANumberIsNone) {
  FlatItemBuilder flat;
  const EncodedName number("number");
  auto status = flat.NumberText(number, "twelve");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "The parameter cannot be converted to a numeric value: twelve");
  EXPECT_EQ(flat.Finish(), std::string_view("\x01", 1));
  EXPECT_EQ(flat.size_bytes(), 0u);
}

TEST(EncodedName, HoldsTheLongestName) {
  const std::string name(kAttributeNameBytesMax, 'n');
  EXPECT_EQ(EncodedName(name).name(), name);
}

}  // namespace
}  // namespace dray::item
