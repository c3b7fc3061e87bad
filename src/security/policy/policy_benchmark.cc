// SPDX-License-Identifier: Apache-2.0
// A decision over three policies of five statements each, and what compiling one costs.
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "security/policy/policy.h"

namespace dray::policy {
namespace {

std::string Statements(bool with_principal) {
  const std::string principal =
      with_principal ? R"("Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/r"]},)"
                     : "";
  std::string text = R"({"Version":"2012-10-17","Statement":[)";
  for (int i = 0; i < 4; ++i)
    text += R"({"Effect":"Allow",)" + principal +
            R"("Action":["s3:Get*","s3:ListBucket"],"Resource":["arn:aws:s3:::other)" +
            std::to_string(i) + R"(","arn:aws:s3:::other/*/x/*"],)" +
            R"("Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/r*"}}},)";
  return text + R"({"Effect":"Allow",)" + principal +
         R"("Action":["s3:ListBucket","s3:PutObject"],)" +
         R"("Resource":["arn:aws:s3:::bucket","arn:aws:s3:::bucket/*"],)" +
         R"("Condition":{"ForAnyValue:StringEquals":{"aws:CalledVia":"dynamodb.amazonaws.com"}}}]})";
}

DocumentRef Compile(const std::string& text, DocumentKind kind) {
  auto document = Document::Parse(text, kind);
  CHECK(document.has_value());
  return *document;
}

void Decide(benchmark::State& state, bool is_allowed, bool with_trace) {
  PolicySet policies;
  policies.identity = {Compile(Statements(false), DocumentKind::kIdentity)};
  policies.session = {Compile(Statements(false), DocumentKind::kSession)};
  policies.resource = Compile(Statements(true), DocumentKind::kResource);
  Request request;
  request.principal.type = Principal::Type::kAssumedRole;
  request.principal.account = "111122223333";
  request.principal.arn = "arn:aws:sts::111122223333:assumed-role/r/s";
  request.principal.role_arn = "arn:aws:iam::111122223333:role/r";
  request.action = is_allowed ? "s3:PutObject" : "s3:PutObjectAcl";
  request.resource = "arn:aws:s3:::bucket/p/AWSDynamoDB/01700000000000-0a1b2c3d/data/x.json.gz";
  request.resource_account = "444455556666";
  request.context.SetMany("aws:CalledVia", {"dynamodb.amazonaws.com"});
  request.context.Set("aws:PrincipalArn", request.principal.role_arn);
  for (auto _ : state) {
    Decision decision = Evaluate(request, policies, with_trace);
    CHECK(decision.is_allowed() == is_allowed);
    benchmark::DoNotOptimize(decision);
  }
}

void BM_AllowedDecision(benchmark::State& state) { Decide(state, true, false); }
BENCHMARK(BM_AllowedDecision);
void BM_AllowedDecisionWithTrace(benchmark::State& state) { Decide(state, true, true); }
BENCHMARK(BM_AllowedDecisionWithTrace);
void BM_DeniedDecision(benchmark::State& state) { Decide(state, false, true); }
BENCHMARK(BM_DeniedDecision);

void BM_CompileDocument(benchmark::State& state) {
  const std::string text = Statements(true);
  for (auto _ : state) {
    auto document = Document::Parse(text, DocumentKind::kResource);
    benchmark::DoNotOptimize(document);
  }
}
BENCHMARK(BM_CompileDocument);

}  // namespace
}  // namespace dray::policy
