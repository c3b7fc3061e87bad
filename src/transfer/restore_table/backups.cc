// SPDX-License-Identifier: Apache-2.0
// A system backup is CREATING while its table is being deleted: its record comes first, with a pin,
// and gets the time of its cut when no write can come any more. So a crash leaves either a deleted
// table with its backup, to be finished at the next start, or a table and a record to be removed.
#include "transfer/restore_table/backups.h"

#include <map>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "base/random.h"
#include "format/export_layout/export_layout.h"
#include "transfer/restore_table/backup_record.h"

namespace dray::restore_table {
namespace {

constexpr int64_t kSystemBackupLifeMicros = 35 * base::kMicrosPerDay;
constexpr std::string_view kSystemBackupSuffix = "$DeletedTableBackup";

base::Error NotFound(std::string_view arn) {
  return {base::ErrorKind::kNotFound, "Backup not found: " + std::string(arn),
          reason::kBackupNotFound};
}

class BackupsInKv final : public Backups {
 public:
  BackupsInKv(table::Tables& tables, table::ServiceClock& clock, kv::Engine& engine,
              std::string region)
      : tables_(tables), clock_(clock), engine_(engine), region_(std::move(region)) {}

  base::Status Resume();
  base::Result<Backup> Create(const table::TableRef& table, std::string_view name) override;
  base::Result<std::optional<Backup>> Find(std::string_view arn) override;
  base::Result<std::vector<Backup>> List(std::string_view account, const BackupFilter& filter,
                                         std::string_view start_after, size_t count_max) override;
  base::Result<Backup> Delete(std::string_view arn) override;
  base::Status DeleteTable(const table::TableRef& table) override;
  base::Status ExpireBackups() override;
  base::Result<Backup> Hold(std::string_view arn) override;
  void Release(std::string_view arn) override;

 private:
  std::string ArnPrefix(std::string_view account) const {
    return "arn:aws:dynamodb:" + region_ + ":" + std::string(account) + ":table/";
  }
  base::Result<Backup> Begin(const table::TableRef& table, std::string name, BackupType type);
  base::Status ResumeOne(Backup backup);
  base::Status EndSystemBackup(const table::TableRef& table, Backup backup);
  base::Status Store(const Backup& backup);
  base::Status Remove(const Backup& backup);
  base::Result<Backup> FindToUse(std::string_view arn) REQUIRES(mutex_);
  // Calls `read(backup)`, in the order of their ARNs, until it returns false.
  template <class Read>
  base::Status ForEach(const std::string& from, const std::string& prefix, Read read);

