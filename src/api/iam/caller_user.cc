// SPDX-License-Identifier: Apache-2.0
#include "api/iam/caller_user.h"

#include "api/query/error_mapping.h"

namespace dray::iam {

base::Result<std::string> NameOrCaller(const query::Call& call, std::optional<std::string> name) {
  if (name) return *std::move(name);
  const policy::Principal& principal = call.caller().principal;
  if (principal.type == policy::Principal::Type::kUser)
    return principal.arn.substr(principal.arn.rfind('/') + 1);
  return base::Error{base::ErrorKind::kInvalidArgument,
                     "Must specify userName when calling with non-User credentials",
                     query::reason::kValidation};
}

}  // namespace dray::iam
