// SPDX-License-Identifier: Apache-2.0
// Transforms for job records: as they are shown, and the keys of their masks sealed beside
// (docs/formats/transforms.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "transfer/transform/transform.h"

namespace dray::transform {

// `secret_key`: 32 bytes. `bound_to`: the job's ARN; what is sealed opens in no other record.
std::string Seal(const Transforms& transforms, std::string_view secret_key,
                 std::string_view bound_to);
base::Result<std::shared_ptr<const Transforms>> Unseal(std::string_view sealed,
                                                       std::string_view secret_key,
                                                       std::string_view bound_to);

}  // namespace dray::transform
