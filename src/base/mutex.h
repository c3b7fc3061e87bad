// SPDX-License-Identifier: Apache-2.0
// One mutex type for the project, with clang's thread-safety annotations: every guarded field says
// GUARDED_BY, and clang builds check it.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>

#if defined(__clang__)
#define BASE_ANNOTATION(x) __attribute__((x))
#else
#define BASE_ANNOTATION(x)
#endif
#define CAPABILITY(x) BASE_ANNOTATION(capability(x))
#define SCOPED_CAPABILITY BASE_ANNOTATION(scoped_lockable)
#define GUARDED_BY(x) BASE_ANNOTATION(guarded_by(x))
#define REQUIRES(...) BASE_ANNOTATION(requires_capability(__VA_ARGS__))
#define ACQUIRE(...) BASE_ANNOTATION(acquire_capability(__VA_ARGS__))
#define RELEASE(...) BASE_ANNOTATION(release_capability(__VA_ARGS__))
#define EXCLUDES(...) BASE_ANNOTATION(locks_excluded(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS BASE_ANNOTATION(no_thread_safety_analysis)

namespace dray::base {

class CAPABILITY("mutex") Mutex {
 public:
  void Lock() ACQUIRE() { mutex_.lock(); }
  void Unlock() RELEASE() { mutex_.unlock(); }
  bool TryLock() NO_THREAD_SAFETY_ANALYSIS { return mutex_.try_lock(); }

 private:
  friend class CondVar;
  std::mutex mutex_;
};

class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) ACQUIRE(mutex) : mutex_(mutex) { mutex_.Lock(); }
  ~MutexLock() RELEASE() { mutex_.Unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mutex_;
};

class CondVar {
 public:
  // The caller holds `mutex`; it is released while waiting. Wakes may be spurious: wait in a loop.
  void Wait(Mutex& mutex) REQUIRES(mutex) NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    condition_.wait(lock);
    lock.release();
  }
  // False after `timeout_ms` without a wake.
  bool WaitFor(Mutex& mutex, int64_t timeout_ms) REQUIRES(mutex) NO_THREAD_SAFETY_ANALYSIS {
    std::unique_lock<std::mutex> lock(mutex.mutex_, std::adopt_lock);
    bool woken = condition_.wait_for(lock, std::chrono::milliseconds(timeout_ms)) ==
                 std::cv_status::no_timeout;
    lock.release();
    return woken;
  }
  void NotifyOne() { condition_.notify_one(); }
  void NotifyAll() { condition_.notify_all(); }

 private:
  std::condition_variable condition_;
};

}  // namespace dray::base
