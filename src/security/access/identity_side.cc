// SPDX-License-Identifier: Apache-2.0
#include "security/access/identity_side.h"

#include "base/text_encoding.h"

namespace dray::access {

namespace {

using Type = policy::Principal::Type;

bool HasOwnPolicies(const policy::Principal& principal) {
  return principal.type == Type::kUser || principal.type == Type::kAssumedRole;
}

void SetTags(const std::map<std::string, std::string>& tags, policy::Context& context) {
  for (const auto& [key, value] : tags) context.Set("aws:PrincipalTag/" + key, value);
}

}  // namespace

base::Status AddIdentitySide(const Caller& caller, IdentitySource* source,
                             policy::PolicySet& policies, policy::Context& context) {
  context.Erase("aws:TokenIssueTime");
  if (source != nullptr && HasOwnPolicies(caller.principal)) {
    ASSIGN_OR_RETURN(auto own, source->PoliciesOf(caller.principal));
    if (own == nullptr)
      return base::Error{base::ErrorKind::kAccessDenied,
                         caller.principal.arn + " does not exist any more", reason::kDenied};
    policies.identity = own->documents;
    policies.boundaries = own->boundaries;
    SetTags(own->tags, context);
  }
  if (caller.session != nullptr) {
    policies.session = caller.session->documents;
    SetTags(caller.session->tags, context);
    context.Set("aws:TokenIssueTime", base::FormatIso8601Seconds(caller.session->issued_at_micros));
  }
  return base::Ok();
}

}  // namespace dray::access
