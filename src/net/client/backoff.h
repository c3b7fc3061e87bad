// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next attempt: doubled from one to the next, each between the half and
// the whole of its length, so that clients that failed together do not come back together. Pure.
#pragma once

#include <cstdint>

namespace dray::http_client {

struct RetryOptions {
  unsigned attempts_max = 5;  // the first one included
  int64_t first_pause_ms = 200;
  int64_t pause_max_ms = 20'000;
};

// Behind attempt number `attempt` (from 1). `random`: any 64 bits.
int64_t PauseMs(const RetryOptions& options, unsigned attempt, uint64_t random);

// Of an HTTP status: may the same request succeed a little later?
constexpr bool IsWorthRetrying(int status) {
  return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

}  // namespace dray::http_client
