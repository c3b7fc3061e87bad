// SPDX-License-Identifier: Apache-2.0
// CHECK(condition): for programmer errors that would damage data; stays on in release builds.
// It is never reachable by user input.
#pragma once

namespace dray::base {
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);
}  // namespace dray::base

#define CHECK(condition)                 \
  (static_cast<bool>(condition) ? void() \
                                : ::dray::base::CheckFailed(#condition, __FILE__, __LINE__))
