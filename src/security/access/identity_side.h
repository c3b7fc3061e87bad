// SPDX-License-Identifier: Apache-2.0
// The caller's own side of a request: the policies of its user or role and of its session, and the
// condition keys that come from them. Internal to this module.
#pragma once

#include "base/result.h"
#include "security/access/access.h"

namespace dray::access {

// Adds the identity policies, boundaries and session policies of `caller` to `policies`, and the
// keys aws:PrincipalTag/... and aws:TokenIssueTime to `context`; erases what stood there under
// these names. An error (kAccessDenied) when the user or role was deleted meanwhile; others when
// its policies cannot be read. `source` null: nobody has policies.
base::Status AddIdentitySide(const Caller& caller, IdentitySource* source,
                             policy::PolicySet& policies, policy::Context& context);

}  // namespace dray::access
