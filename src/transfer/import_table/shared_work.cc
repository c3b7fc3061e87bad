// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/shared_work.h"

namespace dray::import_table {

void SharedWork::Submit(TaskRef task) {
  {
    base::MutexLock lock(mutex_);
    waiting_.push_back(std::move(task));
  }
  changed_.NotifyAll();
}

bool SharedWork::TakeBack(Task& task) {
  auto waiting = Task::State::kWaiting;
  return task.state_.compare_exchange_strong(waiting, Task::State::kTaken);
}

// Those that were taken back are dropped.
SharedWork::TaskRef SharedWork::TakeOne() {
  while (!waiting_.empty()) {
    TaskRef task = std::move(waiting_.front());
    waiting_.pop_front();
    if (TakeBack(*task)) return task;
  }
  return nullptr;
}

void SharedWork::Do(Task& task) {
  task.work_();
  {
    base::MutexLock lock(mutex_);
    task.state_ = Task::State::kDone;
  }
  changed_.NotifyAll();
}

void SharedWork::WaitFor(Task& task) {
  while (true) {
    TaskRef other;
    {
      base::MutexLock lock(mutex_);
      while (task.state_ != Task::State::kDone && (other = TakeOne()) == nullptr) {
        changed_.Wait(mutex_);
      }
      if (other == nullptr) return;
    }
    Do(*other);
  }
}

void SharedWork::Help() {
  {
    base::MutexLock lock(mutex_);
    --owners_;
  }
  changed_.NotifyAll();
  ++helpers_;
  while (true) {
    TaskRef task;
    {
      base::MutexLock lock(mutex_);
      while ((task = TakeOne()) == nullptr && owners_ > 0) changed_.Wait(mutex_);
    }
    if (task == nullptr) break;
    Do(*task);
  }
  --helpers_;
}

}  // namespace dray::import_table
