// SPDX-License-Identifier: Apache-2.0
// How often an account may call the operations whose calls AWS counts. Off by default: for tests of
// clients that have to bear it. Thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "base/mutex.h"

namespace dray::dynamodb {

class Throttle {
 public:
  // False when the calls of the account's last seconds are too many. Those that are refused count,
  // too. Operations that have no limit always pass.
  bool Admit(std::string_view account, std::string_view operation, int64_t now_micros);

 private:
  base::Mutex mutex_;
  // The newest calls, as many as the operation's limit, oldest first.
  std::map<std::pair<std::string, std::string>, std::deque<int64_t>> calls_ GUARDED_BY(mutex_);
};

}  // namespace dray::dynamodb
