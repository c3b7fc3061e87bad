// SPDX-License-Identifier: Apache-2.0
#include "net/http/connection_registry.h"

#include "base/clock.h"

namespace dray::http {

void ConnectionRegistry::Add(WatchedConnection& connection) {
  base::MutexLock lock(mutex_);
  connections_.insert(&connection);
}

void ConnectionRegistry::Remove(WatchedConnection& connection) {
  {
    base::MutexLock lock(mutex_);
    connections_.erase(&connection);
    if (connections_.empty()) is_empty_.NotifyAll();
  }
  if (on_remove_) on_remove_();
}

size_t ConnectionRegistry::size() {
  base::MutexLock lock(mutex_);
  return connections_.size();
}

void ConnectionRegistry::ForEach(const std::function<void(WatchedConnection&)>& visit) {
  base::MutexLock lock(mutex_);
  for (WatchedConnection* connection : connections_) visit(*connection);
}

bool ConnectionRegistry::AwaitEmpty(int64_t timeout_ms) {
  int64_t end_micros = base::SteadyMicros() + timeout_ms * 1000;
  base::MutexLock lock(mutex_);
  while (!connections_.empty()) {
    int64_t left_ms = (end_micros - base::SteadyMicros()) / 1000;
    if (left_ms <= 0) return false;
    is_empty_.WaitFor(mutex_, left_ms);
  }
  return true;
}

}  // namespace dray::http
