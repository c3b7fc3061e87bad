// SPDX-License-Identifier: Apache-2.0
// Each file of tests/golden/doctor is one export with its expected diagnosis; F01 to F32 are the
// rows of the failure catalogue.
#include "security/doctor/doctor.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "format/json/json.h"
#include "security/doctor/near_match.h"

namespace dray::doctor {
namespace {

std::string ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << path;
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

json::Value ParseJson(const std::string& text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value) << text;
  return value ? *std::move(value) : json::Value();
}

std::string Text(const json::Value& value, std::string_view name) {
  const auto* found = value.object()->Find(name);
  return found && found->string() ? *found->string() : "";
}

std::string Compact(const json::Value& value) {
  std::string text;
  json::AppendValue(value, text);
  return text;
}

Facts FactsOf(const json::Value& value) {
  Facts facts;
  const json::Object& object = *value.object();
  if (const auto* policy = object.Find("bucket_policy"); policy && !policy->is_null())
    facts.bucket_policy = Compact(*policy);
  for (const auto& policy : *object.Find("identity_policies")->array())
    facts.identity_policies.push_back(Compact(policy));
  facts.caller_arn = Text(value, "caller");
  facts.bucket = Text(value, "bucket");
  facts.bucket_owner = Text(value, "bucket_owner");
  facts.prefix = Text(value, "prefix");
  if (const auto* owner = object.Find("s3_bucket_owner"); owner && owner->string())
    facts.s3_bucket_owner = *owner->string();
  if (const auto* kms = object.Find("has_kms_encryption"))
    facts.has_kms_encryption = *kms->boolean();
  if (const auto* direct = object.Find("is_direct")) facts.is_direct = *direct->boolean();
  return facts;
}

std::vector<std::string> Strings(const json::Value& list) {
  std::vector<std::string> texts;
  for (const auto& element : *list.array()) texts.push_back(*element.string());
  return texts;
}

std::vector<std::string> Codes(const Report& report, Severity severity) {
  std::vector<std::string> codes;
  for (const Finding& finding : report.findings)
    if (finding.severity == severity) codes.push_back(finding.code);
  std::sort(codes.begin(), codes.end());
  codes.erase(std::unique(codes.begin(), codes.end()), codes.end());
  return codes;
}

std::vector<std::string> Cases() {
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(DRAY_SOURCE_DIR) + "/tests/golden/doctor"))
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

class DoctorCase : public testing::TestWithParam<std::string> {};

TEST_P(DoctorCase, IsDiagnosed) {
  const json::Value row = ParseJson(
      ReadText(std::string(DRAY_SOURCE_DIR) + "/tests/golden/doctor/" + GetParam() + ".json"));
  auto report = Check(FactsOf(*row.object()->Find("facts")));
  ASSERT_TRUE(report) << report.error().message;
  const std::string text = RenderText(*report);

  std::string calls;
  for (const Call& call : report->calls) calls += call.is_allowed() ? 'A' : 'D';
  EXPECT_EQ(calls, Text(row, "calls")) << text;
  auto errors = Strings(*row.object()->Find("errors"));
  std::sort(errors.begin(), errors.end());
  auto warnings = Strings(*row.object()->Find("warnings"));
  std::sort(warnings.begin(), warnings.end());
  EXPECT_EQ(Codes(*report, Severity::kError), errors) << text;
  EXPECT_EQ(Codes(*report, Severity::kWarning), warnings) << text;
  EXPECT_EQ(report->succeeds, errors.empty()) << text;

  // Every denial is explained.
  for (const Call& call : report->calls) {
    if (call.is_allowed()) continue;
    EXPECT_FALSE(call.decision.explanation.empty());
    bool is_explained =
        std::any_of(report->findings.begin(), report->findings.end(), [&](const Finding& finding) {
          return std::count(finding.calls.begin(), finding.calls.end(), call.name) > 0 ||
                 finding.code.ends_with("malformed");
        });
    EXPECT_TRUE(is_explained) << call.name << "\n" << text;
  }
  for (const Finding& finding : report->findings) {
    EXPECT_TRUE(finding.sentence.ends_with('.')) << finding.sentence;
    EXPECT_TRUE(finding.fix.ends_with('.')) << finding.fix;
  }
  if (std::string where = Text(row, "where"); !where.empty()) {
    ASSERT_FALSE(report->findings.empty());
    EXPECT_EQ(report->findings.front().where, where) << text;
  }
  if (std::string has = Text(row, "sentence_has"); !has.empty()) {
    EXPECT_NE(text.find(has), std::string::npos) << text;
  }
  auto rendered = json::Parse(RenderJson(*report));
  ASSERT_TRUE(rendered);
  EXPECT_EQ(*rendered->object()->Find("succeeds")->boolean(), report->succeeds);
  EXPECT_EQ(rendered->object()->Find("calls")->array()->size(), report->calls.size());
  EXPECT_EQ(rendered->object()->Find("findings")->array()->size(), report->findings.size());
}

