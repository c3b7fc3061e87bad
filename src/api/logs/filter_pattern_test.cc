// SPDX-License-Identifier: Apache-2.0
#include "api/logs/filter_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/logs/error_mapping.h"

namespace dray::logs {
namespace {

using ::testing::HasSubstr;

bool Matches(std::string_view pattern, std::string_view message) {
  auto parsed = FilterPattern::Parse(pattern);
  EXPECT_TRUE(parsed.has_value()) << pattern << ": " << parsed.error().message;
  return parsed && parsed->Matches(message);
}

TEST(FilterPattern, TermsMustAllOccur) {
  EXPECT_TRUE(Matches("", "anything"));
  EXPECT_TRUE(Matches("  ", ""));
  EXPECT_TRUE(Matches("Missing", "Missing the key pk"));
  EXPECT_TRUE(Matches("key Missing", "Missing the key pk"));
  EXPECT_FALSE(Matches("Missing sk", "Missing the key pk"));
  EXPECT_FALSE(Matches("missing", "Missing the key pk"));
  EXPECT_TRUE(Matches("żółw", "a żółw here"));
}

TEST(FilterPattern, QuotedTermsAreTakenAsTheyAre) {
  EXPECT_TRUE(Matches("\"the key pk\"", "Missing the key pk in"));
  EXPECT_FALSE(Matches("\"the key sk\"", "Missing the key pk in"));
  EXPECT_TRUE(Matches(R"("\"itemIndex\":0")", R"({"itemIndex":0})"));
  EXPECT_TRUE(Matches(R"("data/a" -"data/b")", R"("key":"data/a")"));
}

TEST(FilterPattern, ExcludedTermsMustNotOccur) {
  EXPECT_TRUE(Matches("key -sk", "Missing the key pk"));
  EXPECT_FALSE(Matches("key -pk", "Missing the key pk"));
  EXPECT_TRUE(Matches("-sk", "Missing the key pk"));
  EXPECT_FALSE(Matches("-\"the key\"", "Missing the key pk"));
}

TEST(FilterPattern, OneOfTheOptionalTermsMustOccurWhenThereAreNoOthers) {
  EXPECT_TRUE(Matches("?sk ?pk", "Missing the key pk"));
  EXPECT_FALSE(Matches("?sk ?gk", "Missing the key pk"));
  EXPECT_TRUE(Matches("?sk key", "Missing the key pk"));
  EXPECT_TRUE(Matches("?\"the key\"", "Missing the key pk"));
}

TEST(FilterPattern, RefusesWhatItDoesNotUnderstand) {
  for (std::string_view pattern : {"{ $.importArn = \"x\" }", "[a, b]", "%regex%"}) {
    auto parsed = FilterPattern::Parse(pattern);
    ASSERT_FALSE(parsed.has_value()) << pattern;
    EXPECT_EQ(parsed.error().reason, reason::kInvalidParameter);
    EXPECT_THAT(parsed.error().message, HasSubstr("not supported"));
  }
  for (std::string_view pattern : {"a/b", "x:y", "-", "?", "a -b/c", "\"open", "\"open\\\""}) {
    auto parsed = FilterPattern::Parse(pattern);
    ASSERT_FALSE(parsed.has_value()) << pattern;
    EXPECT_EQ(parsed.error().reason, reason::kInvalidParameter);
  }
  EXPECT_EQ(FilterPattern::Parse("one a/b").error().message, "Invalid character(s) in term 'a/b'");
}

}  // namespace
}  // namespace dray::logs
