// SPDX-License-Identifier: Apache-2.0
// What temporary credentials carry, and where the policies of users and roles are looked up.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "security/policy/policy.h"

namespace dray::access {

// Of credentials that STS gave out. Immutable once made.
struct Session {
  int64_t issued_at_micros = 0;
  int64_t expires_at_micros = 0;
  // Session policies: JSON, and compiled in the same order. When there are any, one must allow.
  std::vector<std::string> policies;
  std::vector<policy::DocumentRef> documents;
  std::map<std::string, std::string> tags;       // aws:PrincipalTag/...; over those of the role
  std::vector<std::string> transitive_tag_keys;  // of `tags`: a chained session inherits them
};
using SessionRef = std::shared_ptr<const Session>;

// Compiles `session.policies`: kInvalidArgument when one is no session policy.
base::Result<SessionRef> MakeSession(Session session);

// The policies that hang on a user or a role.
struct IdentityPolicies {
  std::vector<policy::DocumentRef> documents;
  std::vector<policy::DocumentRef> boundaries;
  std::map<std::string, std::string> tags;  // of the user or the role
};

class IdentitySource {  // thread-safe
 public:
  virtual ~IdentitySource() = default;
  // As they are now. nullptr when the user or role was deleted, even if another one has its name.
  virtual base::Result<std::shared_ptr<const IdentityPolicies>> PoliciesOf(
      const policy::Principal& principal) = 0;
};

}  // namespace dray::access
