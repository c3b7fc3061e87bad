// SPDX-License-Identifier: Apache-2.0
// How far two short texts are apart, for "did you mean".
#pragma once

#include <cstddef>
#include <string_view>

namespace dray::doctor {

// Insertions, deletions and replacements that make `a` from `b`; neighbours that changed places
// count as one.
size_t EditDistance(std::string_view a, std::string_view b);

}  // namespace dray::doctor
