// SPDX-License-Identifier: Apache-2.0
#include "transfer/s3_session/remote_targets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dray::s3_session {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// A target as text; `more` replaces or adds members.
std::string Target(const std::string& more = "", const std::string& endpoint = "https://s3.test",
                   const std::string& name = "archive", const std::string& bucket = "bucket-1") {
  return R"({"name":")" + name + R"(","endpoint":")" + endpoint +
         R"(","region":"eu-west-1","access_key_id":"AKIA","secret_access_key":"hidden",)"
         R"("accounts":["111122223333"],"buckets":[{"name":")" +
         bucket + R"(","prefix":"in"},{"name":")" + bucket + R"(","prefix":"also/"}])" + more + "}";
}
std::string File(const std::string& targets) { return R"({"targets":[)" + targets + "]}"; }
std::string Refusal(const std::string& text) {
  auto parsed = ParseRemoteTargets(text);
  return parsed ? "taken" : parsed.error().message;
}

TEST(RemoteTargets, AreReadWithTheirDefaults) {
  auto parsed = ParseRemoteTargets(File(Target()));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  const RemoteTarget& target = parsed->front();
  EXPECT_EQ(target.endpoint.origin, "https://s3.test");
  EXPECT_EQ(target.credentials.secret, "hidden");
  EXPECT_TRUE(target.sends_encryption);
  EXPECT_EQ(target.timeout_ms, 120'000);
  EXPECT_TRUE(target.ListsAccount("111122223333"));
  EXPECT_FALSE(target.ListsAccount("111122223334"));
  parsed = ParseRemoteTargets(File(Target(
      R"(,"attempts":3,"timeout_seconds":5,"server_side_encryption":false,"session_token":"t")")));
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->front().attempts_max, 3u);
  EXPECT_EQ(parsed->front().timeout_ms, 5000);
  EXPECT_FALSE(parsed->front().sends_encryption);
}

TEST(RemoteTargets, APrefixEndsAtASlash) {
  auto parsed = ParseRemoteTargets(File(Target()));
  ASSERT_TRUE(parsed.has_value());
  const RemoteTarget& target = parsed->front();
  for (const char* inside : {"in/a", "in/", "also/b/c", "in/..a", "in/a..", "in//a"}) {
    EXPECT_TRUE(target.ListsKey("bucket-1", inside)) << inside;
  }
  for (const char* outside :
       {"", "in", "inside/a", "other", "In/a", "in/../other", "in/./a", "in/..", "in/a/.."}) {
    EXPECT_FALSE(target.ListsKey("bucket-1", outside)) << outside;
  }
  EXPECT_FALSE(target.ListsKey("bucket-2", "in/a"));
}

TEST(RemoteTargets, WhatIsMisspeltMissingOrTwiceIsRefused) {
  EXPECT_EQ(Refusal(File(Target())), "taken");
  EXPECT_THAT(Refusal(File(Target(R"(,"acounts":["1"])"))), HasSubstr("\"acounts\" is not known"));
  EXPECT_THAT(Refusal(File(Target(R"(,"region":"x")"))), HasSubstr("twice"));
  EXPECT_THAT(Refusal(File(Target(R"(,"attempts":0)"))), HasSubstr("attempts"));
  EXPECT_THAT(Refusal(File(R"({"name":"a"})")), HasSubstr("remote target a: \"endpoint\""));
  EXPECT_THAT(Refusal(File("")), HasSubstr("targets"));
  EXPECT_THAT(Refusal("[]"), HasSubstr("targets"));
  EXPECT_THAT(Refusal("{"), HasSubstr("not JSON"));
  EXPECT_THAT(Refusal(File(Target("", "https://s3.test", "one") + "," +
                           Target("", "https://s3.test", "two"))),
              HasSubstr("two remote targets list the bucket bucket-1"));
  EXPECT_THAT(Refusal(File(Target() + "," + Target("", "https://s3.test", "archive", "bucket-2"))),
              HasSubstr("the name archive"));
  EXPECT_THAT(Refusal(File(Target("", "https://s3.test", "a", "Not A Bucket"))),
              HasSubstr("Not A Bucket"));
}

TEST(RemoteTargets, PlainHttpLeavesTheMachineOnlyWhenAsked) {
  EXPECT_EQ(Refusal(File(Target("", "http://127.0.0.1:9000"))), "taken");
  EXPECT_THAT(Refusal(File(Target("", "http://127.s3.test"))), HasSubstr("insecure_http"));
  EXPECT_THAT(Refusal(File(Target("", "http://s3.test"))),
              AllOf(HasSubstr("insecure_http"), Not(HasSubstr("hidden"))));
  EXPECT_EQ(Refusal(File(Target(R"(,"insecure_http":true)", "http://s3.test"))), "taken");
  EXPECT_THAT(Refusal(File(Target("", "s3.test"))), HasSubstr("endpoint"));
}

}  // namespace
}  // namespace dray::s3_session
