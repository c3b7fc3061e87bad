// SPDX-License-Identifier: Apache-2.0
// All open connections of a server, for time-outs and for stopping. Internal to net/http.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_set>

#include "base/mutex.h"

namespace dray::http {

// Called under the registry's mutex, from any thread: must not block.
class WatchedConnection {
 public:
  virtual void OnSweep(int64_t now_micros) = 0;
  virtual void CloseIfIdle() = 0;
  virtual void CloseNow() = 0;

 protected:
  ~WatchedConnection() = default;
};

class ConnectionRegistry {
 public:
  void Add(WatchedConnection& connection) EXCLUDES(mutex_);
  // Afterwards nobody calls it any more.
  void Remove(WatchedConnection& connection) EXCLUDES(mutex_);
  size_t size() EXCLUDES(mutex_);
  void ForEach(const std::function<void(WatchedConnection&)>& visit) EXCLUDES(mutex_);
  // False when connections are left after the time.
  bool AwaitEmpty(int64_t timeout_ms) EXCLUDES(mutex_);
  // Called after each Remove, without the mutex. Set before the first Add.
  void set_on_remove(std::function<void()> on_remove) { on_remove_ = std::move(on_remove); }

 private:
  base::Mutex mutex_;
  base::CondVar is_empty_;
  std::unordered_set<WatchedConnection*> connections_ GUARDED_BY(mutex_);
  std::function<void()> on_remove_;
};

}  // namespace dray::http
