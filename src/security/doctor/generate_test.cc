// SPDX-License-Identifier: Apache-2.0
#include "security/doctor/generate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "format/json/json.h"
#include "security/doctor/simulation.h"

namespace dray::doctor {
namespace {

const std::string kRole = "arn:aws:iam::111122223333:role/team/exporter";
const std::string kTable = "arn:aws:dynamodb:eu-west-1:111122223333:table/Music";
const std::string kKey = "arn:aws:kms:eu-west-1:444455556666:key/1234";

json::Value ParseJson(const std::string& text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value) << text;
  return value ? *std::move(value) : json::Value();
}

std::string Compact(const json::Value& value) {
  std::string text;
  json::AppendValue(value, text);
  return text;
}

JobAccess Access(Job job, bool has_key) {
  JobAccess access;
  access.job = job;
  access.principal = kRole;
  access.bucket = "bucket";
  access.bucket_owner = "444455556666";
  access.prefix = "moving/day";
  access.table_arn = kTable;
  if (has_key) access.kms_key = kKey;
  return access;
}

Facts FactsOf(const JobAccess& access, const JobPolicies& policies) {
  Facts facts;
  facts.job = access.job;
  facts.caller_arn = access.principal;
  facts.bucket = access.bucket;
  facts.bucket_owner = access.bucket_owner;
  facts.prefix = access.prefix;
  facts.s3_bucket_owner = access.bucket_owner;
  facts.table_arn = access.table_arn;
  facts.kms_key = access.kms_key;
  facts.has_kms_encryption = !access.kms_key.empty();
  facts.bucket_policy = policies.bucket;
  facts.identity_policies = {{.json = policies.identity}};
  facts.key_policy = policies.key;
  return facts;
}

std::string DeniedOf(const Facts& facts) {
  auto report = Check(facts);
  if (!report) return report.error().message;
  std::string names;
  for (const Call& call : report->calls)
    if (!call.is_allowed()) names += call.name + " ";
  return names;
}

// The document without one statement, or without one action of one.
std::vector<std::string> WithoutOneLine(const std::string& document) {
  std::vector<std::string> all;
  const json::Value whole = ParseJson(document);
  auto rendered = [&](const json::Array& statements) {
    json::Object object = *whole.object();
    for (auto& [name, value] : object.members)
      if (name == "Statement") value = json::Value(statements);
    all.push_back(Compact(json::Value(object)));
  };
  const json::Array statements = *whole.object()->Find("Statement")->array();
  for (size_t i = 0; i < statements.size(); ++i) {
    if (*statements[i].object()->Find("Sid")->string() == "OwnAccount") continue;
    if (statements.size() > 1) {
      json::Array fewer = statements;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
      rendered(fewer);
    } else {
      all.emplace_back();
    }
    const json::Array* actions = statements[i].object()->Find("Action")->array();
    for (size_t j = 0; actions && j < actions->size(); ++j) {
      json::Array fewer = *actions;
      fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(j));
      json::Array changed = statements;
      json::Object statement = *statements[i].object();
      for (auto& [name, value] : statement.members)
        if (name == "Action") value = json::Value(fewer);
      changed[i] = json::Value(statement);
      rendered(changed);
    }
  }
  return all;
}

class GeneratedPolicies : public testing::TestWithParam<std::tuple<Job, bool>> {};

TEST_P(GeneratedPolicies, AreEnoughAndEveryLineIsNeeded) {
  auto [job, has_key] = GetParam();
  const JobAccess access = Access(job, has_key);
  auto policies = GenerateJobPolicies(access);
  ASSERT_TRUE(policies) << policies.error().message;
  const Facts facts = FactsOf(access, *policies);
  auto report = Check(facts);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->verdict, Verdict::kSucceeds) << RenderText(*report);
  EXPECT_TRUE(report->findings.empty()) << RenderText(*report);

  size_t count = 0;
  auto expect_denied = [&](auto change, const std::string& document) {
    for (const std::string& text : WithoutOneLine(document)) {
      Facts changed = facts;
      change(changed, text);
      EXPECT_NE(DeniedOf(changed), "") << text;
      ++count;
    }
  };
  expect_denied([](Facts& changed, const std::string& text) { changed.bucket_policy = text; },
                policies->bucket);
  expect_denied(
      [](Facts& changed, const std::string& text) { changed.identity_policies[0].json = text; },
      policies->identity);
  if (has_key) {
    expect_denied([](Facts& changed, const std::string& text) { changed.key_policy = text; },
                  policies->key);
  }
  EXPECT_GE(count, 10u);

  // Nobody else, nothing else, nowhere else, no other way.
  Facts other = facts;
  other.caller_arn = "arn:aws:iam::111122223333:role/exporter";
  EXPECT_NE(DeniedOf(other), "");
  other = facts;
  other.prefix = "moving/night";
  EXPECT_NE(DeniedOf(other), "");
  other = facts;
  other.table_arn += "2";
  EXPECT_NE(DeniedOf(other), "");
  other = facts;
  other.way = Way::kDirect;
  EXPECT_NE(DeniedOf(other), "");
}

