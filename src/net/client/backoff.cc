// SPDX-License-Identifier: Apache-2.0
#include "net/client/backoff.h"

#include <algorithm>

namespace dray::http_client {

int64_t PauseMs(const RetryOptions& options, unsigned attempt, uint64_t random) {
  int64_t whole = options.first_pause_ms << std::min(attempt - 1, 20u);
  whole = std::clamp<int64_t>(whole, 1, options.pause_max_ms);
  int64_t half = whole / 2;
  return whole - static_cast<int64_t>(random % static_cast<uint64_t>(half + 1));
}

}  // namespace dray::http_client
