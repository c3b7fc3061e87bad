// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/source_budget.h"

namespace dray::import_table {

uint64_t SourceBudget::UsedByOthers(const std::string& account,
                                    const std::string& import_arn) const {
  uint64_t used = 0;
  for (const auto& [arn, source] : in_flight_) {
    if (source.first == account && arn != import_arn) used += source.second;
  }
  return used;
}

base::Status SourceBudget::Take(const std::string& account, const std::string& import_arn,
                                uint64_t bytes) {
  base::MutexLock lock(mutex_);
  const uint64_t used = UsedByOthers(account, import_arn);
  // Not as a sum: `bytes` may be anything.
  if (used > bytes_max_ || bytes > bytes_max_ - used) {
    return base::Error{base::ErrorKind::kLimitExceeded,
                       "The source objects have " + std::to_string(bytes) +
                           " bytes, those of the account's other imports in progress " +
                           std::to_string(used) + "; together they may have " +
                           std::to_string(bytes_max_) +
                           ". Import them one after another, or a part at a time",
                       {}};
  }
  in_flight_[import_arn] = {account, bytes};
  return base::Ok();
}

void SourceBudget::Keep(const std::string& account, const std::string& import_arn, uint64_t bytes) {
  base::MutexLock lock(mutex_);
  in_flight_[import_arn] = {account, bytes};
}

void SourceBudget::Release(const std::string& import_arn) {
  base::MutexLock lock(mutex_);
  in_flight_.erase(import_arn);
}

}  // namespace dray::import_table
