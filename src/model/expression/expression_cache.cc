// SPDX-License-Identifier: Apache-2.0
#include "model/expression/expression_cache.h"

#include <algorithm>
#include <functional>
#include <list>
#include <unordered_map>
#include <utility>

#include "base/mutex.h"
#include "model/expression/tree.h"

namespace dray::expression {

namespace {

// The key of an entry is the text inside of its own tree.
struct Key {
  Kind kind;
  std::string_view text;
  bool operator==(const Key&) const = default;
};
struct KeyHash {
  size_t operator()(const Key& key) const {
    return std::hash<std::string_view>()(key.text) * 5 + static_cast<size_t>(key.kind);
  }
};

}  // namespace

class ExpressionCache::Shard {
 public:
  explicit Shard(size_t entries_max) : entries_max_(entries_max) {}

  std::shared_ptr<const Tree> Find(const Key& key) {
    base::MutexLock lock(mutex_);
    auto found = entries_.find(key);
    if (found == entries_.end()) {
      ++misses_;
      return nullptr;
    }
    ++hits_;
    order_.splice(order_.begin(), order_, found->second);
    return *found->second;
  }

  void Add(std::shared_ptr<const Tree> tree) {
    base::MutexLock lock(mutex_);
    Key key{tree->kind, tree->text};
    if (entries_.contains(key)) return;  // another thread parsed it meanwhile
    if (entries_.size() >= entries_max_) {
      entries_.erase(Key{order_.back()->kind, order_.back()->text});
      order_.pop_back();
    }
    order_.push_front(std::move(tree));
    entries_.emplace(key, order_.begin());
  }

  void AddCounts(Counts& counts) {
    base::MutexLock lock(mutex_);
    counts.hits += hits_;
    counts.misses += misses_;
    counts.entries += entries_.size();
  }

 private:
  using Order = std::list<std::shared_ptr<const Tree>>;

  const size_t entries_max_;
  base::Mutex mutex_;
  Order order_ GUARDED_BY(mutex_);  // the most recently used first
  std::unordered_map<Key, Order::iterator, KeyHash> entries_ GUARDED_BY(mutex_);
  uint64_t hits_ GUARDED_BY(mutex_) = 0;
  uint64_t misses_ GUARDED_BY(mutex_) = 0;
};

ExpressionCache::ExpressionCache(size_t entries_max) {
  size_t per_shard = std::max<size_t>(1, entries_max / kShards);
  for (size_t i = 0; i < kShards; ++i) shards_.push_back(std::make_unique<Shard>(per_shard));
}

ExpressionCache::~ExpressionCache() = default;

base::Result<std::shared_ptr<const Tree>> ExpressionCache::Get(Kind kind, std::string_view text) {
  Key key{kind, text};
  // Other bits than those that choose the bucket inside.
  Shard& shard = *shards_[(KeyHash()(key) >> 40) % kShards];
  if (std::shared_ptr<const Tree> tree = shard.Find(key)) return tree;
  ASSIGN_OR_RETURN(std::shared_ptr<const Tree> tree, Parse(kind, text));
  shard.Add(tree);
  return tree;
}

ExpressionCache::Counts ExpressionCache::counts() const {
  Counts counts;
  for (const auto& shard : shards_) shard->AddCounts(counts);
  return counts;
}

}  // namespace dray::expression