  table::Tables& tables_;
  table::ServiceClock& clock_;
  kv::Engine& engine_;
  const std::string region_;
  // Held from the look at a backup to its removal.
  base::Mutex mutex_;
  std::map<std::string, int, std::less<>> holds_ GUARDED_BY(mutex_);  // by ARN
};

base::Status BackupsInKv::Resume() {
  std::vector<Backup> backups;
  RETURN_IF_ERROR(ForEach(BackupPrefix(), BackupPrefix(), [&](Backup backup) {
    backups.push_back(std::move(backup));
    return true;
  }));
  for (Backup& backup : backups) RETURN_IF_ERROR(ResumeOne(std::move(backup)));
  return base::Ok();
}

base::Status BackupsInKv::ResumeOne(Backup backup) {
  tables_.Pin(backup.table.number, backup.arn, backup.cut_micros);
  if (backup.status == BackupStatus::kAvailable) return base::Ok();
  auto table = tables_.FindByNumber(backup.table.number);
  if (!table && table.error().kind != base::ErrorKind::kNotFound) return table.error();
  const bool is_deleted = table && tables_.Describe(*table).status == table::TableStatus::kDeleting;
  if (is_deleted) return EndSystemBackup(*table, std::move(backup));
  return Remove(backup);  // the table was not deleted after all
}

// With the cut of now, pinned; nothing is stored yet.
base::Result<Backup> BackupsInKv::Begin(const table::TableRef& table, std::string name,
                                        BackupType type) {
  Backup backup;
  backup.name = std::move(name);
  backup.type = type;
  backup.table = tables_.Describe(table);
  ASSIGN_OR_RETURN(backup.created_at_micros, clock_.Issue());
  backup.arn = ArnPrefix(backup.table.account) + backup.table.name + "/backup/" +
               export_layout::MakeExportId(backup.created_at_micros, base::RandomHex(8));
  ASSIGN_OR_RETURN(backup.cut_micros, tables_.PinNow(table, backup.arn));
  return backup;
}

base::Result<Backup> BackupsInKv::Create(const table::TableRef& table, std::string_view name) {
  ASSIGN_OR_RETURN(Backup backup, Begin(table, std::string(name), BackupType::kUser));
  backup.status = BackupStatus::kAvailable;
  const table::TableMetrics metrics = tables_.Metrics(table);
  backup.item_count = metrics.item_count;
  backup.size_bytes = metrics.size_bytes;
  auto settings = tables_.DescriptorAt(table, backup.cut_micros);
  base::Status stored = base::Ok();
  if (settings) {
    backup.table = *std::move(settings);
    stored = Store(backup);
  } else {
    stored = std::move(settings).error();
  }
  if (!stored) {
    tables_.Unpin(backup.table.number, backup.arn);
    return std::move(stored).error();
  }
  return backup;
}

base::Status BackupsInKv::DeleteTable(const table::TableRef& table) {
  const table::TableDescriptor descriptor = tables_.Describe(table);
  if (!descriptor.recovery.is_enabled) return tables_.Delete(table);
  ASSIGN_OR_RETURN(Backup backup, Begin(table, descriptor.name + std::string(kSystemBackupSuffix),
                                        BackupType::kSystem));
  backup.expires_at_micros = backup.created_at_micros + kSystemBackupLifeMicros;
  base::Status deleted = Store(backup);
  if (deleted) {
    deleted = tables_.Delete(table);
    if (!deleted) {
      if (auto removed = Remove(backup); !removed) {
        base::log::Error("a backup of a table that was not deleted stays until the next start",
                         {{"backup", backup.arn}, {"error", removed.error().message}});
      }
    }
  } else {
    tables_.Unpin(descriptor.number, backup.arn);
  }
  if (!deleted) return deleted;
  if (auto ended = EndSystemBackup(table, backup); !ended) {
    // The table is gone and pinned: its backup is finished at the next start.
    base::log::Error("a deleted table's backup could not be finished",
                     {{"backup", backup.arn}, {"error", ended.error().message}});
  }
  return base::Ok();
}

base::Status BackupsInKv::EndSystemBackup(const table::TableRef& table, Backup backup) {
  ASSIGN_OR_RETURN(backup.cut_micros, clock_.Issue());
  const table::TableMetrics metrics = tables_.Metrics(table);
  backup.item_count = metrics.item_count;
  backup.size_bytes = metrics.size_bytes;
  backup.status = BackupStatus::kAvailable;
  RETURN_IF_ERROR(Store(backup));
  tables_.Pin(backup.table.number, backup.arn, backup.cut_micros);
  return base::Ok();
}

base::Result<std::optional<Backup>> BackupsInKv::Find(std::string_view arn) {
  const std::string key = BackupKey(arn);
  ASSIGN_OR_RETURN(auto value, engine_.Get(kv::kSystemPartition, key));
  if (!value) return std::optional<Backup>();
  ASSIGN_OR_RETURN(Backup backup, DecodeBackup(key, *value));
  return std::optional<Backup>(std::move(backup));
}

base::Result<std::vector<Backup>> BackupsInKv::List(std::string_view account,
                                                    const BackupFilter& filter,
                                                    std::string_view start_after,
                                                    size_t count_max) {
  std::string prefix = ArnPrefix(account);
  if (!filter.table_name.empty()) prefix += filter.table_name + "/backup/";
  prefix = BackupPrefix(prefix);
  std::string from = prefix;
  if (!start_after.empty()) from = std::max(from, BackupKey(start_after) + '\0');
  std::vector<Backup> backups;
  RETURN_IF_ERROR(ForEach(from, prefix, [&](Backup backup) {
    if ((!filter.type || backup.type == *filter.type) &&
        backup.created_at_micros >= filter.from_micros &&
        backup.created_at_micros < filter.before_micros) {
      backups.push_back(std::move(backup));
    }
    return backups.size() < count_max;
  }));
  return backups;
}

base::Result<Backup> BackupsInKv::FindToUse(std::string_view arn) {
  ASSIGN_OR_RETURN(auto backup, Find(arn));
  if (!backup) return NotFound(arn);
  if (backup->status == BackupStatus::kAvailable) return *std::move(backup);
  return base::Error{base::ErrorKind::kInUse,
                     "Backup is being created. Backup: " + std::string(arn), reason::kBackupInUse};
}

base::Result<Backup> BackupsInKv::Delete(std::string_view arn) {
  base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(Backup backup, FindToUse(arn));
  if (holds_.contains(arn)) {
    return base::Error{base::ErrorKind::kInUse,
                       "Backup is being used to restore a table. Backup: " + std::string(arn),
                       reason::kBackupInUse};
  }
  RETURN_IF_ERROR(Remove(backup));
  backup.status = BackupStatus::kDeleted;
  return backup;
}

base::Result<Backup> BackupsInKv::Hold(std::string_view arn) {
  base::MutexLock lock(mutex_);
  ASSIGN_OR_RETURN(Backup backup, FindToUse(arn));
  ++holds_[std::string(arn)];
  return backup;
}

void BackupsInKv::Release(std::string_view arn) {
  base::MutexLock lock(mutex_);
  auto found = holds_.find(arn);
  CHECK(found != holds_.end());
  if (--found->second == 0) holds_.erase(found);
}

base::Status BackupsInKv::ExpireBackups() {
  const int64_t now = clock_.NowMicros();
  std::vector<std::string> due;
  RETURN_IF_ERROR(ForEach(BackupPrefix(), BackupPrefix(), [&](const Backup& backup) {
    if (backup.expires_at_micros != 0 && backup.expires_at_micros <= now) due.push_back(backup.arn);
    return true;
  }));
  for (const std::string& arn : due) {
    auto deleted = Delete(arn);
    if (deleted) {
      base::log::Info("backup expired", {{"backup", arn}});
    } else if (deleted.error().reason != reason::kBackupInUse &&  // until the restore is done
               deleted.error().reason != reason::kBackupNotFound) {
      return deleted.error();
    }
  }
  return base::Ok();
}

base::Status BackupsInKv::Store(const Backup& backup) {
  kv::Batch batch;
  batch.puts.emplace_back(BackupKey(backup.arn), EncodeBackup(backup));
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
  CHECK(outcome == kv::CommitOutcome::kCommitted);
  return base::Ok();
}

base::Status BackupsInKv::Remove(const Backup& backup) {
  kv::Batch batch;
  batch.deletes.push_back(BackupKey(backup.arn));
  ASSIGN_OR_RETURN(auto outcome, engine_.Commit(kv::kSystemPartition, batch));
  CHECK(outcome == kv::CommitOutcome::kCommitted);
  tables_.Unpin(backup.table.number, backup.arn);
  return base::Ok();
}

template <class Read>
base::Status BackupsInKv::ForEach(const std::string& first, const std::string& prefix, Read read) {
  std::string from = first;
  const std::string to = kv::PrefixEnd(prefix);
  kv::Page page;
  do {
    if (from >= to) break;
    RETURN_IF_ERROR(engine_.ReadRange(kv::kSystemPartition, from, to, kv::Direction::kForward,
                                      kv::ReadLimits(), page));
    for (size_t i = 0; i < page.size(); ++i) {
      ASSIGN_OR_RETURN(Backup backup, DecodeBackup(page.key(i), page.value(i)));
      if (!read(std::move(backup))) return base::Ok();
    }
    if (page.size() > 0) from = std::string(page.key(page.size() - 1)).append(1, '\0');
  } while (!page.is_last());
  return base::Ok();
}

}  // namespace

base::Result<std::unique_ptr<Backups>> Backups::Make(table::Tables& tables,
                                                     table::ServiceClock& clock, kv::Engine& engine,
                                                     std::string region) {
  auto backups = std::make_unique<BackupsInKv>(tables, clock, engine, std::move(region));
  RETURN_IF_ERROR(backups->Resume());
  return std::unique_ptr<Backups>(std::move(backups));
}

}  // namespace dray::restore_table
