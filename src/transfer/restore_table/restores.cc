// SPDX-License-Identifier: Apache-2.0
// Acceptance of restores, and what is known of those under way.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/log.h"
#include "base/mutex.h"
#include "base/random.h"
#include "base/text_encoding.h"
#include "format/export_layout/export_layout.h"
#include "transfer/restore_table/accepted_restore.h"
#include "transfer/restore_table/restore_job.h"
#include "transfer/restore_table/restore_table.h"

namespace dray::restore_table {
namespace {

constexpr std::string_view kType = "restore";

class RestoresOverJobs final : public Restores {
 public:
  RestoresOverJobs(table::Tables& tables, Backups& backups, jobs::Jobs& jobs,
                   table::ServiceClock& clock, std::string region, Options options)
      : tables_(tables),
        backups_(backups),
        jobs_(jobs),
        clock_(clock),
        region_(std::move(region)),
        options_(options) {}

  base::Status Register();
  base::Result<table::TableRef> Start(const access::Caller& caller,
                                      const RestoreRequest& request) override;
  std::optional<RestoreSummary> SummaryOf(std::string_view table_id) override {
    base::MutexLock lock(mutex_);
    auto found = running_.find(table_id);
    if (found == running_.end()) return std::nullopt;
    return found->second;
  }

 private:
  std::string TableArn(std::string_view account, std::string_view name) const {
    return "arn:aws:dynamodb:" + region_ + ":" + std::string(account) + ":table/" +
           std::string(name);
  }
  base::Result<jobs::Outcome> Run(jobs::Progress& progress);
  base::Result<int64_t> TimeOf(const table::TableRef& source, std::optional<int64_t> wanted);
  base::Result<table::TableDescriptor> FindTableSource(const access::Caller& caller,
                                                       const RestoreRequest& request,
                                                       AcceptedRestore& accepted);
  base::Result<table::TableDescriptor> FindBackupSource(const RestoreRequest& request,
                                                        AcceptedRestore& accepted);
  base::Status CheckTarget(const table::TableDescriptor& target);
  base::Status CheckQuota(std::string_view account);
  base::Status CheckIsReadable(const AcceptedRestore& accepted);
  base::Result<table::TableRef> Accept(const access::Caller& caller, const RestoreRequest& request,
                                       AcceptedRestore accepted,
                                       const table::TableDescriptor& settings);
  // Pins the cut and holds the backup, if it is one; gives both back, once.
  base::Status KeepCut(const std::string& arn, const AcceptedRestore& accepted);
  void GiveCutBack(const std::string& arn, const AcceptedRestore& accepted);

