// SPDX-License-Identifier: Apache-2.0
// Works on the tables in the background, in a thread: builds and removes indexes as soon as there
// is something to do, deletes expired items every second, lets backups, changes and records of
// jobs expire and removes deleted data every few seconds.
#pragma once

#include <functional>
#include <thread>

#include "base/mutex.h"
#include "storage/table/table.h"
#include "transfer/jobs/jobs.h"
#include "transfer/restore_table/backups.h"

namespace dray::server {

class GarbageCollector {
 public:
  // The references outlive it.
  GarbageCollector(table::Tables& tables, restore_table::Backups& backups, jobs::Jobs& jobs);
  ~GarbageCollector();

 private:
  void Run();
  // Returns when there is something to do; false: the end.
  bool Wait(int64_t until_micros);
  // Whether it says that more is left; a failure is logged, and tried again some time later.
  bool Advance(const char* what, const std::function<base::Result<bool>()>& work);

  table::Tables& tables_;
  restore_table::Backups& backups_;
  jobs::Jobs& jobs_;
  base::Mutex mutex_;
  base::CondVar wake_;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  bool has_work_ GUARDED_BY(mutex_) = true;  // at start: what a restart interrupted
  std::thread thread_;
};

}  // namespace dray::server
