// SPDX-License-Identifier: Apache-2.0
#include "storage/table/service_clock.h"

#include <time.h>

#include <algorithm>

#include "base/big_endian.h"
#include "base/log.h"
#include "storage/table/key_encoding.h"

namespace dray::table {
namespace {

// One ceiling serves the writes of this much time; a restart may find time up to this far ahead of
// the wall clock.
constexpr int64_t kReserveMicros = 2 * base::kMicrosPerSecond;
constexpr int64_t kJumpMicros = 60 * base::kMicrosPerSecond;
constexpr int64_t kSlewFactor = 10;

// Table number 0 is no table's: what belongs to the whole data folder.
std::string CeilingKey() { return TablePrefix(kMiscFamily, 0) + "clock"; }

}  // namespace

base::Result<std::unique_ptr<ServiceClock>> ServiceClock::Open(kv::Engine& engine,
                                                               const base::Clock& wall,
                                                               SteadyMicros steady) {
  ASSIGN_OR_RETURN(auto stored, engine.Get(kv::kSystemPartition, CeilingKey()));
  int64_t ceiling = 0;
  if (stored) {
    if (stored->size() != 8) {
      return base::Error{base::ErrorKind::kCorruption, "The stored ceiling of time is damaged", {}};
    }
    ceiling = static_cast<int64_t>(base::ReadBigEndian64(*stored));
  }
  return std::unique_ptr<ServiceClock>(new ServiceClock(engine, wall, steady, ceiling));
}

ServiceClock::ServiceClock(kv::Engine& engine, const base::Clock& wall, SteadyMicros steady,
                           int64_t ceiling)
    : engine_(engine),
      wall_(wall),
      steady_(steady),
      last_issued_(ceiling),
      ceiling_(ceiling),
      followed_(wall.NowMicros()),
      followed_at_steady_(steady()) {
  if (followed_ < ceiling - kReserveMicros) {
    base::log::Warning(
        "the system clock is behind the last time given out; time goes on from there",
        {{"behind_seconds", (ceiling - followed_) / base::kMicrosPerSecond}});
  }
}

base::Result<int64_t> ServiceClock::Issue() {
  base::MutexLock lock(mutex_);
  int64_t time = std::max(FollowWall(), last_issued_ + 1);
  RETURN_IF_ERROR(Reserve(time));
  last_issued_ = time;
  return time;
}

int64_t ServiceClock::NowMicros() {
  base::MutexLock lock(mutex_);
  int64_t now = std::max(FollowWall(), last_issued_);
  if (auto reserved = Reserve(now); !reserved) {
    base::log::Error("cannot store the ceiling of time", {{"error", reserved.error().message}});
    now = ceiling_;
  }
  last_issued_ = now;  // whatever is issued from here on lies behind this answer
  return now;
}

void ServiceClock::StepToWall() {
  base::MutexLock lock(mutex_);
  followed_ = wall_.NowMicros();
  followed_at_steady_ = steady_();
  is_slewing_ = false;
}

int64_t ServiceClock::FollowWall() {
  int64_t wall = wall_.NowMicros();
  int64_t steady = steady_();
  int64_t passed = std::max<int64_t>(0, steady - followed_at_steady_);
  followed_at_steady_ = steady;
  if (!is_slewing_ && wall > followed_ + passed + kJumpMicros) {
    is_slewing_ = true;
    base::log::Warning("the system clock jumped forward; time follows it slowly",
                       {{"jump_seconds", (wall - followed_) / base::kMicrosPerSecond}});
  }
  followed_ = is_slewing_ ? std::min(wall, followed_ + kSlewFactor * passed) : wall;
  if (is_slewing_ && followed_ == wall) {
    is_slewing_ = false;
    base::log::Info("time has caught up with the system clock");
  }
  return followed_;
}

base::Status ServiceClock::Reserve(int64_t time_micros) {
  if (time_micros <= ceiling_) return base::Ok();
  int64_t ceiling = time_micros + kReserveMicros;
  kv::Batch batch;
  std::string value;
  base::AppendBigEndian64(static_cast<uint64_t>(ceiling), value);
  batch.puts.emplace_back(CeilingKey(), std::move(value));
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
  if (outcome != kv::CommitOutcome::kCommitted) {
    return base::Error{base::ErrorKind::kInternal, "The ceiling of time was not committed", {}};
  }
  ceiling_ = ceiling;
  return base::Ok();
}

int64_t ServiceClock::BootMicros() {
  timespec time{};
  clock_gettime(CLOCK_BOOTTIME, &time);
  return int64_t{time.tv_sec} * base::kMicrosPerSecond + time.tv_nsec / 1000;
}

}  // namespace dray::table
