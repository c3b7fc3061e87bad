// SPDX-License-Identifier: Apache-2.0
// Temporary credentials and policies of identities: in callers, signatures and decisions.
#include "security/access/session.h"

#include <gtest/gtest.h>

#include "security/access/access.h"

namespace dray::access {
namespace {

using Type = policy::Principal::Type;

constexpr int64_t kNow = 1'715'685'260'000'000;  // 2024-05-14T11:14:20Z
constexpr std::string_view kAccount = "111122223333";

class SettableClock final : public base::Clock {
 public:
  int64_t NowMicros() const override { return now_micros; }
  int64_t now_micros = kNow;
};

std::string Policy(const std::string& effect, const std::string& action,
                   const std::string& condition = "{}") {
  return R"({"Version":"2012-10-17","Statement":{"Effect":")" + effect + R"(","Action":")" +
         action + R"(","Resource":"*","Condition":)" + condition + "}}";
}

policy::DocumentRef Compile(const std::string& json, policy::DocumentKind kind) {
  auto document = policy::Document::Parse(json, kind);
  EXPECT_TRUE(document) << json;
  return document ? *document : nullptr;
}

SessionRef SessionOf(std::vector<std::string> policies,
                     std::map<std::string, std::string> tags = {}) {
  Session session;
  session.issued_at_micros = kNow;
  session.expires_at_micros = kNow + 900 * base::kMicrosPerSecond;
  session.policies = std::move(policies);
  session.tags = std::move(tags);
  session.transitive_tag_keys = {"t"};
  auto made = MakeSession(session);
  EXPECT_TRUE(made);
  return made ? *made : nullptr;
}

Caller RoleCaller() {
  Caller caller;
  caller.principal.type = Type::kAssumedRole;
  caller.principal.account = kAccount;
  caller.principal.arn = "arn:aws:sts::111122223333:assumed-role/R/s";
  caller.principal.role_arn = "arn:aws:iam::111122223333:role/R";
  caller.principal.user_id = "AROAX:s";
  return caller;
}

class OneIdentity final : public IdentitySource {
 public:
  base::Result<std::shared_ptr<const IdentityPolicies>> PoliciesOf(
      const policy::Principal&) override {
    if (fails) return base::Error{base::ErrorKind::kIo, "disk", {}};
    if (is_deleted) return std::shared_ptr<const IdentityPolicies>();
    return std::make_shared<const IdentityPolicies>(policies);
  }
  IdentityPolicies policies;
  bool is_deleted = false, fails = false;
};

class IdentitySideTest : public testing::Test {
 protected:
  policy::Decision Decide(const Caller& caller, policy::Context extra = {}) {
    ResourceRequest request;
    request.action = "s3:GetObject";
    request.resource = "arn:aws:s3:::b/k";
    request.resource_account = kAccount;
    request.extra = std::move(extra);
    return authorizer_->Decide(caller, request);
  }
  void Allow(const std::string& condition = "{}") {
    source_.policies.documents.push_back(
        Compile(Policy("Allow", "s3:*", condition), policy::DocumentKind::kIdentity));
  }
  SettableClock clock_;
  OneIdentity source_;
  std::unique_ptr<Authorizer> authorizer_ = Authorizer::Make(clock_, "us-east-1", &source_);
};

TEST_F(IdentitySideTest, PoliciesOfTheRoleDecideAndMayChange) {
  EXPECT_EQ(Decide(RoleCaller()).deciding_side, "identity");
  Allow();
  EXPECT_TRUE(Decide(RoleCaller()).is_allowed());
  source_.policies.boundaries.push_back(
      Compile(Policy("Allow", "dynamodb:*"), policy::DocumentKind::kBoundary));
  EXPECT_EQ(Decide(RoleCaller()).deciding_side, "boundary");
}

