// SPDX-License-Identifier: Apache-2.0
#include "security/policy/wildcard.h"

#include <gtest/gtest.h>

namespace dray::policy {
namespace {

bool Fits(std::string_view pattern, std::string_view text) {
  PatternText compiled;
  AppendWithWildcards(pattern, compiled);
  return MatchesPattern(compiled, text);
}

TEST(Wildcard, BacktracksToTheLastStar) {
  EXPECT_TRUE(Fits("a*c", "abcc"));
  EXPECT_TRUE(Fits("*abab", "abababab"));
  EXPECT_TRUE(Fits("*a*b*c", "__a_b_bc"));
  EXPECT_FALSE(Fits("*a*b*c", "__a_c_cb"));
}

TEST(Wildcard, TakesPolynomialTimeOnHostilePatterns) {
  std::string pattern;
  for (int i = 0; i < 200; ++i) pattern += "*a";
  EXPECT_FALSE(Fits(pattern + "*b", std::string(20000, 'a')));
}

TEST(Wildcard, LiteralStarsAreNoWildcards) {
  PatternText pattern;
  AppendLiteral("a*", pattern);
  EXPECT_TRUE(MatchesPattern(pattern, "a*"));
  EXPECT_FALSE(MatchesPattern(pattern, "ab"));
  EXPECT_FALSE(HasWildcard(pattern));
  AppendWithWildcards("?", pattern);
  EXPECT_TRUE(HasWildcard(pattern));
}

TEST(Wildcard, QuestionMarkIsOneCharacterOfUtf8) {
  EXPECT_TRUE(Fits("?", "\xe2\x82\xac"));
  EXPECT_FALSE(Fits("*??", "\xe2\x82\xac"));
  EXPECT_TRUE(Fits("??", "\xff\xfe"));  // stray bytes count one each
  EXPECT_TRUE(Fits("??", "\xe2\x82"));
}

TEST(Wildcard, IgnoresCaseOfAsciiLettersOnly) {
  PatternText pattern;
  AppendLiteral("aB\xc3\xa9", pattern);
  EXPECT_TRUE(MatchesPattern(pattern, "Ab\xc3\xa9", true));
  EXPECT_FALSE(MatchesPattern(pattern, "Ab\xc3\xa9", false));
  EXPECT_FALSE(MatchesPattern(pattern, "Ab\xc3\x89", true));
}

}  // namespace
}  // namespace dray::policy
