// SPDX-License-Identifier: Apache-2.0
#include "security/access/access.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/text_encoding.h"

namespace dray::access {
namespace {

using Type = policy::Principal::Type;

class FixedClock final : public base::Clock {
 public:
  int64_t NowMicros() const override { return 1'715'685'260'000'000; }  // 2024-05-14T11:14:20Z
};

Account AccountOf(const std::string& id) { return {id, std::string(64, 'c'), 0}; }

policy::DocumentRef Compile(const std::string& json) {
  auto document = policy::Document::Parse(json, policy::DocumentKind::kResource);
  EXPECT_TRUE(document) << json;
  return document ? *document : nullptr;
}

policy::DocumentRef AllowIf(const std::string& condition) {
  return Compile(
      R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*",)"
      R"("Resource":"*","Condition":)" +
      condition + "}}");
}

Caller RootCaller(const std::string& account) {
  Caller caller;
  caller.principal = RootOf(AccountOf(account));
  caller.access_key = "AKIA";
  caller.source_ip = "203.0.113.7";
  caller.user_agent = "agent/1";
  caller.auth_type = "REST-HEADER";
  return caller;
}

// ---- callers

TEST(Caller, ViaIsAForwardAccessSessionOfTheSamePrincipal) {
  const Caller direct = RootCaller("111122223333");
  const Caller once = direct.Via("cloudformation.amazonaws.com");
  const Caller twice = once.Via("dynamodb.amazonaws.com");
  EXPECT_TRUE(direct.called_via.empty());
  EXPECT_EQ(twice.called_via,
            (std::vector<std::string>{"cloudformation.amazonaws.com", "dynamodb.amazonaws.com"}));
  EXPECT_FALSE(direct.is_secure_transport);
  EXPECT_TRUE(twice.is_secure_transport);
  EXPECT_EQ(twice.principal.arn, direct.principal.arn);
  EXPECT_EQ(twice.source_ip, direct.source_ip);
}

TEST(Caller, SurvivesSerializing) {
  for (Type type : {Type::kAnonymous, Type::kRoot, Type::kUser, Type::kAssumedRole,
                    Type::kFederatedUser, Type::kService}) {
    Caller caller = RootCaller("111122223333").Via("dynamodb.amazonaws.com");
    caller.principal.type = type;
    caller.principal.role_arn = "arn:aws:iam::111122223333:role/\"r\"";
    caller.principal.service = "s";
    caller.principal.user_id = "AROA:s";
    auto read = Deserialize(Serialize(caller));
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(read->principal.type, type);
    EXPECT_EQ(Serialize(*read), Serialize(caller));
  }
}

TEST(Caller, DamagedRecordsAreCorruption) {
  const std::string good = Serialize(RootCaller("111122223333"));
  for (size_t length = 0; length < good.size(); ++length) {
    auto read = Deserialize(std::string_view(good).substr(0, length));
    ASSERT_FALSE(read) << length;
    EXPECT_EQ(read.error().kind, base::ErrorKind::kCorruption);
  }
  for (const char* member :
       {"version", "principal", "type", "account", "arn", "role_arn", "access_key", "source_ip",
        "is_secure_transport", "auth_type", "called_via"}) {
    std::string changed = good;
    changed.insert(changed.find("\"" + std::string(member) + "\"") + 1, "x");
    auto read = Deserialize(changed);
    ASSERT_FALSE(read) << member;
    EXPECT_EQ(read.error().kind, base::ErrorKind::kCorruption);
  }
}

// ---- condition keys

// The policy of the resource alone decides about it.
Caller Foreign() { return RootCaller("111122223333"); }

class AuthorizerTest : public testing::Test {
 protected:
  bool Holds(const Caller& caller, const std::string& condition, policy::Context extra = {},
             const std::string& action = "s3:PutObject") {
    ResourceRequest request;
    request.action = action;
    request.resource = "arn:aws:s3:::bucket/key";
    request.resource_account = "444455556666";
    request.resource_policy = AllowIf(condition);
    request.extra = std::move(extra);
    return authorizer_->Require(caller, request).has_value();
  }
  FixedClock clock_;
  std::unique_ptr<Authorizer> authorizer_ = Authorizer::Make(clock_, "us-east-1");
};

TEST_F(AuthorizerTest, SetsTheGlobalKeysOfADirectRequest) {
  const Caller caller = RootCaller("111122223333");
  for (
      const char* condition : {
          R"({"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:root"}})",
          R"({"StringEquals":{"aws:PrincipalAccount":"111122223333"}})",
          R"({"StringEquals":{"aws:PrincipalType":"Account"}})",
          R"({"StringEquals":{"aws:userid":"111122223333"}})",
          R"({"Null":{"aws:username":"true"}})",
          R"({"StringEquals":{"aws:SourceIp":"203.0.113.7"}})",
          R"({"Bool":{"aws:SecureTransport":"false"}})",
          R"({"StringEquals":{"aws:CurrentTime":"2024-05-14T11:14:20Z"}})",
          R"({"StringEquals":{"aws:EpochTime":"1715685260"}})",
          R"({"StringEquals":{"aws:UserAgent":"agent/1"}})",
          R"({"Bool":{"aws:ViaAWSService":"false"}})",
          R"({"Null":{"aws:CalledVia":"true","aws:CalledViaFirst":"true","aws:CalledViaLast":"true"}})",
          R"({"Bool":{"aws:PrincipalIsAWSService":"false"}})",
          R"({"Null":{"aws:PrincipalServiceName":"true","aws:SourceArn":"true"}})",
          R"({"StringEquals":{"aws:ResourceAccount":"444455556666"}})",
          R"({"StringEquals":{"s3:ResourceAccount":"444455556666"}})",
          R"({"StringEquals":{"aws:RequestedRegion":"us-east-1"}})",
          R"({"StringEquals":{"s3:authType":"REST-HEADER"}})",
          R"({"StringEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256"}})",
      })
    EXPECT_TRUE(Holds(caller, condition)) << condition;
}

TEST_F(AuthorizerTest, DatesNumbersAndAddressesAreThoseOfTheRequest) {
  Caller caller = Foreign();
  for (const char* condition : {
           R"({"DateLessThan":{"aws:CurrentTime":"2024-05-14T11:14:21Z"}})",
           R"({"DateEquals":{"aws:EpochTime":"2024-05-14T11:14:20Z"}})",
           R"({"NumericGreaterThanEquals":{"aws:EpochTime":1715685260}})",
           R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})",
           R"({"NotIpAddress":{"aws:SourceIp":"198.51.100.0/24"}})",
           R"({"Null":{"aws:Referer":"true","s3:signatureAge":"true"}})",
       })
    EXPECT_TRUE(Holds(caller, condition)) << condition;
  for (const char* condition : {
           R"({"DateLessThan":{"aws:CurrentTime":"2024-05-14T11:14:20Z"}})",
           R"({"IpAddress":{"aws:SourceIp":"198.51.100.0/24"}})",
       })
    EXPECT_FALSE(Holds(Foreign(), condition)) << condition;
}

TEST_F(AuthorizerTest, SignatureAndRefererAreOfTheOneRequest) {
  Caller caller = Foreign();
  caller.referer = "https://example.com/";
  caller.signed_at_micros = clock_.NowMicros() - 1'500'000;
  const std::string both =
      R"({"StringEquals":{"aws:Referer":"https://example.com/"},"NumericEquals":{"s3:signatureAge":1500}})";
  policy::DocumentRef allow = AllowIf(both);
  ResourceRequest request{.action = "s3:GetObject",
                          .resource = "arn:aws:s3:::bucket/key",
                          .resource_account = "444455556666",
                          .resource_policy = allow,
                          .extra = {}};
  EXPECT_TRUE(authorizer_->Decide(caller, request).is_allowed());
  EXPECT_FALSE(authorizer_->Decide(caller.Via("dynamodb.amazonaws.com"), request).is_allowed());
  // A clock that runs ahead makes no signature younger than new.
  caller.signed_at_micros = clock_.NowMicros() + 1'000'000;
  request.resource_policy = AllowIf(R"({"NumericEquals":{"s3:signatureAge":0}})");
  EXPECT_TRUE(authorizer_->Decide(caller, request).is_allowed());
}

TEST_F(AuthorizerTest, SetsTheKeysOfAForwardAccessSession) {
  const Caller caller =
      RootCaller("111122223333").Via("cloudformation.amazonaws.com").Via("dynamodb.amazonaws.com");
  for (
      const char* condition : {
          R"({"ForAnyValue:StringEquals":{"aws:CalledVia":"dynamodb.amazonaws.com"}})",
          R"({"StringEquals":{"aws:CalledViaFirst":"cloudformation.amazonaws.com"}})",
          R"({"StringEquals":{"aws:CalledViaLast":"dynamodb.amazonaws.com"}})",
          R"({"Bool":{"aws:ViaAWSService":"true","aws:SecureTransport":"true"}})",
          R"({"Bool":{"aws:PrincipalIsAWSService":"false"}})",
          R"({"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:root"}})",
          R"({"Null":{"aws:SourceArn":"true","aws:SourceAccount":"true","aws:SourceVpce":"true"}})",
          R"({"StringEquals":{"aws:SourceIp":"203.0.113.7"}})",
      })
    EXPECT_TRUE(Holds(caller, condition)) << condition;
  EXPECT_FALSE(Holds(caller, R"({"StringEquals":{"aws:CalledVia":"dynamodb.amazonaws.com"}})"));
}

TEST_F(AuthorizerTest, SetsTheKeysOfOtherPrincipals) {
  Caller session = RootCaller("111122223333");
  session.principal.type = Type::kAssumedRole;
  session.principal.arn = "arn:aws:sts::111122223333:assumed-role/r/s";
  session.principal.role_arn = "arn:aws:iam::111122223333:role/p/r";
  session.principal.user_id = "AROAX:s";
  ResourceRequest request;
  request.action = "s3:PutObject";
  request.resource = "arn:aws:s3:::bucket/key";
  request.resource_account = "111122223333";  // here a wildcard principal is enough for sessions
  request.resource_policy = AllowIf(
      R"({"StringEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/p/r",)"
      R"("aws:PrincipalType":"AssumedRole","aws:userid":"AROAX:s"},"Null":{"aws:username":"true"}})");
  EXPECT_TRUE(authorizer_->Require(session, request));

  Caller user = RootCaller("111122223333");
  user.principal.type = Type::kUser;
  user.principal.arn = "arn:aws:iam::111122223333:user/p/ann";
  request.resource_policy =
      AllowIf(R"({"StringEquals":{"aws:PrincipalType":"User","aws:username":"ann"}})");
  EXPECT_TRUE(authorizer_->Require(user, request));

  Caller anonymous;
  anonymous.principal.account = "anonymous";
  request.resource_policy = AllowIf(
      R"({"StringEquals":{"aws:PrincipalType":"Anonymous","aws:PrincipalAccount":"anonymous"},)"
      R"("Null":{"aws:PrincipalArn":"true","s3:authType":"true"}})");
  EXPECT_TRUE(authorizer_->Require(anonymous, request));

  Caller service;
  service.principal.type = Type::kService;
  service.principal.service = "dynamodb.amazonaws.com";
  request.resource_policy =
      AllowIf(R"({"Bool":{"aws:PrincipalIsAWSService":"true"},)"
              R"("StringEquals":{"aws:PrincipalServiceName":"dynamodb.amazonaws.com"}})");
  EXPECT_TRUE(authorizer_->Require(service, request));
}

TEST_F(AuthorizerTest, ExtraKeysCannotClaimWhatTheServerSets) {
  policy::Context forged;
  forged.SetMany("aws:CalledVia", {"dynamodb.amazonaws.com"});
  forged.SetMany("AWS:CALLEDVIA", {"dynamodb.amazonaws.com"});
  forged.Set("aws:CalledViaLast", "dynamodb.amazonaws.com");
  forged.Set("aws:ViaAWSService", "true");
  forged.Set("aws:SourceIp", "10.0.0.1");
  forged.Set("aws:SourceArn", "arn:aws:dynamodb:::x");
  forged.Set("aws:PrincipalArn", "arn:aws:iam::444455556666:root");
  forged.Set("s3:x-amz-acl", "private");
  const Caller caller = RootCaller("111122223333");
  for (const char* condition :
       {R"({"ForAnyValue:StringEquals":{"aws:CalledVia":"dynamodb.amazonaws.com"}})",
        R"({"StringEquals":{"aws:CalledViaLast":"dynamodb.amazonaws.com"}})",
        R"({"Bool":{"aws:ViaAWSService":"true"}})",
        R"({"StringEquals":{"aws:SourceIp":"10.0.0.1"}})", R"({"Null":{"aws:SourceArn":"false"}})",
        R"({"StringLike":{"aws:PrincipalArn":"*444455556666*"}})"})
    EXPECT_FALSE(Holds(caller, condition, forged)) << condition;
  EXPECT_TRUE(Holds(caller, R"({"StringEquals":{"s3:x-amz-acl":"private"}})", forged));
}

// ---- denials

class DenialTest : public AuthorizerTest {
 protected:
  std::string Message(const Caller& caller, const std::string& action, const std::string& resource,
                      const std::string& owner, policy::DocumentRef document = nullptr) {
    ResourceRequest request;
    request.action = action;
    request.resource = resource;
    request.resource_account = owner;
    request.resource_policy = std::move(document);
    auto status = authorizer_->Require(caller, request);
    if (status) return "allowed";
    EXPECT_EQ(status.error().kind, base::ErrorKind::kAccessDenied);
    EXPECT_EQ(status.error().reason, reason::kDenied);
    return status.error().message;
  }
  Caller User() {
    Caller user = RootCaller("111122223333");
    user.principal.type = Type::kUser;
    user.principal.arn = "arn:aws:iam::111122223333:user/ann";
    return user;
  }
};

TEST_F(DenialTest, WithinAnAccountNamesPrincipalActionResourceAndSide) {
  EXPECT_EQ(
      Message(User(), "s3:PutObject", "arn:aws:s3:::b/k", "111122223333"),
      "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: s3:PutObject on "
      "resource: \"arn:aws:s3:::b/k\" because no identity-based policy allows the "
      "s3:PutObject action");
  EXPECT_EQ(Message(User(), "dynamodb:PutItem", "arn:aws:dynamodb:us-east-1:111122223333:table/t",
                    "111122223333"),
            "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: "
            "dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:111122223333:table/t because "
            "no identity-based policy allows the dynamodb:PutItem action");
  auto deny =
      Compile(R"({"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}})");
  EXPECT_EQ(
      Message(RootCaller("111122223333"), "s3:PutObject", "arn:aws:s3:::b/k", "111122223333", deny),
      "User: arn:aws:iam::111122223333:root is not authorized to perform: s3:PutObject on "
      "resource: \"arn:aws:s3:::b/k\" with an explicit deny in a resource-based policy");
}

