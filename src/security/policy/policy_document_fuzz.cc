// SPDX-License-Identifier: Apache-2.0
// Any bytes as a policy of each kind; what compiles is evaluated, explained and validated.
// The form that tables keep of theirs stays the same when it is put again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "security/policy/policy.h"

namespace {

dray::policy::Request SomeRequest() {
  dray::policy::Request request;
  request.principal.type = dray::policy::Principal::Type::kAssumedRole;
  request.principal.account = "111122223333";
  request.principal.arn = "arn:aws:sts::111122223333:assumed-role/r/s";
  request.principal.role_arn = "arn:aws:iam::111122223333:role/r";
  request.action = "s3:PutObject";
  request.resource = "arn:aws:s3:::bucket/p/AWSDynamoDB/a:b";
  request.resource_account = "444455556666";
  request.context.SetMany("aws:CalledVia", {"dynamodb.amazonaws.com"});
  request.context.Set("aws:PrincipalArn", request.principal.role_arn);
  request.context.Set("aws:SecureTransport", "true");
  request.context.Set("aws:username", "*");
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using dray::policy::Document;
  using dray::policy::DocumentKind;
  static const dray::policy::Request request = SomeRequest();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  dray::policy::PolicySet policies;
  for (auto kind : {DocumentKind::kIdentity, DocumentKind::kResource, DocumentKind::kTrust,
                    DocumentKind::kResourceControl}) {
    auto document = Document::Parse(text, kind, 20480);
    if (!document) {
      CHECK(!document.error().message.empty());
      continue;
    }
    if (kind == DocumentKind::kResource) {
      policies.resource = *document;
      if (auto valid = ValidateBucketPolicy(**document, "bucket"); !valid)
        CHECK(!valid.error().message.empty());
    }
    if (kind == DocumentKind::kIdentity) policies.identity = {*document};
  }
  if (auto form = dray::policy::CheckTablePolicy(text); form && form->size() <= 20480) {
    auto again = dray::policy::CheckTablePolicy(*form);
    CHECK(again.has_value() && *again == *form);
  }
  auto decision = Evaluate(request, policies);
  CHECK(decision.result == Evaluate(request, policies, false).result);
  CHECK(!decision.explanation.empty());
  return 0;
}
