// SPDX-License-Identifier: Apache-2.0
// Keys whose intents are stored and whose writes are not done. Two objects of a job never have the
// same key in flight, so that an intent tells exactly what the job did to a key. Thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/mutex.h"
#include "model/item/key_schema.h"

namespace dray::import_into {

class KeysInFlight {
 public:
  // Holds the keys of one batch while it lives; waits until nobody else holds one of them.
  class Hold {
   public:
    Hold(KeysInFlight& all, const std::vector<const item::PrimaryKey*>& keys);
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    KeysInFlight& all_;
    std::vector<std::string> keys_;
  };

 private:
  base::Mutex mutex_;
  base::CondVar released_;
  std::unordered_set<std::string> held_ GUARDED_BY(mutex_);
};

}  // namespace dray::import_into