TEST_F(DenialTest, AcrossAccountsTellsLittleAndTheDecisionTellsAll) {
  const Caller caller = RootCaller("111122223333");
  EXPECT_EQ(Message(caller, "s3:PutObject", "arn:aws:s3:::b/k", "444455556666"), "Access Denied");
  EXPECT_EQ(Message(caller, "dynamodb:PutItem", "arn:aws:dynamodb:::x", "444455556666"),
            "User: arn:aws:iam::111122223333:root is not authorized to perform: dynamodb:PutItem "
            "on resource: arn:aws:dynamodb:::x because no resource-based policy allows the "
            "dynamodb:PutItem action");
  EXPECT_EQ(Message(caller, "sts:AssumeRole", "arn:aws:iam::444455556666:role/r", "444455556666"),
            "User: arn:aws:iam::111122223333:root is not authorized to perform: sts:AssumeRole on "
            "resource: arn:aws:iam::444455556666:role/r");
  Caller anonymous;
  anonymous.principal.account = "anonymous";
  EXPECT_EQ(Message(anonymous, "s3:GetObject", "arn:aws:s3:::b/k", "444455556666"),
            "Access Denied");
  ResourceRequest request{"s3:PutObject", "arn:aws:s3:::b/k", "444455556666", nullptr, {}, {}};
  auto decision = authorizer_->Decide(caller, request);
  EXPECT_FALSE(decision.is_allowed());
  EXPECT_NE(decision.explanation.find("There is no bucket policy."), std::string::npos);
  EXPECT_EQ(decision.deciding_side, "resource");
}

