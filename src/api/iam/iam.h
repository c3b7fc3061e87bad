// SPDX-License-Identifier: Apache-2.0
// AWS Identity and Access Management, version 2010-05-08.
#pragma once

#include <memory>

#include "api/gateway/gateway.h"
#include "base/clock.h"
#include "security/access/access.h"
#include "storage/identities/identities.h"

namespace dray::iam {

struct Services {
  identities::Identities& identities;
  access::Authorizer& authorizer;
  const base::Clock& clock;
};

std::unique_ptr<gateway::Protocol> MakeProtocol(Services services);

}  // namespace dray::iam
