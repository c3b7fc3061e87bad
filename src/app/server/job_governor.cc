// SPDX-License-Identifier: Apache-2.0
#include "app/server/job_governor.h"

#include <dirent.h>
#include <sched.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <optional>

#include "base/clock.h"

namespace dray::server {

namespace {

constexpr int64_t kTickMs = 100;  // for so long the first requests meet jobs everywhere
// A server that gets fewer requests, such as questions how far a job is, counts as idle.
constexpr uint64_t kBusyRequestsPerTick = 10;
constexpr int64_t kBusyMicros = 2 * base::kMicrosPerSecond;  // after the last busy tick
// Catches threads that were started while others were being told.
constexpr int64_t kRepeatMicros = base::kMicrosPerSecond;

std::optional<int> NicenessOf(id_t thread) {
  errno = 0;
  const int niceness = getpriority(PRIO_PROCESS, thread);
  return errno == 0 ? std::optional(niceness) : std::nullopt;
}

// A thread that ends meanwhile is left alone.
void SetProcessors(int niceness, const cpu_set_t& processors) {
  DIR* threads = opendir("/proc/self/task");
  if (threads == nullptr) return;
  while (const dirent* entry = readdir(threads)) {
    const auto thread = static_cast<pid_t>(std::atol(entry->d_name));
    if (thread <= 0 || NicenessOf(static_cast<id_t>(thread)) != niceness) continue;
    sched_setaffinity(thread, sizeof processors, &processors);
  }
  closedir(threads);
}

cpu_set_t AllButTheLast(cpu_set_t processors) {
  for (int i = CPU_SETSIZE - 1; i >= 0; --i) {
    if (!CPU_ISSET(i, &processors)) continue;
    CPU_CLR(i, &processors);
    break;
  }
  return processors;
}

}  // namespace

JobGovernor::JobGovernor(int niceness, const std::atomic<uint64_t>& requests)
    : niceness_(niceness), requests_(requests) {
  thread_ = std::thread([this] { Run(); });
}

JobGovernor::~JobGovernor() {
  {
    base::MutexLock lock(mutex_);
    is_stopping_ = true;
  }
  wake_.NotifyAll();
  thread_.join();
}

// False: the end.
bool JobGovernor::Wait() {
  base::MutexLock lock(mutex_);
  if (!is_stopping_) wake_.WaitFor(mutex_, kTickMs);
  return !is_stopping_;
}

void JobGovernor::Run() {
  cpu_set_t all;
  if (sched_getaffinity(0, sizeof all, &all) != 0 || CPU_COUNT(&all) < 2) return;
  if (NicenessOf(0) == niceness_) return;
  const cpu_set_t fewer = AllButTheLast(all);
  uint64_t seen = requests_;
  int64_t busy_until = 0, told_at = 0;
  bool was_busy = false;
  while (Wait()) {
    const int64_t now = base::SteadyMicros();
    const uint64_t requests = requests_;
    if (requests - seen >= kBusyRequestsPerTick) busy_until = now + kBusyMicros;
    seen = requests;
    const bool is_busy = now < busy_until;
    if (is_busy == was_busy && now < told_at + kRepeatMicros) continue;
    SetProcessors(niceness_, is_busy ? fewer : all);
    was_busy = is_busy;
    told_at = now;
  }
}

}  // namespace dray::server
