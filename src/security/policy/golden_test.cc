// SPDX-License-Identifier: Apache-2.0
// The tables of tests/golden/policy: forms, documents, conditions and decisions as data.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "security/policy/document.h"
#include "security/policy/golden_data.h"

namespace dray::policy {
namespace {

// ---- forms.json: what a Principal, an Action and a Resource may look like

class FormsTest : public testing::TestWithParam<const char*> {};

TEST_P(FormsTest, AcceptsAndRefusesWhatTheTableSays) {
  const json::Value table = ReadGolden("forms.json");
  const auto* section = table.object()->Find(GetParam());
  ASSERT_NE(section, nullptr);
  size_t rows = 0;
  for (const auto& row : *section->array()) {
    std::string document;
    json::AppendValue(Member(row, "document"), document);
    auto kind = KindOf(Text(row, "kind"));
    auto parsed = Document::Parse(document, kind);
    std::string message = parsed ? "" : parsed.error().message;
    EXPECT_EQ(message, Text(row, "refused_with")) << document;
    if (parsed && kind == DocumentKind::kResource) {
      auto valid = ValidateBucketPolicy(**parsed, "bucket");
      EXPECT_EQ(valid ? "" : valid.error().message, Text(row, "put_refused_with")) << document;
    }
    ++rows;
  }
  EXPECT_GT(rows, 0u);
}

INSTANTIATE_TEST_SUITE_P(Policy, FormsTest,
                         testing::Values("principal", "not_principal", "action", "resource",
                                         "condition"));

// ---- documents/good and documents/bad

TEST(GoldenDocuments, GoodOnesAreBucketPoliciesThatS3Takes) {
  for (const auto& path : GoldenFiles("documents/good", ".json")) {
    auto parsed = Document::Parse(ReadText(path), DocumentKind::kResource, 20480);
    ASSERT_TRUE(parsed) << path << ": " << parsed.error().message;
    auto valid = ValidateBucketPolicy(**parsed, "bucket");
    EXPECT_TRUE(valid) << path << ": " << (valid ? "" : valid.error().message);
  }
}

TEST(GoldenDocuments, BadOnesAreRefusedWithS3sMessage) {
  auto files = GoldenFiles("documents/bad", ".json");
  EXPECT_GT(files.size(), 20u);
  for (const auto& path : files) {
    std::string expected = ReadText(path.substr(0, path.size() - 5) + ".message");
    while (expected.ends_with('\n')) expected.pop_back();
    auto parsed = Document::Parse(ReadText(path), DocumentKind::kResource, 20480);
    if (!parsed) {
      EXPECT_EQ(parsed.error().kind, base::ErrorKind::kInvalidArgument) << path;
      EXPECT_EQ(parsed.error().message, expected) << path;
      continue;
    }
    auto valid = ValidateBucketPolicy(**parsed, "bucket");
    ASSERT_FALSE(valid) << path << " should be refused with: " << expected;
    EXPECT_EQ(valid.error().message, expected) << path;
  }
}

// ---- conditions.json

TEST(GoldenConditions, TruthTable) {
  const json::Value table = ReadGolden("conditions.json");
  size_t rows = 0;
  for (const auto& row : *table.array()) {
    std::string condition;
    json::AppendValue(Member(row, "condition"), condition);
    std::string version = Text(row, "version");
    if (version.empty()) version = "2012-10-17";
    std::string text = R"({"Version":")" + version +
                       R"(","Statement":{"Effect":"Allow","Principal":"*","Action":"*",)"
                       R"("Resource":"*","Condition":)" +
                       condition + "}}";
    auto document = Document::Parse(text, DocumentKind::kResource);
    ASSERT_TRUE(document) << text << ": " << document.error().message;
    Context context = ContextOf(row.object()->Find("context"));
    EXPECT_EQ((*document)->statements()[0].condition.Matches(context),
              *Member(row, "matches").boolean())
        << condition << " against row " << rows << ": " << Text(row, "why");
    ++rows;
  }
  EXPECT_GT(rows, 100u);
}

// ---- public_access.json

TEST(GoldenPublicAccess, TellsWhichPoliciesArePublic) {
  const json::Value table = ReadGolden("public_access.json");
  size_t rows = 0;
  for (const auto& row : *table.array()) {
    std::string text;
    json::AppendValue(Member(row, "document"), text);
    auto document = Document::Parse(text, DocumentKind::kResource);
    ASSERT_TRUE(document) << text << ": " << document.error().message;
    EXPECT_EQ((*document)->public_statement().has_value(), *Member(row, "public").boolean())
        << text;
    ++rows;
  }
  EXPECT_GT(rows, 100u);
}

// ---- decisions/*.json

TEST(GoldenDecisions, Tables) {
  size_t rows = 0;
  for (const auto& path : GoldenFiles("decisions", ".json")) {
    const json::Value table = ParseJson(ReadText(path));
    const auto* documents = Member(table, "documents").object();
    for (const auto& row : *Member(table, "cases").array()) {
      Request request = RequestOf(row);
      PolicySet policies = PoliciesOf(row, *documents);
      Decision decision = Evaluate(request, policies);
      std::string name = path + ": " + Text(row, "name");
      EXPECT_EQ(ResultName(decision.result), Text(row, "result")) << name << "\n"
                                                                  << decision.explanation;
      EXPECT_EQ(decision.deciding_side, Text(row, "side")) << name << "\n" << decision.explanation;
      if (std::string wanted = Text(row, "explanation_has"); !wanted.empty()) {
        EXPECT_NE(decision.explanation.find(wanted), std::string::npos) << name << "\n"
                                                                        << decision.explanation;
      }
      EXPECT_EQ(Evaluate(request, policies, false).result, decision.result) << name;
      ++rows;
    }
  }
  EXPECT_GT(rows, 50u);
}

}  // namespace
}  // namespace dray::policy
