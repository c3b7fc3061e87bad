// SPDX-License-Identifier: Apache-2.0
// What it costs to ask whether a caller may: a root user, a user whose policy looks at nothing of
// the request, and one whose policy wants its leading keys.
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "security/access/access.h"

namespace dray::access {
namespace {

constexpr std::string_view kAccount = "111122223333";

class OneUser final : public IdentitySource {
 public:
  explicit OneUser(const std::string& condition) {
    auto document = policy::Document::Parse(
        R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*",)"
        R"("Resource":"*","Condition":)" +
            condition + "}}",
        policy::DocumentKind::kIdentity);
    CHECK(document.has_value());
    auto policies = std::make_shared<IdentityPolicies>();
    policies->documents = {*document};
    policies_ = std::move(policies);
  }
  base::Result<std::shared_ptr<const IdentityPolicies>> PoliciesOf(
      const policy::Principal&) override {
    return policies_;
  }

 private:
  std::shared_ptr<const IdentityPolicies> policies_;
};

void Decide(benchmark::State& state, policy::Principal::Type type, const std::string& condition) {
  base::SystemClock clock;
  OneUser user(condition);
  auto authorizer = Authorizer::Make(clock, "us-east-1", &user);
  Caller caller;
  caller.principal.type = type;
  caller.principal.account = kAccount;
  caller.principal.arn = "arn:aws:iam::111122223333:user/ann";
  const std::string key = "user#0123456789";
  for (auto _ : state) {
    ResourceRequest request;
    request.action = "dynamodb:GetItem";
    request.resource = "arn:aws:dynamodb:us-east-1:111122223333:table/a-table";
    request.resource_account = kAccount;
    request.details = [&key](policy::Context& context) {
      context.SetMany("dynamodb:LeadingKeys", {key});
    };
    policy::Decision decision = authorizer->Decide(caller, request);
    CHECK(decision.is_allowed());
    benchmark::DoNotOptimize(decision);
  }
}

void BM_Root(benchmark::State& state) { Decide(state, policy::Principal::Type::kRoot, "{}"); }
BENCHMARK(BM_Root);
void BM_UserWithoutConditions(benchmark::State& state) {
  Decide(state, policy::Principal::Type::kUser, "{}");
}
BENCHMARK(BM_UserWithoutConditions);
void BM_UserOfSomeKeys(benchmark::State& state) {
  Decide(state, policy::Principal::Type::kUser,
         R"({"ForAllValues:StringLike":{"dynamodb:LeadingKeys":"user#*"}})");
}
BENCHMARK(BM_UserOfSomeKeys);

}  // namespace
}  // namespace dray::access
