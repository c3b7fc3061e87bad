// SPDX-License-Identifier: Apache-2.0
#include "app/server/garbage_collector.h"

#include <algorithm>
#include <exception>

#include "base/clock.h"
#include "base/log.h"

namespace dray::server {

namespace {

constexpr int64_t kCollectPauseMicros = 10 * base::kMicrosPerSecond;
constexpr int64_t kExpirePauseMicros = base::kMicrosPerSecond;
// Items a table between two looks at the clock and at the other work.
constexpr size_t kItemsPerTurn = 4096;

}  // namespace

GarbageCollector::GarbageCollector(table::Tables& tables, restore_table::Backups& backups,
                                   jobs::Jobs& jobs)
    : tables_(tables), backups_(backups), jobs_(jobs) {
  tables_.OnIndexWork([this] {
    base::MutexLock lock(mutex_);
    has_work_ = true;
    wake_.NotifyAll();
  });
  thread_ = std::thread([this] { Run(); });
}

GarbageCollector::~GarbageCollector() {
  tables_.OnIndexWork({});
  {
    base::MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  wake_.NotifyAll();
  thread_.join();
}

bool GarbageCollector::Wait(int64_t until_micros) {
  base::MutexLock lock(mutex_);
  while (!is_stopping_ && !has_work_) {
    const int64_t left_ms = (until_micros - base::SteadyMicros() + 999) / 1000;
    if (left_ms <= 0) break;
    wake_.WaitFor(mutex_, left_ms);
  }
  has_work_ = false;
  return !is_stopping_;
}

bool GarbageCollector::Advance(const char* what, const std::function<base::Result<bool>()>& work) {
  try {
    auto is_more = work();
    if (is_more) return *is_more;
    base::log::Error(what, {{"error", is_more.error().message}});
  } catch (const std::exception& e) {
    base::log::Error(what, {{"error", e.what()}});
  }
  return false;
}

void GarbageCollector::Run() {
  int64_t expire_at = base::SteadyMicros() + kExpirePauseMicros;
  int64_t collect_at = base::SteadyMicros() + kCollectPauseMicros;
  bool is_more = false;
  while (Wait(is_more ? 0 : std::min(expire_at, collect_at))) {
    is_more = Advance("building or removing indexes failed",
                      [this] { return tables_.AdvanceIndexWork(kItemsPerTurn); });
    if (base::SteadyMicros() >= expire_at) {
      const bool is_more_due = Advance("removing expired items failed",
                                       [this] { return tables_.ExpireItems(kItemsPerTurn); });
      if (!is_more_due) expire_at = base::SteadyMicros() + kExpirePauseMicros;
      is_more = is_more || is_more_due;
    }
    if (base::SteadyMicros() >= collect_at) {
      Advance("removing expired data failed", [this]() -> base::Result<bool> {
        RETURN_IF_ERROR(backups_.ExpireBackups());
        RETURN_IF_ERROR(jobs_.ForgetOld());
        RETURN_IF_ERROR(tables_.CollectGarbage());
        return false;
      });
      collect_at = base::SteadyMicros() + kCollectPauseMicros;
    }
  }
}

}  // namespace dray::server
