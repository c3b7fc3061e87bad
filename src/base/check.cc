// SPDX-License-Identifier: Apache-2.0
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace dray::base {

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "dray: internal error at %s:%d: check failed: %s\n", file, line, condition);
  std::fflush(stderr);
  std::abort();
}

}  // namespace dray::base