INSTANTIATE_TEST_SUITE_P(Catalogue, DoctorCase, testing::ValuesIn(Cases()), [](const auto& row) {
  std::string name = row.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Check, RefusesFactsThatMakeNoSense) {
  Facts good;
  good.caller_arn = "arn:aws:iam::111122223333:root";
  good.bucket = "bucket";
  good.bucket_owner = "444455556666";
  ASSERT_TRUE(Check(good));
  auto refused = [&](auto change) {
    Facts facts = good;
    change(facts);
    auto report = Check(facts);
    return !report && report.error().kind == base::ErrorKind::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](Facts& facts) { facts.caller_arn = ""; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.caller_arn = "*"; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.caller_arn = "111122223333"; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.caller_arn = "arn:aws:iam::1:root"; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.caller_account = "444455556666"; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.bucket_owner = "me"; }));
  EXPECT_TRUE(refused([](Facts& facts) { facts.bucket = ""; }));
}

TEST(GenerateSeedPolicy, GivesTheSeedAndItPassesItsOwnCheck) {
  auto policy = GenerateSeedPolicy("111122223333", "bucket");
  ASSERT_TRUE(policy);
  EXPECT_EQ(Compact(ParseJson(*policy)),
            R"({"Version":"2012-10-17","Statement":[{"Sid":"AllowDynamoDBToWriteToS3",)"
            R"("Effect":"Allow","Principal":{"AWS":"111122223333"},)"
            R"("Action":["s3:ListBucket","s3:PutObject"],)"
            R"("Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"],)"
            R"("Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":)"
            R"("dynamodb.amazonaws.com"}}}]})");
  auto document = policy::Document::Parse(*policy, policy::DocumentKind::kResource, 20480);
  ASSERT_TRUE(document);
  EXPECT_TRUE(policy::ValidateBucketPolicy(**document, "bucket"));
  Facts facts;
  facts.bucket_policy = *policy;
  facts.caller_arn = "arn:aws:iam::111122223333:root";
  facts.bucket = "bucket";
  facts.bucket_owner = "444455556666";
  facts.s3_bucket_owner = "444455556666";
  auto report = Check(facts);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->succeeds);
}

TEST(GenerateSeedPolicy, RefusesWhatIsNoAccountOrBucket) {
  EXPECT_FALSE(GenerateSeedPolicy("11112222333", "bucket"));
  EXPECT_FALSE(GenerateSeedPolicy("111122223333", "b"));
  EXPECT_FALSE(GenerateSeedPolicy("111122223333", "Bucket"));
  EXPECT_FALSE(GenerateSeedPolicy("111122223333", "buck\"et"));
  EXPECT_FALSE(GenerateSeedPolicy("111122223333", "-bucket"));
}

TEST(EditDistance, CountsSlipsOfThePen) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("111122223333", "111122223323"), 1u);
  EXPECT_EQ(EditDistance("abcd", "abdc"), 1u);
}

}  // namespace
}  // namespace dray::doctor