TEST_F(IdentitySideTest, DetailsAreAskedForWhereAPolicyLooksAtTheRequest) {
  int asked = 0;
  ResourceRequest request;
  request.action = "dynamodb:GetItem";
  request.resource = "arn:aws:dynamodb:us-east-1:111122223333:table/t";
  request.resource_account = kAccount;
  request.details = [&](policy::Context& context) {
    ++asked;
    context.SetMany("dynamodb:LeadingKeys", {"ann"});
    context.Set("aws:ResourceTag/team", "red");
    context.Set("aws:PrincipalArn", "forged");
    context.SetMany("aws:CalledVia", {"forged"});
  };
  struct Row {
    std::string condition;
    bool is_allowed;
    int asked;
  };
  const Row rows[] = {
      {"{}", true, 0},
      {R"({"StringEquals":{"aws:ResourceAccount":"111122223333"}})", true, 0},
      {R"({"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":"ann"}})", true, 1},
      {R"({"ForAllValues:StringEquals":{"DynamoDB:leadingkeys":"bob"}})", false, 1},
      {R"({"StringEquals":{"aws:ResourceTag/team":"red"}})", true, 1},
      {R"({"StringNotEquals":{"aws:TagKeys":"x"}})", true, 1},
      {R"({"StringEquals":{"aws:ResourceAccount":"${aws:RequestTag/a, '111122223333'}"}})", true,
       1},
      {R"({"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/${s3:prefix, 'R'}"}})", true, 1},
      {R"({"StringEquals":{"aws:PrincipalArn":"forged","dynamodb:x":"y"}})", false, 1},
      {R"({"ForAnyValue:StringEquals":{"aws:CalledVia":"forged"},"Null":{"dynamodb:x":"true"}})",
       false, 1},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.condition);
    source_.policies.documents = {
        Compile(Policy("Allow", "dynamodb:*", row.condition), policy::DocumentKind::kIdentity)};
    asked = 0;
    EXPECT_EQ(authorizer_->Decide(RoleCaller(), request).is_allowed(), row.is_allowed);
    EXPECT_EQ(asked, row.asked);
  }
  // Also when only the limits look, or the resource's own policy.
  source_.policies.documents = {Compile(Policy("Allow", "*"), policy::DocumentKind::kIdentity)};
  const std::string looking = R"({"Null":{"dynamodb:LeadingKeys":"false"}})";
  source_.policies.boundaries = {
      Compile(Policy("Allow", "*", looking), policy::DocumentKind::kBoundary)};
  asked = 0;
  EXPECT_TRUE(authorizer_->Decide(RoleCaller(), request).is_allowed());
  EXPECT_EQ(asked, 1);
  source_.policies.boundaries.clear();
  request.resource_policy = Compile(
      R"({"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":"*","Action":"*",)"
      R"("Resource":"arn:aws:dynamodb:*:*:table/${dynamodb:x}"}})",
      policy::DocumentKind::kResource);
  EXPECT_TRUE(authorizer_->Decide(RoleCaller(), request).is_allowed());
  EXPECT_EQ(asked, 2);
}

TEST_F(IdentitySideTest, WhoIsGoneOrCannotBeReadIsDenied) {
  Allow();
  source_.is_deleted = true;
  EXPECT_FALSE(Decide(RoleCaller()).is_allowed());
  source_.is_deleted = false;
  source_.fails = true;
  EXPECT_FALSE(Decide(RoleCaller()).is_allowed());
}

TEST_F(IdentitySideTest, SessionPoliciesLimit) {
  Allow();
  Caller caller = RoleCaller();
  caller.session = SessionOf({Policy("Allow", "s3:PutObject")});
  EXPECT_EQ(Decide(caller).deciding_side, "session");
  EXPECT_EQ(Decide(caller.Via("dynamodb.amazonaws.com")).deciding_side, "session");
  caller.session = SessionOf({Policy("Allow", "s3:GetObject")});
  EXPECT_TRUE(Decide(caller).is_allowed());
}

TEST_F(IdentitySideTest, TagsOfTheSessionGoBeforeThoseOfTheRole) {
  Allow(R"({"StringEquals":{"aws:PrincipalTag/team":"red"}})");
  source_.policies.tags = {{"Team", "red"}};
  EXPECT_TRUE(Decide(RoleCaller()).is_allowed());
  Caller caller = RoleCaller();
  caller.session = SessionOf({}, {{"team", "blue"}, {"t", "1"}});
  EXPECT_FALSE(Decide(caller).is_allowed());
}

TEST_F(IdentitySideTest, OnlyASessionHasATimeOfIssue) {
  Allow(R"({"Null":{"aws:TokenIssueTime":"false"}})");
  policy::Context claimed;
  claimed.Set("aws:TokenIssueTime", "2024-01-01T00:00:00Z");
  EXPECT_FALSE(Decide(RoleCaller(), claimed).is_allowed());
  Caller caller = RoleCaller();
  caller.session = SessionOf({});
  EXPECT_TRUE(Decide(caller).is_allowed());
}

