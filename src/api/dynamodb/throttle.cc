// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/throttle.h"

#include "base/clock.h"

namespace dray::dynamodb {
namespace {

struct Limit {
  std::string_view operation;
  size_t calls;
  int64_t period_micros;
};

// DescribeContinuousBackups as AWS documents it; the others as measured: more than 20 exports in
// two seconds are refused, and bursts of 13 to 18 descriptions.
constexpr Limit kLimits[] = {
    {"DescribeContinuousBackups", 10, base::kMicrosPerSecond},
    {"DescribeExport", 12, base::kMicrosPerSecond},
    {"ExportTableToPointInTime", 20, 2 * base::kMicrosPerSecond},
};

}  // namespace

bool Throttle::Admit(std::string_view account, std::string_view operation, int64_t now_micros) {
  for (const Limit& limit : kLimits) {
    if (limit.operation != operation) continue;
    base::MutexLock lock(mutex_);
    std::deque<int64_t>& calls = calls_[{std::string(account), std::string(operation)}];
    const bool is_free =
        calls.size() < limit.calls || now_micros - calls.front() >= limit.period_micros;
    calls.push_back(now_micros);
    if (calls.size() > limit.calls) calls.pop_front();
    return is_free;
  }
  return true;
}

}  // namespace dray::dynamodb
