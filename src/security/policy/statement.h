// SPDX-License-Identifier: Apache-2.0
// One compiled statement, and a request prepared for being matched against many of them.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "security/policy/action.h"
#include "security/policy/condition.h"
#include "security/policy/grammar.h"
#include "security/policy/policy.h"
#include "security/policy/principal.h"
#include "security/policy/resource.h"

namespace dray::policy {

// The account that decides about the resource itself.
inline const std::string& OwnerOf(const Request& request, const PolicySet& policies) {
  return policies.object_owner.empty() ? request.resource_account : policies.object_owner;
}

// Borrows the request.
struct RequestView {
  RequestView(const Request& of, bool principal_has_boundary);
  const Request& request;
  std::string action;  // lower case
  std::optional<ArnFields> resource;
  bool has_boundary;
};

// The element that a request does not fit.
enum class Mismatch { kNone, kPrincipal, kAction, kResource, kCondition };
std::string_view MismatchName(Mismatch mismatch);  // "principal", ...; empty for kNone

struct Statement {
  static base::Result<Statement> Parse(const json::Value& value, const Grammar& grammar);

  // `principal` tells how a statement of a resource policy names the caller; kEveryone where
  // policies have no Principal.
  Mismatch Match(const RequestView& view, PrincipalMatch* principal) const;

  // A condition or variable of it: IsRequestKey.
  bool looks_at_request() const;

  std::string sid;
  bool is_deny = false;
  std::optional<PrincipalSet> principals;  // absent in policies of identities
  bool is_not_principal = false;
  ActionSet actions;
  bool is_not_action = false;
  std::optional<ResourceSet> resources;  // absent in trust policies
  bool is_not_resource = false;
  Condition condition;
};

}  // namespace dray::policy
