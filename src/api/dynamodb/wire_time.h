// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace dray::dynamodb {

// Times of tables and jobs show milliseconds on AWS's wire.
inline int64_t ToWireMillis(int64_t micros) { return micros / 1000 * 1000; }
inline int64_t ToWireSecondsUp(int64_t micros) {
  return (micros + 999'999) / 1'000'000 * 1'000'000;
}

}  // namespace dray::dynamodb
