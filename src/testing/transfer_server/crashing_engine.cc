// SPDX-License-Identifier: Apache-2.0
#include "testing/transfer_server/crashing_engine.h"

#include "storage/kv/memory/memory_engine.h"

namespace dray::testing {

class CrashingBulkLoad final : public kv::BulkLoad {
 public:
  CrashingBulkLoad(CrashingEngine& engine, std::unique_ptr<kv::BulkLoad> under)
      : engine_(engine), under_(std::move(under)) {}
  base::Status Add(std::string_view key, std::string_view value) override {
    return under_->Add(key, value);
  }
  base::Status Finish() override {
    RETURN_IF_ERROR(engine_.CountChange());
    return under_->Finish();
  }

 private:
  CrashingEngine& engine_;
  std::unique_ptr<kv::BulkLoad> under_;
};

CrashingEngine::CrashingEngine() : under_(kv_memory::MakeMemoryEngine()) {}

void CrashingEngine::CrashAt(uint64_t n) {
  changes_ = 0;
  crash_at_ = n;
}

void CrashingEngine::Recover() {
  crash_at_ = 0;
  changes_ = 0;
  has_crashed_ = false;
}

base::Status CrashingEngine::CountChange() {
  const uint64_t crash_at = crash_at_;
  if (++changes_ < crash_at || crash_at == 0) return base::Ok();
  has_crashed_ = true;
  return base::Error{base::ErrorKind::kIo, "The process was killed", {}};
}

base::Result<kv::CommitOutcome> CrashingEngine::Commit(kv::PartitionId partition,
                                                       const kv::Batch& batch) {
  RETURN_IF_ERROR(CountChange());
  return under_->Commit(partition, batch);
}

base::Status CrashingEngine::DeleteRange(kv::PartitionId partition, std::string_view from,
                                         std::string_view to) {
  RETURN_IF_ERROR(CountChange());
  return under_->DeleteRange(partition, from, to);
}

base::Result<std::unique_ptr<kv::BulkLoad>> CrashingEngine::StartBulkLoad(
    kv::PartitionId partition) {
  ASSIGN_OR_RETURN(auto load, under_->StartBulkLoad(partition));
  return std::unique_ptr<kv::BulkLoad>(std::make_unique<CrashingBulkLoad>(*this, std::move(load)));
}

}  // namespace dray::testing
