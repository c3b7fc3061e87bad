// SPDX-License-Identifier: Apache-2.0
// Keeps a processor free of background jobs while requests come. Niceness alone does not: a waking
// thread of the server often has to wait until the job that runs on its processor has used up its
// slice, milliseconds, for which most schedulers cannot be told a better way. On an idle server
// jobs use every processor.
//
// Threads of jobs are known by their niceness, which the threads that they start inherit, as they
// do the processors that they may use. Needs no privilege. Does nothing where this process may use
// one processor only, or is that nice itself.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <thread>

#include "base/mutex.h"

namespace dray::server {

class JobGovernor {
 public:
  // `requests`: how many came since the start, from any thread; it outlives this.
  JobGovernor(int niceness, const std::atomic<uint64_t>& requests);
  ~JobGovernor();  // jobs that still run keep what they have
  JobGovernor(const JobGovernor&) = delete;
  JobGovernor& operator=(const JobGovernor&) = delete;

 private:
  void Run();
  bool Wait();

  const int niceness_;
  const std::atomic<uint64_t>& requests_;
  base::Mutex mutex_;
  base::CondVar wake_;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace dray::server
