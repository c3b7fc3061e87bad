// SPDX-License-Identifier: Apache-2.0
// The threads of an import that have no object of their own any more help those that have: they do
// pieces of work that do not have to be done, but may save time. Thread-safe.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>

#include "base/mutex.h"

namespace dray::import_table {

class SharedWork {
 public:
  // Threads that begin with objects of their own.
  explicit SharedWork(size_t owners) : owners_(owners) {}

  class Task {
   public:
    explicit Task(std::function<void()> work) : work_(std::move(work)) {}

   private:
    friend class SharedWork;
    enum class State { kWaiting, kTaken, kDone };
    const std::function<void()> work_;
    std::atomic<State> state_{State::kWaiting};
  };
  using TaskRef = std::shared_ptr<Task>;  // shared: by its owner and who does it

  // Threads that help at the moment.
  size_t helpers() const { return helpers_.load(std::memory_order_relaxed); }
  void Submit(TaskRef task);
  // True: nobody has begun with it, and nobody will.
  static bool TakeBack(Task& task);
  // Until it is done by whoever has begun with it; does waiting tasks meanwhile.
  void WaitFor(Task& task);

  // The calling thread has no objects any more: helps until no thread has.
  void Help();

 private:
  TaskRef TakeOne() REQUIRES(mutex_);
  void Do(Task& task);

  std::atomic<size_t> helpers_{0};
  base::Mutex mutex_;
  base::CondVar changed_;
  size_t owners_ GUARDED_BY(mutex_);
  std::deque<TaskRef> waiting_ GUARDED_BY(mutex_);
};

}  // namespace dray::import_table
