// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "security/access/access.h"

namespace dray::access {

// The account that --dev makes of an id that nobody created. Its canonical id is a hash of the id,
// so that grants to it survive a restart.
Account DevAccount(std::string_view account_id);

}  // namespace dray::access
