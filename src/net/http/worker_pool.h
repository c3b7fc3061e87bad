// SPDX-License-Identifier: Apache-2.0
// Threads behind a bounded queue, of which only a few run at a time: more threads than processors
// at work only take turns, and each turn costs two switches. A thread that says that it waits
// (base/blocking.h) makes room for another one, and so does work that has stood in the queue for
// kPatienceMicros, whatever the running ones wait for. Internal to net/http.
#pragma once

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "base/blocking.h"
#include "base/mutex.h"

namespace dray::http {

class WorkerPool : private base::BlockingObserver {
 public:
  class Work {
   public:
    virtual ~Work() = default;
    virtual void Run() = 0;  // throws nothing
  };
  static constexpr int64_t kPatienceMicros = 2'000;

  // At most `threads` run, `running_max` unless some wait; 0: all.
  WorkerPool(unsigned threads, size_t queue_max, unsigned running_max);
  ~WorkerPool() override;  // Stop()

  // False when the queue is full or the pool has stopped. The queue shares the ownership of the
  // work, because a connection has no other owner while it waits here.
  bool Submit(std::shared_ptr<Work> work) EXCLUDES(mutex_);
  // Drops what waits, lets what runs end.
  void Stop() EXCLUDES(mutex_);

 private:
  struct Queued {
    std::shared_ptr<Work> work;
    int64_t since_micros;
  };

  void Serve() EXCLUDES(mutex_);
  // The next work, nullptr at the end.
  std::shared_ptr<Work> Take(bool has_run) EXCLUDES(mutex_);
  bool MayTake() const REQUIRES(mutex_);
  void WaitForWork() REQUIRES(mutex_);
  void WakeIfUseful() REQUIRES(mutex_);
  void OnBlock() override EXCLUDES(mutex_);
  void OnUnblock() override EXCLUDES(mutex_);

  const size_t queue_max_;
  const unsigned running_max_;
  base::Mutex mutex_;
  base::CondVar has_work_;
  std::deque<Queued> queue_ GUARDED_BY(mutex_);
  unsigned idle_ GUARDED_BY(mutex_) = 0;     // waiting for work
  unsigned waking_ GUARDED_BY(mutex_) = 0;   // of these, on their way
  unsigned running_ GUARDED_BY(mutex_) = 0;  // at work and not blocked
  // One idle thread looks once a millisecond whether work stands too long, while there is work.
  bool has_watcher_ GUARDED_BY(mutex_) = false;
  uint64_t submitted_ GUARDED_BY(mutex_) = 0;
  bool is_stopping_ GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace dray::http
