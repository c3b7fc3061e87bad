// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_into/keys_in_flight.h"

#include <algorithm>

#include "base/varint.h"

namespace dray::import_into {

KeysInFlight::Hold::Hold(KeysInFlight& all, const std::vector<const item::PrimaryKey*>& keys)
    : all_(all) {
  keys_.reserve(keys.size());
  for (const item::PrimaryKey* key : keys) {
    std::string text;
    base::AppendVarint(key->partition.size(), text);
    keys_.push_back(text.append(key->partition).append(key->sort));
  }
  base::MutexLock lock(all_.mutex_);
  // All or none: who waits holds nothing.
  while (std::any_of(keys_.begin(), keys_.end(),
                     [this](const std::string& key)
                         NO_THREAD_SAFETY_ANALYSIS { return all_.held_.contains(key); })) {
    all_.released_.Wait(all_.mutex_);
  }
  for (const std::string& key : keys_) all_.held_.insert(key);
}

KeysInFlight::Hold::~Hold() {
  base::MutexLock lock(all_.mutex_);
  for (const std::string& key : keys_) all_.held_.erase(key);
  all_.released_.NotifyAll();
}

}  // namespace dray::import_into
