// SPDX-License-Identifier: Apache-2.0
// The one clock that stamps writes, jobs and windows: max(wall, last issued + 1 us), never
// repeating or going back, across restarts and clock steps (docs/decisions/0003). A ceiling is
// persisted ahead of use; after a restart times start above it. A forward jump of the wall clock by
// more than a minute is logged and slewed. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "storage/kv/engine.h"

namespace dray::table {

class ServiceClock {
 public:
  static base::Result<std::unique_ptr<ServiceClock>> Open(kv::Engine& engine,
                                                          const base::Clock& wall);
  // A new time, greater than every time ever returned from this data folder.
  base::Result<int64_t> Issue();
  // At least the last issued time, without issuing one: for "is this in the future" checks.
  int64_t NowMicros();

 private:
  ServiceClock(kv::Engine& engine, const base::Clock& wall, int64_t ceiling);
  kv::Engine& engine_;
  const base::Clock& wall_;
  base::Mutex mutex_;
  int64_t last_issued_ GUARDED_BY(mutex_);
  int64_t ceiling_ GUARDED_BY(mutex_);
};

}  // namespace dray::table