INSTANTIATE_TEST_SUITE_P(Jobs, GeneratedPolicies,
                         testing::Combine(testing::Values(Job::kExport, Job::kImport),
                                          testing::Bool()));

TEST(GenerateJobPolicies, WithinOneAccountTheIdentityPolicyDoesIt) {
  JobAccess access = Access(Job::kExport, false);
  access.bucket_owner = "111122223333";
  auto policies = GenerateJobPolicies(access);
  ASSERT_TRUE(policies);
  EXPECT_EQ(policies->bucket, "");
  EXPECT_EQ(policies->key, "");
  EXPECT_EQ(DeniedOf(FactsOf(access, *policies)), "");
}

TEST(GenerateJobPolicies, NamesTheRoleOfASessionAndTheAccountOfARootUser) {
  JobAccess access = Access(Job::kExport, false);
  access.principal = "arn:aws:sts::111122223333:assumed-role/exporter/s1";
  auto policies = GenerateJobPolicies(access);
  ASSERT_TRUE(policies);
  EXPECT_NE(policies->bucket.find(R"("AWS": "arn:aws:iam::111122223333:role/exporter")"),
            std::string::npos);
  access.principal = "arn:aws:iam::111122223333:root";
  policies = GenerateJobPolicies(access);
  ASSERT_TRUE(policies);
  EXPECT_NE(policies->bucket.find(R"("AWS": "111122223333")"), std::string::npos);
  EXPECT_EQ(policies->identity, "") << "a root user has no identity policies";
}

TEST(GenerateJobPolicies, TakesWildcardsOfAPrefixAsText) {
  JobAccess access = Access(Job::kExport, false);
  access.prefix = "a*b?c$d";
  auto policies = GenerateJobPolicies(access);
  ASSERT_TRUE(policies);
  EXPECT_NE(policies->bucket.find("a${*}b${?}c${$}d/AWSDynamoDB/*"), std::string::npos);
  EXPECT_EQ(DeniedOf(FactsOf(access, *policies)), "");
  Facts other = FactsOf(access, *policies);
  other.prefix = "aXXbYc$d";
  EXPECT_NE(DeniedOf(other), "");
}

TEST(GenerateJobPolicies, RefusesWhatCannotBe) {
  auto refused = [](auto change) {
    JobAccess access = Access(Job::kExport, true);
    change(access);
    auto policies = GenerateJobPolicies(access);
    return !policies && policies.error().kind == base::ErrorKind::kInvalidArgument;
  };
  EXPECT_FALSE(refused([](JobAccess&) {}));
  EXPECT_TRUE(refused([](JobAccess& access) { access.principal = "*"; }));
  EXPECT_TRUE(refused([](JobAccess& access) { access.principal = "AIDAAAAAAAAAAAAAAAAA"; }));
  EXPECT_TRUE(refused([](JobAccess& access) { access.bucket = "b"; }));
  EXPECT_TRUE(refused([](JobAccess& access) { access.bucket_owner = "me"; }));
  EXPECT_TRUE(refused([](JobAccess& access) { access.table_arn = "Music"; }));
  EXPECT_TRUE(refused([](JobAccess& access) { access.kms_key = "alias/mine"; }));
  EXPECT_TRUE(refused([](JobAccess& access) {
    access.table_arn = "arn:aws:dynamodb:eu-west-1:777788889999:table/Music";
  }));
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
  EXPECT_EQ(report->verdict, Verdict::kSucceeds);
}

TEST(GenerateSeedPolicy, RefusesWhatIsNoAccountOrBucket) {
  EXPECT_FALSE(GenerateSeedPolicy("11112222333", "bucket"));
  EXPECT_FALSE(GenerateSeedPolicy("111122223333", "b"));
  EXPECT_FALSE(GenerateSeedPolicy("111122223333", "Bucket"));
  EXPECT_FALSE(GenerateSeedPolicy("111122223333", "buck\"et"));
  EXPECT_FALSE(GenerateSeedPolicy("111122223333", "-bucket"));
}

}  // namespace
}  // namespace dray::doctor
