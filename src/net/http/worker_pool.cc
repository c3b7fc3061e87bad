// SPDX-License-Identifier: Apache-2.0
#include "net/http/worker_pool.h"

#include <utility>

namespace dray::http {

WorkerPool::WorkerPool(unsigned threads, size_t queue_max) : queue_max_(queue_max) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { Serve(); });
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::Submit(std::shared_ptr<Work> work) {
  {
    base::MutexLock lock(mutex_);
    // What a waiting thread is about to take does not count as queued.
    if (is_stopping_ || queue_.size() >= queue_max_ + idle_) return false;
    queue_.push_back(std::move(work));
  }
  has_work_.NotifyOne();
  return true;
}

void WorkerPool::Serve() {
  while (true) {
    std::shared_ptr<Work> work;
    {
      base::MutexLock lock(mutex_);
      ++idle_;
      while (queue_.empty() && !is_stopping_) has_work_.Wait(mutex_);
      --idle_;
      if (is_stopping_) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work->Run();
  }
}

void WorkerPool::Stop() {
  std::deque<std::shared_ptr<Work>> dropped;
  {
    base::MutexLock lock(mutex_);
    is_stopping_ = true;
    dropped.swap(queue_);
  }
  has_work_.NotifyAll();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace dray::http
