// SPDX-License-Identifier: Apache-2.0
// How many bytes the sources of an account's imports have together while they are read, as they are
// stored (contract section 4.9). Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "base/result.h"

namespace dray::import_table {

class SourceBudget {
 public:
  // `bytes_max`: of one account.
  explicit SourceBudget(uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // Counts an import from now on. kLimitExceeded, and nothing is counted, when that is too much.
  base::Status Take(const std::string& account, const std::string& import_arn, uint64_t bytes);
  // One that was accepted before: it is counted whatever the others have.
  void Keep(const std::string& account, const std::string& import_arn, uint64_t bytes);
  void Release(const std::string& import_arn);

 private:
  uint64_t UsedByOthers(const std::string& account, const std::string& import_arn) const
      REQUIRES(mutex_);

  const uint64_t bytes_max_;
  base::Mutex mutex_;
  // By ARN: account and bytes.
  std::map<std::string, std::pair<std::string, uint64_t>> in_flight_ GUARDED_BY(mutex_);
};

}  // namespace dray::import_table
