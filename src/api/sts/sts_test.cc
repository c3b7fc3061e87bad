// SPDX-License-Identifier: Apache-2.0
#include "api/sts/sts.h"

#include <gmock/gmock.h>

#include "api/query/query_rig_for_test.h"
#include "base/text_encoding.h"

namespace dray::sts {
namespace {

using identities::Identity;
using identities::Kind;
using ::testing::HasSubstr;

const std::string kTrust =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{"StringEqualsIfExists":{"sts:ExternalId":"right"}}}})";
const std::string kAllowAll =
    R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})";

class StsTest : public query::QueryRig {
 protected:
  StsTest() {
    for (Kind kind : {Kind::kUser, Kind::kRole}) {
      Identity identity;
      identity.kind = kind;
      identity.account = kAccount;
      identity.name = kind == Kind::kUser ? "Bob" : "R";
      identity.inline_policies["p"] = kAllowAll;
      if (kind == Kind::kRole) identity.trust_policy = kTrust;
      EXPECT_TRUE(identities_->Create(identity));
    }
  }
  std::string Call(const access::Caller& caller, const std::string& form) {
    return Send(*protocol_, caller, "Version=2011-06-15&Action=" + form);
  }
  std::string Assume(const std::string& more = "") {
    return Call(UserNamed("Bob"),
                "AssumeRole&RoleArn=arn:aws:iam::111122223333:role/R&RoleSessionName=name" + more);
  }
  // The caller of credentials that were given out.
  access::Caller CallerOf(const std::string& answer) {
    access::Caller caller;
    auto found =
        identities_->FindSession(Leaf(answer, "AccessKeyId"), Leaf(answer, "SessionToken"));
    EXPECT_TRUE(found && *found);
    if (!found || !*found) return caller;
    EXPECT_EQ((*found)->secret, Leaf(answer, "SecretAccessKey"));
    caller.principal = (*found)->principal;
    caller.session = (*found)->session;
    caller.access_key = (*found)->access_key;
    return caller;
  }

  std::unique_ptr<gateway::Protocol> protocol_ = MakeProtocol({*identities_, *authorizer_, clock_});
};

TEST_F(StsTest, TellsWhoCalls) {
  EXPECT_EQ(Leaf(Call(RootOf(kAccount), "GetCallerIdentity"), "Arn"),
            "arn:aws:iam::111122223333:root");
  EXPECT_EQ(Leaf(Call(UserNamed("Bob"), "GetCallerIdentity"), "Arn"),
            "arn:aws:iam::111122223333:user/Bob");
  EXPECT_EQ(Leaf(Call(CallerOf(Assume()), "GetCallerIdentity"), "Arn"),
            "arn:aws:sts::111122223333:assumed-role/R/name");
}

TEST_F(StsTest, ASessionEndsWhenItWasAskedTo) {
  const std::string answer = Assume("&DurationSeconds=900");
  EXPECT_EQ(Leaf(answer, "Expiration"), "2024-05-14T11:29:20Z");
  EXPECT_EQ(CallerOf(answer).session->expires_at_micros - clock_.now_micros,
            900 * base::kMicrosPerSecond);
  EXPECT_EQ(Leaf(Assume(), "Expiration"), "2024-05-14T12:14:20Z");
  for (const char* seconds : {"899", "3601", "43201", "-1", "x"}) {
    Assume(std::string("&DurationSeconds=") + seconds);
    EXPECT_EQ(error_, "ValidationError") << seconds;
  }
}

TEST_F(StsTest, TheTrustPolicyDecides) {
  Assume("&ExternalId=right");
  EXPECT_EQ(status_, 200);
  Assume("&ExternalId=wrong");
  EXPECT_EQ(error_, "AccessDenied");
  Call(RootOf(kOther), "AssumeRole&RoleArn=arn:aws:iam::111122223333:role/R&RoleSessionName=name");
  EXPECT_EQ(error_, "AccessDenied");
  const std::string unknown =
      Call(UserNamed("Bob"),
           "AssumeRole&RoleArn=arn:aws:iam::111122223333:role/none&RoleSessionName=name");
  EXPECT_EQ(error_, "AccessDenied");
  EXPECT_THAT(unknown, HasSubstr("role/none"));
}

TEST_F(StsTest, ASessionHoldsItsPolicyAndTags) {
  const std::string policy = base::PercentEncode(
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}})",
      false);
  const access::Caller caller = CallerOf(
      Assume("&Policy=" + policy +
             "&Tags.member.1.Key=team&Tags.member.1.Value=red&TransitiveTagKeys.member.1=team"));
  ASSERT_NE(caller.session, nullptr);
  EXPECT_EQ(caller.session->documents.size(), 1u);
  EXPECT_EQ(caller.session->tags.at("team"), "red");
  access::ResourceRequest request;
  request.resource = "*";
  request.resource_account = kAccount;
  request.action = "s3:ListAllMyBuckets";
  EXPECT_TRUE(authorizer_->Require(caller, request));
  request.action = "dynamodb:ListTables";
  EXPECT_FALSE(authorizer_->Require(caller, request));
  Assume("&Policy=%7B%7D");
  EXPECT_EQ(error_, "MalformedPolicyDocument");
  Assume("&TransitiveTagKeys.member.1=team");
  EXPECT_EQ(error_, "ValidationError");
}

TEST_F(StsTest, SessionsGetNoSessionsOfTheirOwn) {
  const access::Caller session = CallerOf(Call(UserNamed("Bob"), "GetSessionToken"));
  EXPECT_EQ(session.principal.arn, "arn:aws:iam::111122223333:user/Bob");
  for (const access::Caller& caller : {session, CallerOf(Assume())}) {
    Call(caller, "GetSessionToken");
    EXPECT_EQ(error_, "AccessDenied");
  }
}

}  // namespace
}  // namespace dray::sts
