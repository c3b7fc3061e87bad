// SPDX-License-Identifier: Apache-2.0
// Tells a pool of threads that one of its threads is about to wait for something other than the
// processor, so that it may let another one go on. Pools that run few threads at a time observe
// this; elsewhere it costs nothing.
#pragma once

namespace dray::base {

class BlockingObserver {
 public:
  virtual ~BlockingObserver() = default;
  virtual void OnBlock() = 0;  // both in the thread that waits
  virtual void OnUnblock() = 0;
};

// The observer of this thread; nullptr: none.
inline BlockingObserver*& ThreadBlockingObserver() {
  thread_local BlockingObserver* observer = nullptr;
  return observer;
}

// Stands around a wait: a sync of a file, a request to another server.
class BlockingSection {
 public:
  BlockingSection() : observer_(ThreadBlockingObserver()) {
    if (observer_ != nullptr) observer_->OnBlock();
  }
  ~BlockingSection() {
    if (observer_ != nullptr) observer_->OnUnblock();
  }
  BlockingSection(const BlockingSection&) = delete;
  BlockingSection& operator=(const BlockingSection&) = delete;

 private:
  BlockingObserver* const observer_;
};

}  // namespace dray::base
