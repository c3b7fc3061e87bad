// SPDX-License-Identifier: Apache-2.0
#include "security/access/session.h"

namespace dray::access {

base::Result<SessionRef> MakeSession(Session session) {
  session.documents.clear();
  for (const std::string& policy : session.policies) {
    ASSIGN_OR_RETURN(auto document,
                     policy::Document::Parse(policy, policy::DocumentKind::kSession));
    session.documents.push_back(std::move(document));
  }
  return std::make_shared<const Session>(std::move(session));
}

}  // namespace dray::access