TEST(SessionRecord, SurvivesSerializingAndIsRefusedWhenDamaged) {
  Caller caller = RoleCaller();
  caller.session = SessionOf({Policy("Allow", "s3:*")}, {{"t", "1"}});
  const std::string good = Serialize(caller);
  EXPECT_NE(good.find(R"("version":2)"), std::string::npos);
  auto read = Deserialize(good);
  ASSERT_TRUE(read && read->session);
  EXPECT_EQ(Serialize(*read), good);
  EXPECT_EQ(read->session->documents.size(), 1u);
  EXPECT_EQ(read->session->tags, caller.session->tags);
  caller.session = nullptr;
  EXPECT_NE(Serialize(caller).find(R"("version":1)"), std::string::npos);
  for (std::string_view member : {"issued_at_micros", "policies", "tags", "transitive_tag_keys"}) {
    std::string changed = good;
    changed.replace(changed.find(member), 1, "?");
    EXPECT_FALSE(Deserialize(changed)) << member;
  }
}

TEST(SessionRecord, APolicyThatIsNoneIsAnError) {
  Session session;
  session.policies = {"{}"};
  EXPECT_FALSE(MakeSession(session));
}

// ---- signatures

class SessionSource final : public CredentialSource {
 public:
  base::Result<std::optional<Credentials>> FindByAccessKey(std::string_view) override {
    return std::optional<Credentials>();
  }
  base::Result<std::optional<Credentials>> FindSession(std::string_view access_key,
                                                       std::string_view token) override {
    if (access_key != "ASIAEXAMPLE" || token != "token") return std::optional<Credentials>();
    return std::optional<Credentials>(
        Credentials{"ASIAEXAMPLE", "secret", RoleCaller().principal, SessionOf({})});
  }
  base::Result<std::optional<Account>> FindAccount(std::string_view) override {
    return std::optional<Account>();
  }
  uint64_t generation() const override { return 0; }
};

class SessionSignatureTest : public testing::Test {
 protected:
  std::string Try(const std::string& token, const std::string& service = "s3",
                  const std::string& region = "eu-west-1", bool dev = false) {
    if (!authenticator_ || dev)
      authenticator_ = Authenticator::Make(source_, clock_, {.region = "eu-west-1", .dev = dev});
    sigv4::RequestParts request;
    request.method = "GET";
    request.path = "/";
    request.headers = {{"host", "localhost"}};
    sigv4::SignOptions options{"ASIAEXAMPLE", "secret", token, region, service, clock_.now_micros};
    const auto added = sigv4::Sign(request, "UNSIGNED-PAYLOAD", options);
    for (const auto& [name, value] : added) request.headers.emplace_back(name, value);
    auto result = authenticator_->Authenticate(request, "UNSIGNED-PAYLOAD", service);
    if (!result) return std::string(result.error().reason);
    return result->caller.session ? result->caller.principal.arn : "no session";
  }
  SettableClock clock_;
  SessionSource source_;
  std::unique_ptr<Authenticator> authenticator_;
};

TEST_F(SessionSignatureTest, ATokenIsItsSessionUntilItExpires) {
  const std::string arn = RoleCaller().principal.arn;
  EXPECT_EQ(Try("token"), arn);
  EXPECT_EQ(Try("token"), arn);
  EXPECT_EQ(Try("other"), reason::kInvalidToken);
  EXPECT_EQ(Try(""), sigv4::reason::kUnknownKey);
  clock_.now_micros += 900 * base::kMicrosPerSecond - 1;
  EXPECT_EQ(Try("token"), arn);
  clock_.now_micros += 1;
  EXPECT_EQ(Try("token"), reason::kExpiredToken);
  EXPECT_EQ(Try("token", "s3", "eu-west-1", true), reason::kExpiredToken);
}

TEST_F(SessionSignatureTest, DevKnowsSessionsToo) {
  EXPECT_EQ(Try("token", "s3", "eu-west-1", true), RoleCaller().principal.arn);
  EXPECT_EQ(Try("stale", "s3", "eu-west-1", true), "no session");
}

TEST_F(SessionSignatureTest, GlobalServicesMayBeSignedForTheGlobalRegion) {
  const std::string arn = RoleCaller().principal.arn;
  EXPECT_EQ(Try("token", "iam", "us-east-1"), arn);
  EXPECT_EQ(Try("token", "sts", "us-east-1"), arn);
  EXPECT_EQ(Try("token", "sts", "eu-west-1"), arn);
  EXPECT_EQ(Try("token", "sts", "ap-south-1"), sigv4::reason::kWrongScope);
  EXPECT_EQ(Try("token", "s3", "us-east-1"), sigv4::reason::kWrongScope);
}

}  // namespace
}  // namespace dray::access
