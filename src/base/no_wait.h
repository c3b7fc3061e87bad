// SPDX-License-Identifier: Apache-2.0
// Marks a stretch of work that must not wait for a disk, because its thread serves many others.
// What would have to wait refuses instead; whoever began the stretch drops what came of it and does
// the work again on a thread that may wait. So what has lasting effects comes last, or refuses
// before it has any.
#pragma once

#include "base/result.h"

namespace dray::base {

class NoWait {
 public:
  NoWait() { Current() = this; }
  ~NoWait() { Current() = nullptr; }
  NoWait(const NoWait&) = delete;
  NoWait& operator=(const NoWait&) = delete;

  // Of this thread.
  static bool is_set() { return Current() != nullptr; }
  static bool has_refused() { return is_set() && Current()->has_refused_; }
  // What is called instead of waiting; only where is_set().
  static Error Refuse() {
    Current()->has_refused_ = true;
    return {ErrorKind::kUnavailable, "This cannot be done without waiting"};
  }

 private:
  static NoWait*& Current() {
    thread_local NoWait* current = nullptr;
    return current;
  }

  bool has_refused_ = false;
};

}  // namespace dray::base
