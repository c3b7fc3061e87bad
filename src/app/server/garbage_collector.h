// SPDX-License-Identifier: Apache-2.0
// Lets the tables expire changes and remove deleted data, every few seconds, in a thread.
#pragma once

#include <thread>

#include "base/mutex.h"
#include "storage/table/table.h"

namespace dray::server {

class GarbageCollector {
 public:
  explicit GarbageCollector(table::Tables& tables);  // which outlive it
  ~GarbageCollector();

 private:
  void Run();

  table::Tables& tables_;
  base::Mutex mutex_;
  base::CondVar stop_;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace dray::server
