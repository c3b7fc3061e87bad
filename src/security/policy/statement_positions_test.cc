// SPDX-License-Identifier: Apache-2.0
#include "security/policy/statement_positions.h"

#include <gtest/gtest.h>

#include "security/policy/context_keys.h"

namespace dray::policy {
namespace {

std::string Shown(std::string_view json) {
  std::string text;
  for (const StatementPosition& at : PositionsOfStatements(json))
    text += std::to_string(at.start.line) + ":" + std::to_string(at.start.column) + "-" +
            std::to_string(at.end.line) + ":" + std::to_string(at.end.column) + " ";
  return text;
}

TEST(StatementPositions, AreThoseOfRecordedAnswers) {
  // As Python's json.dumps writes it, and without blanks.
  EXPECT_EQ(Shown(R"({"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]})"),
            "1:41-1:60 ");
  EXPECT_EQ(Shown(R"({"Version":"2012-10-17","Statement":[{"a":1},{"b":2}]})"),
            "1:38-1:45 1:45-1:53 ");
  EXPECT_EQ(Shown(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow"}})"), "1:38-1:55 ");
  EXPECT_EQ(Shown("{\n  \"Statement\": [\n    {\n      \"a\": \"b\"\n    },\n    {}\n  ]\n}"),
            "2:17-5:6 5:6-6:7 ");
}

TEST(StatementPositions, AreNotMisledByTextInStrings) {
  EXPECT_EQ(Shown(R"({"Id":"\"Statement\":[{}]","Statement":[{"Sid":"}]\\","x":[1,{"y":"{"}]}]})"),
            "1:41-1:73 ");
  EXPECT_EQ(Shown(R"({"Statement":[{"Sid":"é"}],"Version":"2012-10-17"})"), "1:15-1:26 ");
  EXPECT_EQ(Shown(R"({"S\u0074atement":[{}],"Version":null})"), "1:20-1:22 ");
  EXPECT_EQ(Shown(R"({"Version":"2012-10-17"})"), "");
}

TEST(ContextKeys, AreThoseOfConditionsAndVariables) {
  auto document = Document::Parse(R"({"Version":"2012-10-17","Statement":{"Effect":"Allow",
      "Action":"s3:*","Resource":["arn:aws:s3:::b/${aws:username}/${*}/${aws:PrincipalTag/a, 'x'}"],
      "Condition":{"StringLike":{"s3:prefix":["${aws:userid}*","${$}"],"aws:Referer":"x"}}}})",
                                  DocumentKind::kIdentity);
  ASSERT_TRUE(document) << document.error().message;
  const Statement& statement = (*document)->statements().front();
  EXPECT_EQ(ContextKeysOf(statement, true),
            (std::vector<std::string>{"aws:PrincipalTag/a", "aws:Referer", "aws:userid",
                                      "aws:username", "s3:prefix"}));
  EXPECT_EQ(ContextKeysOf(statement, false),
            (std::vector<std::string>{"aws:Referer", "s3:prefix"}));
}

}  // namespace
}  // namespace dray::policy
