// SPDX-License-Identifier: Apache-2.0
#include "format/codec/line_cutter.h"

#include <gtest/gtest.h>

namespace dray::codec {
namespace {

size_t Cut(std::string_view text) { return LineCutter().Advance(text); }

TEST(LineCutter, CutsInFrontOfTheLastLineThatBeginsARecord) {
  EXPECT_EQ(Cut("{a}\n{b}\n{c"), 8u);
  EXPECT_EQ(Cut("{a}\r\n{b"), 5u);
  EXPECT_EQ(Cut("$ion_1_0 {a}\n$ion_1_0 {"), 13u);
  EXPECT_EQ(Cut("{\n  a: {\n  }\n}\n{\n  b: {\n"), 15u);
}

TEST(LineCutter, CutsGluedObjectsWhereThereAreNoLines) {
  EXPECT_EQ(Cut("{a{b}}{c{d}}{e"), 12u);
  EXPECT_EQ(Cut("{a}{b}\n {c}"), 3u);
}

TEST(LineCutter, FindsNoPlaceInOneRecordOrAtTheVeryEnd) {
  EXPECT_EQ(Cut(""), 0u);
  EXPECT_EQ(Cut("{"), 0u);
  EXPECT_EQ(Cut("{a}\n"), 0u);
  EXPECT_EQ(Cut("\n{a}"), 1u);
  EXPECT_EQ(Cut("{a:{b}}"), 0u);
  EXPECT_EQ(Cut("{}{" + std::string(1 << 20, 'x')), 0u);
}

}  // namespace
}  // namespace dray::codec
