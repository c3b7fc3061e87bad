// SPDX-License-Identifier: Apache-2.0
// How the policies of one request are combined (docs/decisions/0008):
//   1. a matching Deny in any policy that applies to the caller decides;
//   2. every level of service control policies must allow;
//   3. Block Public Access cuts a public bucket policy off from everybody but the bucket's account;
//   4. within an account, a resource policy that names the caller itself is enough, otherwise the
//      identity side must allow: identity policies, and boundary and session policies where there
//      are any. Across accounts both the identity side and the resource policy must allow.
// Root users have no identity side: they are allowed in their own account, and across accounts the
// resource policy alone decides. So it does for services and for anonymous callers.
// An S3 object that another account owns than its bucket is that account's: step 4 goes by it, and
// of the bucket's policy only Deny statements count.
#include <algorithm>

#include "security/policy/document.h"
#include "security/policy/explanation.h"
#include "security/policy/policy.h"

namespace dray::policy {

namespace {

using Type = Principal::Type;
using Outcome = Decision::Result;

struct Verdict {
  bool denies = false;
  bool allows = false;
  // Of a resource policy: the ways in which its Allow statements name the caller.
  bool allows_account = false;
  bool allows_role = false;
  bool allows_directly = false;  // the user, the session, the service, or everyone
};

void AddDocument(const RequestView& view, const Document& document, Verdict& verdict) {
  for (const Statement& statement : document.statements()) {
    PrincipalMatch principal = PrincipalMatch::kNone;
    if (statement.Match(view, &principal) != Mismatch::kNone) continue;
    if (statement.is_deny) {
      verdict.denies = true;
      continue;
    }
    verdict.allows = true;
    verdict.allows_account |= principal == PrincipalMatch::kAccount;
    verdict.allows_role |= principal == PrincipalMatch::kRole;
    verdict.allows_directly |=
        principal == PrincipalMatch::kDirect || principal == PrincipalMatch::kEveryone;
  }
}

Verdict OfDocuments(const RequestView& view, const std::vector<DocumentRef>& documents) {
  Verdict verdict;
  for (const DocumentRef& document : documents)
    if (document) AddDocument(view, *document, verdict);
  return verdict;
}

struct Conclusion {
  Outcome result = Outcome::kImplicitlyDenied;
  std::vector<std::string_view> sides;  // that deny, or that are missing; the first one decides
};

Conclusion Allowed() { return {Outcome::kAllowed, {}}; }
Conclusion Denied(std::string_view side) { return {Outcome::kExplicitlyDenied, {side}}; }
Conclusion Missing(std::vector<std::string_view> sides) {
  return {Outcome::kImplicitlyDenied, std::move(sides)};
}

// Users, roles and federated sessions; the others have no policies of their own.
bool HasIdentitySide(const Principal& principal) {
  return principal.type == Type::kUser || principal.type == Type::kAssumedRole ||
         principal.type == Type::kFederatedUser;
}

bool IsUnderServiceControl(const Principal& principal) {
  return principal.type != Type::kService && principal.type != Type::kAnonymous &&
         !IsServiceLinkedRole(principal);
}

// Keys and roles belong to nobody but their own policy: without it not even the account may.
bool NeedsResourcePolicy(const RequestView& view) {
  if (!view.resource) return false;
  std::string_view service = (*view.resource)[2];
  std::string_view resource = (*view.resource)[5];
  if (view.action.starts_with("kms:")) return service == "kms" && resource.starts_with("key/");
  if (view.action.starts_with("sts:assumerole") || view.action == "sts:tagsession")
    return service == "iam" && resource.starts_with("role/");
  return false;
}

// What is left to the root user of the account of a bucket (S3's rule) or table, so that nobody
// locks himself out.
bool IsRescueOfPolicy(const RequestView& view) {
  const Request& request = view.request;
  if (request.principal.type != Type::kRoot ||
      request.principal.account != request.resource_account)
    return false;
  constexpr std::string_view kActions[] = {
      "s3:getbucketpolicy",         "s3:putbucketpolicy",         "s3:deletebucketpolicy",
      "dynamodb:getresourcepolicy", "dynamodb:putresourcepolicy", "dynamodb:deleteresourcepolicy"};
  return std::find(std::begin(kActions), std::end(kActions), view.action) != std::end(kActions);
}

class Combination {
 public:
  Combination(const RequestView& view, const PolicySet& policies)
      : view_(view), policies_(policies) {
    if (policies.resource) AddDocument(view, *policies.resource, resource_);
    if (!policies.object_owner.empty()) resource_ = {.denies = resource_.denies};
    if (policies.acl_allows) {
      resource_.allows = resource_.allows_account = true;
      resource_.allows_directly |= view.request.principal.type == Type::kAnonymous;
    }
    if (HasIdentitySide(view.request.principal)) {
      identity_ = OfDocuments(view, policies.identity);
      session_ = OfDocuments(view, policies.session);
      for (const DocumentRef& document : policies.boundaries)
        if (document) boundaries_.push_back(OfDocuments(view, {document}));
    }
    if (IsUnderServiceControl(view.request.principal))
      for (const auto& level : policies.service_control)
        levels_.push_back(OfDocuments(view, level));
  }

