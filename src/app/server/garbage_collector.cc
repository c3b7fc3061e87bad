// SPDX-License-Identifier: Apache-2.0
#include "app/server/garbage_collector.h"

#include <exception>

#include "base/clock.h"
#include "base/log.h"

namespace dray::server {

namespace {
constexpr int64_t kPauseMs = 10'000;
}

GarbageCollector::GarbageCollector(table::Tables& tables)
    : tables_(tables), thread_([this] { Run(); }) {}

GarbageCollector::~GarbageCollector() {
  {
    base::MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  stop_.NotifyAll();
  thread_.join();
}

void GarbageCollector::Run() {
  while (true) {
    {
      int64_t until_micros = base::SteadyMicros() + kPauseMs * 1000;
      base::MutexLock lock(mutex_);
      while (!is_stopping_) {
        int64_t left_ms = (until_micros - base::SteadyMicros()) / 1000;
        if (left_ms <= 0) break;
        stop_.WaitFor(mutex_, left_ms);
      }
      if (is_stopping_) return;
    }
    try {
      auto collected = tables_.CollectGarbage();
      if (!collected) {
        base::log::Error("removing expired data failed", {{"error", collected.error().message}});
      }
    } catch (const std::exception& e) {
      base::log::Error("removing expired data failed", {{"error", e.what()}});
    }
  }
}

}  // namespace dray::server
