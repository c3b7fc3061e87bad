// SPDX-License-Identifier: Apache-2.0
#include "storage/kv/memory/memory_engine.h"

#include <map>
#include <mutex>
#include <shared_mutex>

#include "base/check.h"

namespace dray::kv_memory {

namespace {

using base::ErrorKind;
using Map = std::map<std::string, std::string, std::less<>>;

class MemoryEngine final : public kv::Engine {
 public:
  explicit MemoryEngine(Options options) : options_(options) {}

  kv::Capabilities capabilities() const override { return options_.capabilities; }

  base::Result<kv::CommitOutcome> Commit(kv::PartitionId, const kv::Batch& batch) override {
    std::unique_lock lock(mutex_);
    for (const kv::Guard& guard : batch.guards) {
      auto found = entries_.find(guard.key);
      bool holds = guard.expected.has_value()
                       ? found != entries_.end() && found->second == *guard.expected
                       : found == entries_.end();
      if (!holds) return kv::CommitOutcome::kGuardFailed;
    }
    for (const auto& [key, value] : batch.puts) {
      CHECK(!value.empty());
      entries_[key] = value;
    }
    for (const std::string& key : batch.deletes) entries_.erase(key);
    return kv::CommitOutcome::kCommitted;
  }

  base::Result<std::optional<std::string>> Get(kv::PartitionId, std::string_view key) override {
    std::shared_lock lock(mutex_);
    auto found = entries_.find(key);
    if (found == entries_.end()) return std::optional<std::string>();
    return std::optional<std::string>(found->second);
  }

  base::Result<std::vector<std::optional<std::string>>> MultiGet(
      kv::PartitionId, std::span<const std::string> keys) override {
    std::shared_lock lock(mutex_);
    std::vector<std::optional<std::string>> values;
    values.reserve(keys.size());
    for (const std::string& key : keys) {
      auto found = entries_.find(key);
      values.push_back(found == entries_.end() ? std::nullopt : std::optional(found->second));
    }
    return values;
  }

  base::Status ReadRange(kv::PartitionId, std::string_view from, std::string_view to,
                         kv::Direction direction, const kv::ReadLimits& limits,
                         kv::Page& page) override {
    page.Clear();
    std::shared_lock lock(mutex_);
    auto first = entries_.lower_bound(from);
    auto end = to.empty() ? entries_.end() : entries_.lower_bound(to);
    if (!to.empty() && to <= from) return base::Ok();
    if (direction == kv::Direction::kForward) {
      while (first != end && Fits(limits, page)) {
        page.Add(first->first, first->second);
        ++first;
      }
    } else {
      if (!options_.capabilities.reverse_read) {
        return base::Error{ErrorKind::kInternal, "this engine cannot read backwards"};
      }
      while (first != end && Fits(limits, page)) {
        --end;
        page.Add(end->first, end->second);
      }
    }
    page.set_is_last(first == end);
    return base::Ok();
  }

  base::Status DeleteRange(kv::PartitionId, std::string_view from, std::string_view to) override {
    std::unique_lock lock(mutex_);
    if (!to.empty() && to <= from) return base::Ok();
    entries_.erase(entries_.lower_bound(from),
                   to.empty() ? entries_.end() : entries_.lower_bound(to));
    return base::Ok();
  }

  base::Result<std::unique_ptr<kv::BulkLoad>> StartBulkLoad(kv::PartitionId) override;

  base::Result<uint64_t> EstimateBytes(std::string_view from, std::string_view to) override {
    std::shared_lock lock(mutex_);
    uint64_t bytes = 0;
    for (auto at = entries_.lower_bound(from);
         at != entries_.end() && (to.empty() || at->first < to); ++at) {
      bytes += at->first.size() + at->second.size();
    }
    return bytes;
  }

  kv::Statistics statistics() override {
    std::shared_lock lock(mutex_);
    kv::Statistics statistics;
    for (const auto& [key, value] : entries_) statistics.memory_bytes += key.size() + value.size();
    return statistics;
  }

  void Merge(Map&& loaded) {
    std::unique_lock lock(mutex_);
    for (auto& [key, value] : loaded) entries_[key] = std::move(value);
  }

 private:
  static bool Fits(const kv::ReadLimits& limits, const kv::Page& page) {
    return page.size() == 0 ||
           (page.size() < limits.entries_max && page.bytes() < limits.bytes_max);
  }

  const Options options_;
  // std::shared_mutex: readers in parallel; the annotated Mutex has no shared mode.
  std::shared_mutex mutex_;
  Map entries_;
};

class MemoryBulkLoad final : public kv::BulkLoad {
 public:
  explicit MemoryBulkLoad(MemoryEngine& engine) : engine_(engine) {}
  base::Status Add(std::string_view key, std::string_view value) override {
    CHECK(loaded_.empty() || loaded_.rbegin()->first < key);
    CHECK(!value.empty());
    loaded_.emplace_hint(loaded_.end(), key, value);
    return base::Ok();
  }
  base::Status Finish() override {
    engine_.Merge(std::move(loaded_));
    return base::Ok();
  }

 private:
  MemoryEngine& engine_;
  Map loaded_;
};

base::Result<std::unique_ptr<kv::BulkLoad>> MemoryEngine::StartBulkLoad(kv::PartitionId) {
  return std::unique_ptr<kv::BulkLoad>(std::make_unique<MemoryBulkLoad>(*this));
}

}  // namespace

std::unique_ptr<kv::Engine> MakeMemoryEngine(Options options) {
  return std::make_unique<MemoryEngine>(options);
}

}  // namespace dray::kv_memory
