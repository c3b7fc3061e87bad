// SPDX-License-Identifier: Apache-2.0
#include "net/http/worker_pool.h"

#include <utility>

#include "base/clock.h"

namespace dray::http {

namespace {

constexpr int64_t kWatchMs = 1;

}  // namespace

WorkerPool::WorkerPool(unsigned threads, size_t queue_max, unsigned running_max)
    : queue_max_(queue_max), running_max_(running_max == 0 ? threads : running_max) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { Serve(); });
}

WorkerPool::~WorkerPool() { Stop(); }

bool WorkerPool::Submit(std::shared_ptr<Work> work) {
  base::MutexLock lock(mutex_);
  // What a waiting thread is about to take does not count as queued.
  if (is_stopping_ || queue_.size() >= queue_max_ + idle_) return false;
  queue_.push_back({std::move(work), base::SteadyMicros()});
  ++submitted_;
  WakeIfUseful();
  return true;
}

void WorkerPool::Serve() {
  base::ThreadBlockingObserver() = this;
  bool has_run = false;
  while (std::shared_ptr<Work> work = Take(has_run)) {
    work->Run();
    has_run = true;
  }
}

std::shared_ptr<WorkerPool::Work> WorkerPool::Take(bool has_run) {
  base::MutexLock lock(mutex_);
  if (has_run) --running_;
  while (!is_stopping_ && !MayTake()) WaitForWork();
  if (is_stopping_) return nullptr;
  std::shared_ptr<Work> work = std::move(queue_.front().work);
  queue_.pop_front();
  ++running_;
  WakeIfUseful();
  return work;
}

bool WorkerPool::MayTake() const {
  if (queue_.empty()) return false;
  return running_ < running_max_ ||
         base::SteadyMicros() - queue_.front().since_micros >= kPatienceMicros;
}

void WorkerPool::WaitForWork() {
  ++idle_;
  if (has_watcher_ || submitted_ == 0) {
    has_work_.Wait(mutex_);
  } else {
    has_watcher_ = true;
    const uint64_t seen = submitted_;
    has_work_.WaitFor(mutex_, kWatchMs);
    has_watcher_ = false;
    // Nothing came and nothing is left: the next Submit wakes somebody.
    if (seen == submitted_ && queue_.empty()) submitted_ = 0;
  }
  // Also for who woke without being called: one wake too many is cheaper than one too few.
  if (waking_ > 0) --waking_;
  --idle_;
}

// A thread that is on its way counts as running. Without a watcher somebody has to become it.
void WorkerPool::WakeIfUseful() {
  if (queue_.empty() || idle_ <= waking_) return;
  if (running_ + waking_ >= running_max_ && has_watcher_) return;
  ++waking_;
  has_work_.NotifyOne();
}

void WorkerPool::OnBlock() {
  base::MutexLock lock(mutex_);
  --running_;
  WakeIfUseful();
}

void WorkerPool::OnUnblock() {
  base::MutexLock lock(mutex_);
  ++running_;
}

void WorkerPool::Stop() {
  std::deque<Queued> dropped;
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
