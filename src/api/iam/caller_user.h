// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "api/query/query.h"

namespace dray::iam {

// Operations on a user that name none are about the calling user: ValidationError for callers that
// are no users.
base::Result<std::string> NameOrCaller(const query::Call& call, std::optional<std::string> name);

}  // namespace dray::iam
