// SPDX-License-Identifier: Apache-2.0
#include <list>
#include <unordered_map>

#include "base/check.h"
#include "base/mutex.h"
#include "security/access/access.h"

namespace dray::access {

struct PolicyCache::State {
  struct Entry {
    std::string json;
    policy::DocumentRef document;
  };
  explicit State(size_t entries_max) : documents_max(entries_max) {}

  const size_t documents_max;
  base::Mutex mutex;
  std::list<Entry> by_use GUARDED_BY(mutex);  // last used first
  // Keys are views of Entry::json, which does not move.
  std::unordered_map<std::string_view, std::list<Entry>::iterator> by_text GUARDED_BY(mutex);
};

PolicyCache::PolicyCache(size_t documents_max) : state_(std::make_unique<State>(documents_max)) {
  CHECK(documents_max > 0);
}
PolicyCache::~PolicyCache() = default;

base::Result<policy::DocumentRef> PolicyCache::Get(const std::string& json) {
  {
    base::MutexLock lock(state_->mutex);
    auto found = state_->by_text.find(json);
    if (found != state_->by_text.end()) {
      state_->by_use.splice(state_->by_use.begin(), state_->by_use, found->second);
      return found->second->document;
    }
  }
  ASSIGN_OR_RETURN(auto document, policy::Document::Parse(json, policy::DocumentKind::kResource));
  base::MutexLock lock(state_->mutex);
  // Another thread may have compiled the same text meanwhile.
  if (auto found = state_->by_text.find(json); found != state_->by_text.end())
    return found->second->document;
  if (state_->by_use.size() >= state_->documents_max) {
    state_->by_text.erase(state_->by_use.back().json);
    state_->by_use.pop_back();
  }
  state_->by_use.push_front({json, document});
  state_->by_text.emplace(state_->by_use.front().json, state_->by_use.begin());
  return document;
}

}  // namespace dray::access
