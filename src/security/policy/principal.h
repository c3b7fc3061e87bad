// SPDX-License-Identifier: Apache-2.0
// The Principal and NotPrincipal elements of resource policies.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/policy/grammar.h"
#include "security/policy/policy.h"

namespace dray::policy {

// How closely a resource policy names the caller, loosest first. It decides which limits of the
// identity side still count within one account (docs/decisions/0008).
enum class PrincipalMatch {
  kNone,
  kAccount,   // the caller's account: the account's own policies must allow too
  kRole,      // the role of the caller's session
  kDirect,    // the user, the session or the service itself
  kEveryone,  // "*"
};

struct PrincipalEntry {
  enum class Form {
    kEveryone,
    kAccount,        // 111122223333, or arn:aws:iam::111122223333:root
    kUser,           // arn:aws:iam::N:user/path/Name
    kRole,           // arn:aws:iam::N:role/path/Name
    kAssumedRole,    // arn:aws:sts::N:assumed-role/Role/Session
    kFederatedUser,  // arn:aws:sts::N:federated-user/Name
    kUniqueId,       // AIDA..., AROA...: what is left of a deleted user or role; matches nobody
    kService,        // the service itself, never a service that acts for somebody
    kFederated,      // an identity provider; of use in trust policies only
    kCanonicalUser,  // 64 hexadecimal digits
  };
  Form form = Form::kEveryone;
  std::string account;  // of AWS forms that name one
  std::string written;

  PrincipalMatch Match(const Principal& principal) const;
};

// One value under "AWS"; nullopt when it has none of the forms.
std::optional<PrincipalEntry> ParseAwsPrincipal(std::string_view text);

bool IsAccountId(std::string_view text);    // 12 digits
bool IsServiceName(std::string_view text);  // dynamodb.amazonaws.com

// The caller that an ARN names: a root user, user, role, session or federated user. A role without
// session has its own ARN as `arn`. nullopt for every other text.
std::optional<Principal> PrincipalOfArn(std::string_view arn);

// Of a session, or of a role without one. Where the path is unknown the ARN has none; empty where
// the session's ARN is none.
std::string RoleArnOf(const Principal& principal);

// Roles that AWS's services own: organizations' policies do not apply to them.
bool IsServiceLinkedRole(const Principal& principal);

class PrincipalSet {
 public:
  static base::Result<PrincipalSet> Parse(const json::Value& value, std::string_view field,
                                          const Grammar& grammar);
  // The closest match among the entries.
  PrincipalMatch Match(const Principal& principal) const;
  // As NotPrincipal: whether the caller is excepted. AWS checks account, role and session in turn,
  // so each of them must be listed; a caller with a permissions boundary is never excepted.
  bool Excepts(const Principal& principal, bool has_boundary) const;
  const std::vector<PrincipalEntry>& entries() const { return entries_; }

 private:
  std::vector<PrincipalEntry> entries_;
};

}  // namespace dray::policy
