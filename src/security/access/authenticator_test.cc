// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <map>

#include "security/access/access.h"

namespace dray::access {
namespace {

using Type = policy::Principal::Type;

class FixedClock final : public base::Clock {
 public:
  int64_t NowMicros() const override { return now_micros; }
  int64_t now_micros = 1'715'685'260'000'000;
};

class MapSource final : public CredentialSource {
 public:
  base::Result<std::optional<Credentials>> FindByAccessKey(std::string_view access_key) override {
    if (fails) return base::Error{base::ErrorKind::kIo, "disk"};
    ++lookups;
    if (access_key != "AKIAEXAMPLE" || is_removed) return std::optional<Credentials>();
    return std::optional<Credentials>(
        Credentials{"AKIAEXAMPLE", secret, RootOf({"111122223333", std::string(64, 'a'), 0})});
  }
  base::Result<std::optional<Account>> FindAccount(std::string_view id) override {
    if (id != "111122223333") return std::optional<Account>();
    return std::optional<Account>(Account{"111122223333", std::string(64, 'a'), 0});
  }
  uint64_t generation() const override { return changes; }
  bool fails = false;
  uint64_t changes = 0;
  int lookups = 0;
  std::string secret = "secret";
  bool is_removed = false;
};

class AuthenticatorTest : public testing::Test {
 protected:
  struct Signing {
    std::string access_key = "AKIAEXAMPLE", secret = "secret", token = {}, region = "us-east-1";
    std::string service = "s3";
  };
  base::Result<Authenticator::Authenticated> Try(const Signing& signing, bool dev = false,
                                                 bool signs = true,
                                                 const std::string& expected_service = "s3") {
    auto authenticator = Authenticator::Make(source_, clock_, {.region = "us-east-1", .dev = dev});
    sigv4::RequestParts request;
    request.method = "GET";
    request.path = "/bucket/key";
    request.headers = {{"host", "localhost:8000"}};
    std::vector<std::pair<std::string, std::string>> added;
    if (signs) {
      sigv4::SignOptions options;
      options.access_key = signing.access_key;
      options.secret = signing.secret;
      options.session_token = signing.token;
      options.region = signing.region;
      options.service = signing.service;
      options.now_micros = 1'715'685'260'000'000;
      added = sigv4::Sign(request, "UNSIGNED-PAYLOAD", options);
    }
    for (const auto& [name, value] : added) request.headers.emplace_back(name, value);
    return authenticator->Authenticate(request, "UNSIGNED-PAYLOAD", expected_service);
  }
  std::string_view ReasonOf(const base::Result<Authenticator::Authenticated>& result) {
    return result ? "" : result.error().reason;
  }
  MapSource source_;
  FixedClock clock_;
};

TEST_F(AuthenticatorTest, AcceptsASignedRequest) {
  auto result = Try({});
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->caller.principal.type, Type::kRoot);
  EXPECT_EQ(result->caller.principal.arn, "arn:aws:iam::111122223333:root");
  EXPECT_EQ(result->caller.access_key, "AKIAEXAMPLE");
  EXPECT_EQ(result->caller.auth_type, "REST-HEADER");
  EXPECT_TRUE(result->caller.called_via.empty());
  EXPECT_EQ(result->signing_key.size(), 32u);
}

// One authenticator over several requests.
class RepeatedAuthenticationTest : public AuthenticatorTest {
 protected:
  base::Result<Authenticator::Authenticated> Again(const std::string& secret = "secret") {
    sigv4::RequestParts request;
    request.method = "GET";
    request.path = "/bucket/key";
    request.headers = {{"host", "localhost:8000"}};
    sigv4::SignOptions options;
    options.access_key = "AKIAEXAMPLE";
    options.secret = secret;
    options.region = "us-east-1";
    options.service = "s3";
    options.now_micros = clock_.now_micros;
    const auto added = sigv4::Sign(request, "UNSIGNED-PAYLOAD", options);
    for (const auto& [name, value] : added) request.headers.emplace_back(name, value);
    return authenticator_->Authenticate(request, "UNSIGNED-PAYLOAD", "s3");
  }
  std::unique_ptr<Authenticator> authenticator_ =
      Authenticator::Make(source_, clock_, {.region = "us-east-1", .dev = false});
};

TEST_F(RepeatedAuthenticationTest, LooksCredentialsUpOnceADayAndScope) {
  ASSERT_TRUE(Again());
  ASSERT_TRUE(Again());
  EXPECT_EQ(source_.lookups, 1);
  clock_.now_micros += 24 * 3600 * 1'000'000LL;
  ASSERT_TRUE(Again());
  EXPECT_EQ(source_.lookups, 2);
}

TEST_F(RepeatedAuthenticationTest, AWrongSignatureIsRefusedAlsoForAKnownKeyAndIsNotRemembered) {
  EXPECT_EQ(ReasonOf(Again("other")), sigv4::reason::kMismatch);
  ASSERT_TRUE(Again());
  EXPECT_EQ(source_.lookups, 2);
  EXPECT_EQ(ReasonOf(Again("other")), sigv4::reason::kMismatch);
}

TEST_F(RepeatedAuthenticationTest, AChangeOfTheCredentialsCountsAtOnce) {
  ASSERT_TRUE(Again());
  source_.secret = "new";
  ++source_.changes;
  EXPECT_EQ(ReasonOf(Again("secret")), sigv4::reason::kMismatch);
  ASSERT_TRUE(Again("new"));
  source_.is_removed = true;
  ++source_.changes;
  EXPECT_EQ(ReasonOf(Again("new")), sigv4::reason::kUnknownKey);
}

TEST_F(AuthenticatorTest, UnsignedRequestsAreAnonymous) {
  for (bool dev : {false, true}) {
    auto result = Try({}, dev, /*signs=*/false);
    ASSERT_TRUE(result);
    EXPECT_TRUE(result->caller.is_anonymous());
    EXPECT_EQ(result->caller.account(), "anonymous");
    EXPECT_TRUE(result->signing_key.empty());
  }
}

TEST_F(AuthenticatorTest, RefusesWrongKeysSecretsScopesAndTimes) {
  auto unknown = Try({.access_key = "AKIANOBODY"});
  EXPECT_EQ(ReasonOf(unknown), sigv4::reason::kUnknownKey);
  EXPECT_EQ(unknown.error().message,
            "The AWS Access Key Id you provided does not exist in our records.");
  auto unknown_table =
      Try({.access_key = "AKIANOBODY", .service = "dynamodb"}, false, true, "dynamodb");
  EXPECT_EQ(unknown_table.error().message,
            "The security token included in the request is invalid.");
  EXPECT_EQ(ReasonOf(Try({.secret = "other"})), sigv4::reason::kMismatch);
  EXPECT_EQ(ReasonOf(Try({.region = "eu-west-1"})), sigv4::reason::kWrongScope);
  EXPECT_EQ(ReasonOf(Try({.service = "dynamodb"})), sigv4::reason::kWrongScope);
  EXPECT_EQ(ReasonOf(Try({.token = "token"})), reason::kInvalidToken);
  clock_.now_micros += 3600LL * 1'000'000;
  EXPECT_EQ(ReasonOf(Try({})), sigv4::reason::kExpired);
}

TEST_F(AuthenticatorTest, FailuresOfTheSourceAreNotDenials) {
  source_.fails = true;
  auto result = Try({});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, base::ErrorKind::kIo);
}

