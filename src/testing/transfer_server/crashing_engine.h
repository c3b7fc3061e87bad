// SPDX-License-Identifier: Apache-2.0
// An engine in memory that dies on command: from the n-th change on nothing is written any more, as
// if the process had been killed there. What was written stays. Thread-safe.
#pragma once

#include <atomic>
#include <memory>

#include "storage/kv/engine.h"

namespace dray::testing {

class CrashingEngine final : public kv::Engine {
 public:
  CrashingEngine();

  // The n-th of the following changes (1 = the next one) and all after it fail.
  void CrashAt(uint64_t n);
  void Recover();  // the next process
  bool has_crashed() const { return has_crashed_; }
  uint64_t changes() const { return changes_; }  // since CrashAt or Recover

  kv::Capabilities capabilities() const override { return under_->capabilities(); }
  base::Result<kv::CommitOutcome> Commit(kv::PartitionId partition,
                                         const kv::Batch& batch) override;
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
    return under_->ReadRange(partition, from, to, direction, limits, page);
  }
  base::Status DeleteRange(kv::PartitionId partition, std::string_view from,
                           std::string_view to) override;
  base::Result<std::unique_ptr<kv::BulkLoad>> StartBulkLoad(kv::PartitionId partition) override;
  base::Result<uint64_t> EstimateBytes(std::string_view from, std::string_view to) override {
    return under_->EstimateBytes(from, to);
  }
  kv::Statistics statistics() override { return under_->statistics(); }

 private:
  friend class CrashingBulkLoad;
  base::Status CountChange();

  const std::unique_ptr<kv::Engine> under_;
  std::atomic<uint64_t> changes_{0};
  std::atomic<uint64_t> crash_at_{0};  // 0: never
  std::atomic<bool> has_crashed_{false};
};

}  // namespace dray::testing
