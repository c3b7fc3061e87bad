// SPDX-License-Identifier: Apache-2.0
// A fixed number of mutexes that stand for all keys: who reads, computes and commits a key holds
// the latch of its stripe meanwhile.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include "base/mutex.h"
#include "base/no_wait.h"

namespace dray::table {

class Latches {
 public:
  static constexpr size_t kCount = 8192;

  // Holds one latch; under a base::NoWait only if nobody else does.
  class One {
   public:
    One(Latches& latches, size_t index) NO_THREAD_SAFETY_ANALYSIS
        : mutex_(latches.mutexes_[index]) {
      if (base::NoWait::is_set()) {
        is_held_ = mutex_.TryLock();
      } else {
        mutex_.Lock();
      }
    }
    ~One() NO_THREAD_SAFETY_ANALYSIS {
      if (is_held_) mutex_.Unlock();
    }
    One(const One&) = delete;
    One& operator=(const One&) = delete;

    bool is_held() const { return is_held_; }

   private:
    base::Mutex& mutex_;
    bool is_held_ = true;
  };

  // Holds several, taken in ascending order, so that two holders cannot wait for each other.
  class Many {
   public:
    Many(Latches& latches, std::vector<size_t> indexes) NO_THREAD_SAFETY_ANALYSIS
        : latches_(latches),
          indexes_(std::move(indexes)) {
      std::sort(indexes_.begin(), indexes_.end());
      indexes_.erase(std::unique(indexes_.begin(), indexes_.end()), indexes_.end());
      for (size_t index : indexes_) latches_.mutexes_[index].Lock();
    }
    ~Many() NO_THREAD_SAFETY_ANALYSIS {
      for (size_t index : indexes_) latches_.mutexes_[index].Unlock();
    }
    Many(const Many&) = delete;
    Many& operator=(const Many&) = delete;

   private:
    Latches& latches_;
    std::vector<size_t> indexes_;
  };

 private:
  std::array<base::Mutex, kCount> mutexes_;
};

}  // namespace dray::table