TEST_F(DenialTest, RootHasFullAccessInItsOwnAccountOnly) {
  EXPECT_EQ(Message(RootCaller("111122223333"), "dynamodb:DeleteTable", "arn:aws:dynamodb:::x",
                    "111122223333"),
            "allowed");
  auto to_account = Compile(
      R"({"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"s3:*",)"
      R"("Resource":"*"}})");
  EXPECT_EQ(Message(RootCaller("111122223333"), "s3:PutObject", "arn:aws:s3:::b/k", "444455556666",
                    to_account),
            "allowed");
  EXPECT_EQ(Message(RootCaller("777788889999"), "s3:PutObject", "arn:aws:s3:::b/k", "444455556666",
                    to_account),
            "Access Denied");
}

// ---- the cache

TEST(PolicyCache, CompilesEachTextOnceAndForgetsTheLeastRecentlyUsed) {
  PolicyCache cache(2);
  auto text = [](int i) {
    return R"({"Statement":{"Sid":")" + std::to_string(i) +
           R"(","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}})";
  };
  auto first = cache.Get(text(1));
  ASSERT_TRUE(first);
  ASSERT_TRUE(cache.Get(text(2)));
  EXPECT_EQ(*cache.Get(text(1)), *first);  // now used last
  ASSERT_TRUE(cache.Get(text(3)));         // drops 2
  EXPECT_EQ(*cache.Get(text(1)), *first);
  ASSERT_TRUE(cache.Get(text(2)));  // drops 3
  ASSERT_TRUE(cache.Get(text(4)));  // drops 1
  EXPECT_NE(*cache.Get(text(1)), *first);
  EXPECT_FALSE(cache.Get("{"));
}

TEST(PolicyCache, IsThreadSafe) {
  PolicyCache cache(3);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&cache, t] {
      for (int i = 0; i < 200; ++i) {
        auto document =
            cache.Get(R"({"Statement":{"Sid":")" + std::to_string((i + t) % 5) +
                      R"(","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}})");
        EXPECT_TRUE(document);
      }
    });
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace dray::access
