// SPDX-License-Identifier: Apache-2.0
// The names of Object Ownership settings.
#pragma once

#include <optional>
#include <string_view>

#include "storage/objects/access_settings.h"

namespace dray::s3 {

std::string_view OwnershipName(objects::ObjectOwnership ownership);
std::optional<objects::ObjectOwnership> OwnershipByName(std::string_view name);

}  // namespace dray::s3
