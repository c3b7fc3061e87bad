// SPDX-License-Identifier: Apache-2.0
// On-demand backups, and the system backup that a deleted table leaves. A backup is a record and a
// pin of its cut on the table's change log (docs/decisions/0015): made at once, exact whatever
// happens to the table afterwards. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "storage/kv/engine.h"
#include "storage/table/service_clock.h"
#include "storage/table/table.h"

namespace dray::restore_table {

namespace reason {
inline constexpr std::string_view kBackupNotFound = "backup_not_found";  // BackupNotFoundException
inline constexpr std::string_view kBackupInUse = "backup_in_use";        // BackupInUseException
}  // namespace reason

// Stored: never renumber.
enum class BackupType : uint8_t { kUser = 0, kSystem = 1 };
enum class BackupStatus : uint8_t { kCreating = 0, kAvailable = 1, kDeleted = 2 };

struct Backup {
  std::string arn;  // its key
  std::string name;
  BackupType type = BackupType::kUser;
  BackupStatus status = BackupStatus::kCreating;
  int64_t created_at_micros = 0;
  int64_t expires_at_micros = 0;  // 0: never
  int64_t cut_micros = 0;         // what it holds: the writes with time < this
  uint64_t item_count = 0;        // of the table when it was made
  uint64_t size_bytes = 0;
  table::TableDescriptor table;  // the settings of the cut
};

struct BackupFilter {
  std::string table_name;          // empty: all tables
  std::optional<BackupType> type;  // nullopt: all types
  int64_t from_micros = INT64_MIN;
  int64_t before_micros = INT64_MAX;
};

class Backups {
 public:
  // Pins the cuts of all backups again and ends what a crash has left half done. The references
  // outlive it.
  static base::Result<std::unique_ptr<Backups>> Make(table::Tables& tables,
                                                     table::ServiceClock& clock, kv::Engine& engine,
                                                     std::string region);
  virtual ~Backups() = default;

  // Durable and AVAILABLE when it returns; the table must be ACTIVE.
  virtual base::Result<Backup> Create(const table::TableRef& table, std::string_view name) = 0;
  // nullopt: unknown, or deleted.
  virtual base::Result<std::optional<Backup>> Find(std::string_view arn) = 0;
  // In the order of their ARNs, that is by table and then by age: at most `count_max` behind
  // `start_after`, which need not exist any more.
  virtual base::Result<std::vector<Backup>> List(std::string_view account,
                                                 const BackupFilter& filter,
                                                 std::string_view start_after,
                                                 size_t count_max) = 0;
  // Returns it as it was, DELETED. kBackupNotFound, kBackupInUse.
  virtual base::Result<Backup> Delete(std::string_view arn) = 0;

  // Deletes a table; one with recovery on leaves a system backup of its last moment.
  virtual base::Status DeleteTable(const table::TableRef& table) = 0;
  // Deletes the backups whose time has come; called in the background.
  virtual base::Status ExpireBackups() = 0;

  // While a backup is held (by a restore) it is not deleted. Same errors as Delete.
  virtual base::Result<Backup> Hold(std::string_view arn) = 0;
  virtual void Release(std::string_view arn) = 0;
};

}  // namespace dray::restore_table
