// SPDX-License-Identifier: Apache-2.0
// What S3's Block Public Access calls public: an Allow to everyone (or to an identity provider)
// that no condition limits to fixed callers, networks or sources. aws:CalledVia is no such limit.
#pragma once

#include "security/policy/statement.h"

namespace dray::policy {

bool IsPublic(const Statement& statement, const Grammar& grammar);

}  // namespace dray::policy