  table::Tables& tables_;
  Backups& backups_;
  jobs::Jobs& jobs_;
  table::ServiceClock& clock_;
  const std::string region_;
  const Options options_;
  base::Mutex mutex_;
  std::map<std::string, RestoreSummary, std::less<>> running_ GUARDED_BY(mutex_);  // by table id
  std::set<std::string> keeping_ GUARDED_BY(mutex_);  // jobs, by ARN, that keep their cut
  // Jobs whose table is being made by the request: they wait for it, so that none of them can fail
  // and remove the table before the request makes it.
  std::set<std::string, std::less<>> starting_ GUARDED_BY(mutex_);
  base::CondVar started_;
};

base::Status RestoresOverJobs::Register() {
  jobs_.RegisterRunner(std::string(kType),
                       [this](jobs::Progress& progress) { return Run(progress); });
  ASSIGN_OR_RETURN(auto unfinished, jobs_.Unfinished());
  for (const jobs::Record& record : unfinished) {
    if (record.type != kType) continue;
    ASSIGN_OR_RETURN(AcceptedRestore accepted, ParseAccepted(record.request_json));
    {
      base::MutexLock lock(mutex_);
      running_[accepted.table.table_id] = accepted.summary;
    }
    ASSIGN_OR_RETURN(bool needs_cut, NeedsItsCut(record));
    if (needs_cut) RETURN_IF_ERROR(KeepCut(record.arn, accepted));
  }
  return base::Ok();
}

base::Status RestoresOverJobs::KeepCut(const std::string& arn, const AcceptedRestore& accepted) {
  if (const std::string& backup = accepted.summary.source_backup_arn; !backup.empty()) {
    auto held = backups_.Hold(backup);
    if (!held) return std::move(held).error();
  }
  tables_.Pin(accepted.source_number, arn, accepted.cut_micros);
  base::MutexLock lock(mutex_);
  keeping_.insert(arn);
  return base::Ok();
}

void RestoresOverJobs::GiveCutBack(const std::string& arn, const AcceptedRestore& accepted) {
  {
    base::MutexLock lock(mutex_);
    if (keeping_.erase(arn) == 0) return;
  }
  tables_.Unpin(accepted.source_number, arn);
  if (const std::string& backup = accepted.summary.source_backup_arn; !backup.empty()) {
    backups_.Release(backup);
  }
}

base::Result<jobs::Outcome> RestoresOverJobs::Run(jobs::Progress& progress) {
  const std::string& arn = progress.record().arn;
  ASSIGN_OR_RETURN(AcceptedRestore accepted, ParseAccepted(progress.record().request_json));
  {
    base::MutexLock lock(mutex_);
    while (starting_.contains(arn)) started_.Wait(mutex_);
  }
  auto outcome = RunRestore(tables_, options_, progress, [&] { GiveCutBack(arn, accepted); });
  // An unfinished job goes on later, with what it keeps.
  if (outcome || outcome.error().kind != base::ErrorKind::kUnavailable) {
    GiveCutBack(arn, accepted);
    base::MutexLock lock(mutex_);
    running_.erase(accepted.table.table_id);
  }
  return outcome;
}

base::Result<table::TableRef> RestoresOverJobs::Start(const access::Caller& caller,
                                                      const RestoreRequest& request) {
  AcceptedRestore accepted;
  if (request.backup_arn.empty()) {
    ASSIGN_OR_RETURN(auto settings, FindTableSource(caller, request, accepted));
    return Accept(caller, request, std::move(accepted), settings);
  }
  ASSIGN_OR_RETURN(auto settings, FindBackupSource(request, accepted));
  auto table = Accept(caller, request, std::move(accepted), settings);
  // A job that was accepted holds the backup by itself.
  backups_.Release(request.backup_arn);
  return table;
}

base::Result<table::TableDescriptor> RestoresOverJobs::FindTableSource(
    const access::Caller& caller, const RestoreRequest& request, AcceptedRestore& accepted) {
  auto source = tables_.Find(caller.account(), request.source_table);
  if (!source) {
    if (source.error().kind != base::ErrorKind::kNotFound) return std::move(source).error();
    return base::Error{base::ErrorKind::kNotFound, "Table not found: " + request.source_table,
                       reason::kSourceNotFound};
  }
  const table::TableDescriptor descriptor = tables_.Describe(*source);
  if (!descriptor.recovery.is_enabled) {
    return base::Error{
        base::ErrorKind::kUnavailable,
        "Point in time recovery is not enabled for table '" + request.source_table + "'",
        reason::kRecoveryOff};
  }
  ASSIGN_OR_RETURN(accepted.cut_micros, TimeOf(*source, request.time_micros));
  accepted.source_number = descriptor.number;
  accepted.size_bytes = tables_.Metrics(*source).size_bytes;
  accepted.summary.source_table_arn = TableArn(descriptor.account, descriptor.name);
  accepted.summary.time_micros = accepted.cut_micros;
  return tables_.DescriptorAt(*source, accepted.cut_micros);
}

// Any time of the window up to now: what AWS cannot restore in its last five minutes is here.
base::Result<int64_t> RestoresOverJobs::TimeOf(const table::TableRef& source,
                                               std::optional<int64_t> wanted) {
  ASSIGN_OR_RETURN(auto window, tables_.RestorableWindow(source));
  if (!wanted) return window.latest_micros;
  const int64_t now = clock_.NowMicros();
  if (*wanted >= window.earliest_micros && *wanted <= now) return *wanted;
  return base::Error{base::ErrorKind::kInvalidArgument,
                     "An invalid restore time was specified. RestoreDateTime must be between " +
                         base::FormatIso8601Seconds(window.earliest_micros) + " and " +
                         base::FormatIso8601Seconds(now),
                     reason::kInvalidTime};
}

base::Result<table::TableDescriptor> RestoresOverJobs::FindBackupSource(
    const RestoreRequest& request, AcceptedRestore& accepted) {
  ASSIGN_OR_RETURN(Backup backup, backups_.Hold(request.backup_arn));
  accepted.cut_micros = backup.cut_micros;
  accepted.source_number = backup.table.number;
  accepted.size_bytes = backup.size_bytes;
  accepted.summary.source_table_arn = TableArn(backup.table.account, backup.table.name);
  accepted.summary.source_backup_arn = backup.arn;
  accepted.summary.time_micros = backup.created_at_micros;
  return std::move(backup.table);
}

base::Status RestoresOverJobs::CheckTarget(const table::TableDescriptor& target) {
  auto existing = tables_.Find(target.account, target.name);
  if (!existing) {
    if (existing.error().kind != base::ErrorKind::kNotFound) return std::move(existing).error();
    return base::Ok();
  }
  if (tables_.Describe(*existing).status == table::TableStatus::kCreating) {
    return base::Error{base::ErrorKind::kInUse, "Table is being created: " + target.name,
                       reason::kTargetInUse};
  }
  return base::Error{base::ErrorKind::kAlreadyExists, "Table already exists: " + target.name,
                     reason::kTargetExists};
}

base::Status RestoresOverJobs::CheckQuota(std::string_view account) {
  ASSIGN_OR_RETURN(auto unfinished, jobs_.Unfinished());
  const auto running =
      std::count_if(unfinished.begin(), unfinished.end(), [&](const jobs::Record& record) {
        return record.type == kType && record.account == account;
      });
  if (static_cast<size_t>(running) < options_.concurrent_max) return base::Ok();
  return base::Error{base::ErrorKind::kLimitExceeded,
                     "Too many restores are in progress: at most " +
                         std::to_string(options_.concurrent_max) + " may run at the same time",
                     reason::kTooMany};
}

base::Result<table::TableRef> RestoresOverJobs::Accept(const access::Caller& caller,
                                                       const RestoreRequest& request,
                                                       AcceptedRestore accepted,
                                                       const table::TableDescriptor& settings) {
  ASSIGN_OR_RETURN(accepted.table, request.make_table(settings));
  accepted.table.table_id = base::RandomUuid();
  RETURN_IF_ERROR(CheckTarget(accepted.table));
  RETURN_IF_ERROR(CheckQuota(caller.account()));

  jobs::Record record;
  ASSIGN_OR_RETURN(record.start_time_micros, clock_.Issue());
  record.type = kType;
  record.account = caller.account();
  record.table_arn = TableArn(accepted.table.account, accepted.table.name);
  record.arn = record.table_arn + "/restore/" +
               export_layout::MakeExportId(record.start_time_micros, base::RandomHex(8));
  record.request_json = RenderAccepted(accepted);
  record.caller_json = access::Serialize(caller);
  const std::string arn = record.arn;
  RETURN_IF_ERROR(KeepCut(arn, accepted));
  // The window may have moved on since the time was checked; from the pin on nothing is dropped.
  base::Status stored = CheckIsReadable(accepted);
  if (stored) {
    {
      base::MutexLock lock(mutex_);
      starting_.insert(arn);
      running_[accepted.table.table_id] = accepted.summary;
    }
    auto job = jobs_.Accept(std::move(record));
    if (!job) stored = std::move(job).error();
  }
  // The job makes the table too, should the server stop here; when another one has taken the name
  // meanwhile, both fail.
  base::Result<table::TableRef> target = base::Error{};
  if (stored) target = MakeTarget(tables_, accepted);
  if (!stored) GiveCutBack(arn, accepted);
  base::MutexLock lock(mutex_);
  starting_.erase(arn);
  started_.NotifyAll();
  if (stored) return target;
  running_.erase(accepted.table.table_id);
  return std::move(stored).error();
}

base::Status RestoresOverJobs::CheckIsReadable(const AcceptedRestore& accepted) {
  ASSIGN_OR_RETURN(auto source, tables_.FindByNumber(accepted.source_number));
  auto view = tables_.OpenView(source, accepted.cut_micros);
  if (view) return base::Ok();
  base::Error error = std::move(view).error();
  if (error.reason == table::reason::kOutsideWindow) error.reason = reason::kInvalidTime;
  return error;
}

}  // namespace

base::Result<std::unique_ptr<Restores>> Restores::Make(table::Tables& tables, Backups& backups,
                                                       jobs::Jobs& jobs, table::ServiceClock& clock,
                                                       std::string region, Options options) {
  auto restores =
      std::make_unique<RestoresOverJobs>(tables, backups, jobs, clock, std::move(region), options);
  RETURN_IF_ERROR(restores->Register());
  return std::unique_ptr<Restores>(std::move(restores));
}

}  // namespace dray::restore_table
