// SPDX-License-Identifier: Apache-2.0
// For tests: an engine that gives small pages, counts what is read, and asks before it commits.
#pragma once

#include <algorithm>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

#include "storage/kv/engine.h"

namespace dray::table {

class TestEngine final : public kv::Engine {
 public:
  explicit TestEngine(std::unique_ptr<kv::Engine> under) : under_(std::move(under)) {}

  // At most so many entries a page, differing from page to page; 0: as asked for.
  std::atomic<size_t> page_entries_max{0};
  std::atomic<size_t> change_index_entries_read{0};
  // Runs before each commit, in the committing thread; an error is what the commit returns.
  using BeforeCommit = std::function<base::Status(const kv::Batch&)>;
  void set_before_commit(BeforeCommit before) {
    std::lock_guard lock(mutex_);
    // shared: a commit may be inside the old one
    before_commit_ = std::make_shared<const BeforeCommit>(std::move(before));
  }

  kv::Capabilities capabilities() const override { return under_->capabilities(); }
  base::Result<kv::CommitOutcome> Commit(kv::PartitionId partition,
                                         const kv::Batch& batch) override {
    std::shared_ptr<const BeforeCommit> before;
    {
      std::lock_guard lock(mutex_);
      before = before_commit_;
    }
    if (before && *before) RETURN_IF_ERROR((*before)(batch));
    return under_->Commit(partition, batch);
  }
  base::Result<std::optional<std::string>> Get(kv::PartitionId partition,
                                               std::string_view key) override {
    return under_->Get(partition, key);
  }
  base::Result<std::vector<std::optional<std::string>>> MultiGet(
      kv::PartitionId partition, std::span<const std::string> keys) override {
    return under_->MultiGet(partition, keys);
  }
  base::Status ReadRange(kv::PartitionId partition, std::string_view from, std::string_view to,
                         kv::Direction direction, const kv::ReadLimits& limits,
                         kv::Page& page) override {
    kv::ReadLimits smaller = limits;
    if (size_t most = page_entries_max) {
      smaller.entries_max = std::min(limits.entries_max, 1 + pages_++ % most);
    }
    RETURN_IF_ERROR(under_->ReadRange(partition, from, to, direction, smaller, page));
    if (!from.empty() && from[0] == 'x') change_index_entries_read += page.size();
    return base::Ok();
  }
  base::Status DeleteRange(kv::PartitionId partition, std::string_view from,
                           std::string_view to) override {
    return under_->DeleteRange(partition, from, to);
  }
  base::Result<std::unique_ptr<kv::BulkLoad>> StartBulkLoad(kv::PartitionId partition) override {
    return under_->StartBulkLoad(partition);
  }
  base::Result<uint64_t> EstimateBytes(std::string_view from, std::string_view to) override {
    return under_->EstimateBytes(from, to);
  }
  kv::Statistics statistics() override { return under_->statistics(); }

  // All keys of a family, small as tests are.
  size_t CountKeys(char family) { return CountKeys(std::string(1, family)); }
  size_t CountKeys(const std::string& prefix) {
    kv::Page page;
    kv::ReadLimits all{.entries_max = SIZE_MAX, .bytes_max = SIZE_MAX};
    auto read =
        under_->ReadRange(0, prefix, kv::PrefixEnd(prefix), kv::Direction::kForward, all, page);
    return read ? page.size() : SIZE_MAX;
  }

 private:
  const std::unique_ptr<kv::Engine> under_;
  std::atomic<size_t> pages_{0};
  std::mutex mutex_;
  std::shared_ptr<const BeforeCommit> before_commit_;
};

}  // namespace dray::table
