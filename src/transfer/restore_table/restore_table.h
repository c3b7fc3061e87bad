// SPDX-License-Identifier: Apache-2.0
// Restores: acceptance (checks, the new table CREATING, a durable job) and the job, which copies a
// cut of a table (a second of its recovery window, or a backup) into the new table through the bulk
// loader, builds the indexes and makes the table ACTIVE. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "security/access/access.h"
#include "storage/table/service_clock.h"
#include "storage/table/table.h"
#include "transfer/jobs/jobs.h"
#include "transfer/restore_table/backups.h"

namespace dray::restore_table {

namespace reason {
inline constexpr std::string_view kSourceNotFound = "restore_source_not_found";  // TableNotFound
inline constexpr std::string_view kRecoveryOff =
    "restore_recovery_off";  // PointInTimeRecoveryUnavailableException
inline constexpr std::string_view kInvalidTime =
    "restore_invalid_time";  // InvalidRestoreTimeException
inline constexpr std::string_view kTargetExists =
    "restore_target_exists";  // TableAlreadyExistsException
inline constexpr std::string_view kTargetInUse = "restore_target_in_use";  // TableInUseException
inline constexpr std::string_view kTooMany = "restore_too_many";           // LimitExceededException
}  // namespace reason

struct RestoreRequest {
  // One of the two: a table of the caller's account with recovery on, or a backup.
  std::string source_table;
  std::string backup_arn;
  std::optional<int64_t> time_micros;  // of a table; nullopt: LatestRestorableDateTime
  // From the settings of the cut to those of the new table, name and account included; ids, times
  // and statuses are set here. Runs after the checks of the source and before those of the target;
  // its errors end the request.
  std::function<base::Result<table::TableDescriptor>(const table::TableDescriptor& source)>
      make_table;
};

// What a table tells while it is being restored.
struct RestoreSummary {
  std::string source_table_arn;
  std::string source_backup_arn;  // or empty
  int64_t time_micros = 0;        // of the backup: when it was made
};

struct Options {
  unsigned threads = 0;                      // 0 = cores
  size_t concurrent_max = 50;                // of an account, as on AWS
  uint64_t range_bytes = 64ull << 20;        // about what one thread takes at a time
  uint64_t checkpoint_bytes = 256ull << 20;  // items copied between two checkpoints
};

class Restores {
 public:
  // Registers its runner with `jobs` and pins again, and holds the backups of, what is unfinished.
  // The references outlive it.
  static base::Result<std::unique_ptr<Restores>> Make(table::Tables& tables, Backups& backups,
                                                      jobs::Jobs& jobs, table::ServiceClock& clock,
                                                      std::string region, Options options);
  virtual ~Restores() = default;
  // Contract section 3.3: recovery, time, target, quota. The new table, CREATING.
  virtual base::Result<table::TableRef> Start(const access::Caller& caller,
                                              const RestoreRequest& request) = 0;
  // Of a table that a job is restoring, by its id.
  virtual std::optional<RestoreSummary> SummaryOf(std::string_view table_id) = 0;
};

}  // namespace dray::restore_table