TEST_F(AuthenticatorTest, DevTakesAnySignatureAndNamesTheAccountByItsKey) {
  auto named = Try({.access_key = "444455556666", .secret = "x", .region = "mars"}, true);
  ASSERT_TRUE(named);
  EXPECT_EQ(named->caller.principal.arn, "arn:aws:iam::444455556666:root");
  EXPECT_EQ(named->caller.principal.canonical_id.size(), 64u);
  auto other = Try({.access_key = "test", .secret = "x", .token = "t"}, true);
  ASSERT_TRUE(other);
  EXPECT_EQ(other->caller.account(), "000000000000");
  auto known = Try({.access_key = "111122223333", .secret = "x"}, true);
  ASSERT_TRUE(known);
  EXPECT_EQ(known->caller.principal.canonical_id, std::string(64, 'a'));
}

TEST_F(AuthenticatorTest, MalformedAuthorizationIsAnErrorAlsoInDev) {
  for (bool dev : {false, true}) {
    auto authenticator = Authenticator::Make(source_, clock_, {.region = "us-east-1", .dev = dev});
    sigv4::RequestParts request;
    request.method = "GET";
    request.path = "/";
    request.headers = {{"Authorization", "AWS4-HMAC-SHA256 nonsense"}};
    auto result = authenticator->Authenticate(request, "UNSIGNED-PAYLOAD", "s3");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().reason, sigv4::reason::kIncomplete);
  }
}

}  // namespace
}  // namespace dray::access