  Conclusion Conclude() const {
    if (auto side = DenyingSide(); !side.empty()) return Denied(side);
    for (const Verdict& level : levels_)
      if (!level.allows) return Missing({"service_control"});
    if (IsCutOffAsPublic()) return Missing({"public_access_block"});
    const Principal& principal = view_.request.principal;
    if (principal.type == Type::kService || principal.type == Type::kAnonymous)
      return resource_.allows_directly ? Allowed() : Missing({"resource"});
    return principal.account == OwnerOf(view_.request, policies_) ? WithinAccount()
                                                                  : AcrossAccounts();
  }

 private:
  std::string_view DenyingSide() const {
    if (identity_.denies) return "identity";
    for (const Verdict& boundary : boundaries_)
      if (boundary.denies) return "boundary";
    if (session_.denies) return "session";
    for (const Verdict& level : levels_)
      if (level.denies) return "service_control";
    for (const auto& level : policies_.resource_control)
      if (!IsServiceLinkedRole(view_.request.principal) && OfDocuments(view_, level).denies)
        return "resource_control";
    if (resource_.denies && !IsRescueOfPolicy(view_)) return "resource";
    return {};
  }

  bool IsCutOffAsPublic() const {
    const Principal& principal = view_.request.principal;
    return policies_.blocks_public_access && policies_.resource &&
           policies_.resource->public_statement() && view_.action.starts_with("s3:") &&
           principal.type != Type::kService && principal.account != view_.request.resource_account;
  }

  bool BoundariesAllow() const {
    return std::all_of(boundaries_.begin(), boundaries_.end(),
                       [](const Verdict& boundary) { return boundary.allows; });
  }
  bool SessionAllows() const { return policies_.session.empty() || session_.allows; }

  // The limit of the identity side that is missing; empty when that side allows.
  std::string_view MissingOfIdentitySide() const {
    if (!HasIdentitySide(view_.request.principal)) return {};  // a root user
    if (!identity_.allows) return "identity";
    if (!BoundariesAllow()) return "boundary";
    if (!SessionAllows()) return "session";
    return {};
  }

  Conclusion WithinAccount() const {
    if (NeedsResourcePolicy(view_) && !resource_.allows) return Missing({"resource"});
    if (resource_.allows_directly) return Allowed();
    // Named as a role: the identity policies need not allow, but boundary and session policies
    // limit.
    if (resource_.allows_role) {
      if (!BoundariesAllow()) return Missing({"boundary"});
      if (!SessionAllows()) return Missing({"session"});
      return Allowed();
    }
    if (auto side = MissingOfIdentitySide(); !side.empty()) return Missing({side});
    return Allowed();
  }

  Conclusion AcrossAccounts() const {
    std::vector<std::string_view> missing;
    if (auto side = MissingOfIdentitySide(); !side.empty()) missing.push_back(side);
    if (!resource_.allows) missing.push_back("resource");
    return missing.empty() ? Allowed() : Missing(std::move(missing));
  }

  const RequestView& view_;
  const PolicySet& policies_;
  Verdict resource_;
  Verdict identity_;
  Verdict session_;
  std::vector<Verdict> boundaries_;
  std::vector<Verdict> levels_;
};

}  // namespace

Decision Evaluate(const Request& request, const PolicySet& policies, bool with_trace) {
  const RequestView view(request,
                         HasIdentitySide(request.principal) && !policies.boundaries.empty());
  Conclusion conclusion = Combination(view, policies).Conclude();
  Decision decision;
  decision.result = conclusion.result;
  if (decision.is_allowed() && !with_trace) return decision;
  if (!conclusion.sides.empty()) decision.deciding_side = conclusion.sides.front();
  decision.trace = TraceAll(view, policies);
  decision.explanation = ExplainDecision(view, policies, decision, conclusion.sides);
  return decision;
}

}  // namespace dray::policy
