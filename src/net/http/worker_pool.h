// SPDX-License-Identifier: Apache-2.0
// A fixed number of threads behind a bounded queue. Internal to net/http.
#pragma once

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"

namespace dray::http {

class WorkerPool {
 public:
  class Work {
   public:
    virtual ~Work() = default;
    virtual void Run() = 0;  // throws nothing
  };

  WorkerPool(unsigned threads, size_t queue_max);
  ~WorkerPool();  // Stop()

  // False when the queue is full or the pool has stopped. The queue shares the ownership of the
  // work, because a connection has no other owner while it waits here.
  bool Submit(std::shared_ptr<Work> work) EXCLUDES(mutex_);
  // Drops what waits, lets what runs end.
  void Stop() EXCLUDES(mutex_);

 private:
  void Serve() EXCLUDES(mutex_);

  const size_t queue_max_;
  base::Mutex mutex_;
  base::CondVar has_work_;
  std::deque<std::shared_ptr<Work>> queue_ GUARDED_BY(mutex_);
  size_t idle_ GUARDED_BY(mutex_) = 0;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace dray::http
