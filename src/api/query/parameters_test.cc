// SPDX-License-Identifier: Apache-2.0
#include "api/query/parameters.h"

#include <gtest/gtest.h>

#include "api/query/error_mapping.h"

namespace dray::query {
namespace {

constexpr TextRule kName{
    .min = 1, .max = 4, .pattern = "[a-z]+", .matches = [](std::string_view t) {
      return t.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == t.npos;
    }};

Parameters Parse(std::string_view query, std::string_view body) {
  auto parsed = Parameters::Parse(query, body);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? *std::move(parsed) : Parameters();
}

TEST(Parameters, ComeFromTheBodyAndTheQuery) {
  Parameters in = Parse("A=1&X-Amz-Signature=abc", "B=x+y%2B%C3%A9&Empty=");
  EXPECT_EQ(in.Number("A", 0, 9), 1);
  EXPECT_EQ(in.Text("B", {}), "x y+é");
  EXPECT_EQ(in.Text("Empty", {.min = 0}), "");
  EXPECT_EQ(in.Text("X-Amz-Signature", {}), std::nullopt);
  EXPECT_EQ(in.Text("None", {}), std::nullopt);
  EXPECT_TRUE(in.Check());
}

TEST(Parameters, RefusesWhatIsNoForm) {
  for (std::string_view body : {"A=%zz", "A=%ff", "%2=1", "A=1&A=2"}) {
    auto parsed = Parameters::Parse("", body);
    ASSERT_FALSE(parsed) << body;
    EXPECT_EQ(parsed.error().reason, reason::kMalformedInput);
  }
  EXPECT_FALSE(Parameters::Parse("A=1", "A=1"));
}

TEST(Parameters, TakesAnEmptyListAsClientsWriteIt) {
  Parameters in = Parse("", "Names=&Tags=&Other=");
  EXPECT_TRUE(in.Texts("Names", {}).empty());
  EXPECT_TRUE(in.Tags().empty());
  EXPECT_FALSE(in.Check());  // Other
  in.TakeEmptyList("Other");
  EXPECT_TRUE(in.Check());
  Parameters text = Parse("", "Names=x");
  text.Texts("Names", {});
  EXPECT_FALSE(text.Check());
}

TEST(Parameters, AreLimitedInNumber) {
  std::string form;
  for (int i = 0; i < 10'000; ++i) form += "p" + std::to_string(i) + "&";
  EXPECT_TRUE(Parameters::Parse("", form));
  EXPECT_FALSE(Parameters::Parse("one=more", form));
}

TEST(Parameters, RepeatsTheBeginningOfWhatIsLong) {
  EXPECT_EQ(Shown(std::string(1'000, 'a')), std::string(1'000, 'a'));
  EXPECT_EQ(Shown(std::string(1'001, 'a')), std::string(1'000, 'a') + "... (1001 bytes)");
  EXPECT_EQ(Shown(std::string(999, 'a') + "éé"), std::string(999, 'a') + "... (1003 bytes)");
  Parameters in = Parse("", "UserName=" + std::string(100'000, 'a'));
  in.Text("UserName", kName);
  EXPECT_LT(in.Check().error().message.size(), 1'200);
}

TEST(Parameters, TellsAllFaultsAtOnceInAwsWords) {
  Parameters in = Parse("", "UserName=abcde&Other=A&MaxItems=0");
  in.RequiredText("UserName", kName);
  in.Text("Other", kName);
  in.Number("MaxItems", 1, 1000);
  in.RequiredText("PolicyName", kName);
  auto checked = in.Check();
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().reason, reason::kValidation);
  EXPECT_EQ(checked.error().message,
            "4 validation errors detected: Value 'abcde' at 'userName' failed to satisfy "
            "constraint: Member must have length less than or equal to 4; Value 'A' at 'other' "
            "failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+; "
            "Value '0' at 'maxItems' failed to satisfy constraint: Member must have value greater "
            "than or equal to 1; Value null at 'policyName' failed to satisfy constraint: Member "
            "must not be null");
}

TEST(Parameters, RefusesWhatNobodyAskedFor) {
  Parameters in = Parse("", "Action=X&Version=1&A=1&B=2");
  in.Text("A", {});
  auto checked = in.Check();
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("parameter B is not supported"), std::string::npos);
}

TEST(Parameters, ReadsLists) {
  Parameters in = Parse("",
                        "L.member.1=a&L.member.2=b&P.member.1.arn=x&Tags.member.1.Key=k&"
                        "Tags.member.1.Value=v&Tags.member.2.Key=K2&Tags.member.2.Value=");
  EXPECT_EQ(in.Texts("L", kName), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(in.Texts("P", kName, ".arn"), (std::vector<std::string>{"x"}));
  auto tags = in.Tags();
  ASSERT_EQ(tags.size(), 2u);
  EXPECT_EQ(tags[1].key, "K2");
  EXPECT_TRUE(in.Check());
}

TEST(Parameters, RefusesTagsTwiceWhateverTheirCase) {
  Parameters in = Parse("",
                        "Tags.member.1.Key=k&Tags.member.1.Value=v&Tags.member.2.Key=K&"
                        "Tags.member.2.Value=");
  in.Tags();
  EXPECT_FALSE(in.Check());
  Parameters reserved = Parse("", "Tags.member.1.Key=aws:k&Tags.member.1.Value=v");
  reserved.Tags();
  EXPECT_FALSE(reserved.Check());
}

TEST(Parameters, ListsWithGapsAreRefused) {
  Parameters in = Parse("", "L.member.1=a&L.member.3=c");
  in.Texts("L", kName);
  EXPECT_FALSE(in.Check());
}

}  // namespace
}  // namespace dray::query
