// SPDX-License-Identifier: Apache-2.0
// The one clock that stamps writes, jobs and windows: max(wall, last issued + 1 us), never
// repeating or going back, across restarts and clock steps (docs/decisions/0003). A ceiling is
// persisted ahead of use; after a restart times start above it. A forward jump of the wall clock by
// more than a minute is logged and slewed: service time then runs at most ten times as fast as real
// time until it has caught up, so that a clock that was wrong for a moment does not spoil the times
// of years. Thread-safe.
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
  // Real time that passes also while the machine sleeps; never steps. Replaced in tests.
  using SteadyMicros = int64_t (*)();

  static base::Result<std::unique_ptr<ServiceClock>> Open(kv::Engine& engine,
                                                          const base::Clock& wall,
                                                          SteadyMicros steady = BootMicros);
  // A new time, greater than every time ever returned from this data folder.
  base::Result<int64_t> Issue();
  // At least the last issued time, without issuing one: for "is this in the future" checks. Every
  // time issued later is greater, so that what happened before it never changes; for that it may
  // write a new ceiling. While that fails, time stands still.
  int64_t NowMicros();
  // Ends slewing: the operator (or a test that moved its clock) says that the wall clock is right.
  void StepToWall();

  static int64_t BootMicros();

 private:
  ServiceClock(kv::Engine& engine, const base::Clock& wall, SteadyMicros steady, int64_t ceiling);
  // The wall clock as far as it is believed.
  int64_t FollowWall() REQUIRES(mutex_);
  base::Status Reserve(int64_t time_micros) REQUIRES(mutex_);

  kv::Engine& engine_;
  const base::Clock& wall_;
  const SteadyMicros steady_;
  base::Mutex mutex_;
  int64_t last_issued_ GUARDED_BY(mutex_);
  int64_t ceiling_ GUARDED_BY(mutex_);  // durable; nothing above it was ever returned
  int64_t followed_ GUARDED_BY(mutex_);
  int64_t followed_at_steady_ GUARDED_BY(mutex_);
  bool is_slewing_ GUARDED_BY(mutex_) = false;
};

}  // namespace dray::table
