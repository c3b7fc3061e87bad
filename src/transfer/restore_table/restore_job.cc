// SPDX-License-Identifier: Apache-2.0
// Make the table, CREATING -> copy the cut's items into the bulk loader, ranges of hashes in
// parallel, a checkpoint after so many bytes -> sort and load, indexes too -> the table becomes
// ACTIVE. What fails removes the table: there is never a half one.
#include "transfer/restore_table/restore_job.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/mutex.h"
#include "model/item/item_encoding.h"
#include "transfer/restore_table/checkpoint.h"

namespace dray::restore_table {
namespace {

// Items between two notes of a range's position, and two looks at whether the server stops.
constexpr uint64_t kItemsPerNote = 1024;
constexpr int kDropPauseMaxMs = 1000;
// Of the bulk loader's sequences, which need not order anything here: a key comes from one range.
constexpr unsigned kRangeShift = 40;

base::Error Stopping() {
  return base::Error{base::ErrorKind::kUnavailable, "The server stops", {}};
}

class RestoreJob {
 public:
  RestoreJob(table::Tables& tables, const Options& options, jobs::Progress& progress,
             AcceptedRestore accepted, Checkpoint checkpoint,
             const std::function<void()>& on_copied)
      : tables_(tables),
        options_(options),
        progress_(progress),
        on_copied_(on_copied),
        accepted_(std::move(accepted)),
        // The last part of the ARN: names the spill folder.
        id_(progress.record().arn.substr(progress.record().arn.rfind('/') + 1)),
        checkpoint_(std::move(checkpoint)) {}

  base::Result<jobs::Outcome> Run() {
    base::Status done = RunSteps();
    if (done) {
      Checkpoint loaded;
      loaded.phase = Phase::kLoaded;
      return jobs::Outcome{{}, RenderCheckpoint(loaded)};
    }
    if (progress_.is_stopping()) return Stopping();
    DropTable();
    if (progress_.is_stopping()) return Stopping();  // perhaps it is there still
    const base::Error& error = done.error();
    const bool is_taken = error.reason == reason::kTargetExists;
    return jobs::Outcome{jobs::Failure{is_taken ? "TableAlreadyExists" : "UNKNOWN",
                                       jobs::FailureMessageOf(error), error.message},
                         RenderCheckpoint(Checkpoint{})};
  }

 private:
  base::Status RunSteps();
  base::Status Copy(const table::TableRef& target);
  base::Result<std::unique_ptr<table::BulkLoader>> OpenLoader(const table::TableRef& target);
  void TakeRanges(table::View& view, table::BulkLoader& loader);
  base::Status CopyRange(table::View& view, size_t index, table::BulkLoader& loader);
  base::Status Note(size_t index, std::string position, bool is_done, uint64_t bytes,
                    table::BulkLoader& loader);
  void DropTable();
  base::Status Store(const Checkpoint& checkpoint) {
    return progress_.Checkpoint(RenderCheckpoint(checkpoint));
  }
  size_t ThreadCount() const {
    return options_.threads > 0 ? options_.threads
                                : std::max(1u, std::thread::hardware_concurrency());
  }

  table::Tables& tables_;
  const Options& options_;
  jobs::Progress& progress_;
  const std::function<void()>& on_copied_;
  const AcceptedRestore accepted_;
  const std::string id_;
  item::KeySchema keys_;

  std::atomic<size_t> next_range_{0};
  std::atomic<bool> is_failed_{false};
  base::Mutex mutex_;
  // While ranges are copied: ahead of what is stored.
  Checkpoint checkpoint_ GUARDED_BY(mutex_);
  uint64_t unstored_bytes_ GUARDED_BY(mutex_) = 0;
  bool is_storing_ GUARDED_BY(mutex_) = false;
  std::optional<base::Error> error_ GUARDED_BY(mutex_);
};

base::Status RestoreJob::RunSteps() {
  Checkpoint checkpoint;
  {
    base::MutexLock lock(mutex_);
    checkpoint = checkpoint_;
  }
  table::TableRef target;
  if (checkpoint.phase == Phase::kCreating) {
    ASSIGN_OR_RETURN(target, MakeTarget(tables_, accepted_));
    checkpoint.phase = Phase::kCopying;
    checkpoint.table_number = tables_.Describe(target).number;
    ASSIGN_OR_RETURN(auto source, tables_.FindByNumber(accepted_.source_number));
    checkpoint.ranges =
        PlanRanges(tables_.Partitions(source), accepted_.size_bytes, options_.range_bytes);
    RETURN_IF_ERROR(Store(checkpoint));
  } else {
    auto found = tables_.FindByNumber(checkpoint.table_number);
    // Once it was ACTIVE it may be deleted at any time.
    const bool is_over = !found && found.error().kind == base::ErrorKind::kNotFound &&
                         checkpoint.phase == Phase::kLoaded;
    if (is_over) return base::Ok();
    if (!found) return std::move(found).error();
    target = *std::move(found);
  }
  if (checkpoint.phase == Phase::kCopying) {
    {
      base::MutexLock lock(mutex_);
      checkpoint_ = checkpoint;
    }
    RETURN_IF_ERROR(Copy(target));
    checkpoint.phase = Phase::kLoaded;
    checkpoint.ranges.clear();
    checkpoint.loader.clear();
    RETURN_IF_ERROR(Store(checkpoint));
  }
  on_copied_();
  if (tables_.Describe(target).status == table::TableStatus::kCreating) {
    jobs::LogPhase(progress_, "activating");
    RETURN_IF_ERROR(tables_.Activate(target));
  }
  return tables_.AbandonBulkLoad(id_);
}

base::Status RestoreJob::Copy(const table::TableRef& target) {
  jobs::LogPhase(progress_, "copying");
  ASSIGN_OR_RETURN(auto source, tables_.FindByNumber(accepted_.source_number));
  keys_ = accepted_.table.key_schema;
  ASSIGN_OR_RETURN(auto view, tables_.OpenView(source, accepted_.cut_micros));
  ASSIGN_OR_RETURN(auto loader, OpenLoader(target));
  std::vector<std::thread> others;
  for (size_t i = 1; i < ThreadCount(); ++i) {
    others.emplace_back([this, &view, &loader] { TakeRanges(*view, *loader); });
  }
  TakeRanges(*view, *loader);
  for (std::thread& thread : others) thread.join();
  {
    base::MutexLock lock(mutex_);
    if (error_) return *error_;
  }
  jobs::LogPhase(progress_, "sorting");
  ASSIGN_OR_RETURN(auto metrics, loader->Finish([this](double) -> base::Status {
    return progress_.is_stopping() ? base::Status(Stopping()) : base::Ok();
  }));
  base::log::Info("restore loaded", {{"job", progress_.record().arn},
                                     {"items", metrics.item_count},
                                     {"bytes", metrics.size_bytes}});
  return base::Ok();
}

base::Result<std::unique_ptr<table::BulkLoader>> RestoreJob::OpenLoader(
    const table::TableRef& target) {
  base::MutexLock lock(mutex_);
  if (checkpoint_.loader.empty()) return tables_.StartBulkLoad(target, id_);
  return tables_.ResumeBulkLoad(target, id_, checkpoint_.loader);
}

void RestoreJob::TakeRanges(table::View& view, table::BulkLoader& loader) {
  while (!is_failed_) {
    const size_t index = next_range_++;
    {
      base::MutexLock lock(mutex_);
      if (index >= checkpoint_.ranges.size()) return;
      if (checkpoint_.ranges[index].is_done) continue;
    }
    base::Status copied = CopyRange(view, index, loader);
    if (copied) continue;
    is_failed_ = true;
    base::MutexLock lock(mutex_);
    if (!error_) error_ = std::move(copied).error();
  }
}

base::Status RestoreJob::CopyRange(table::View& view, size_t index, table::BulkLoader& loader) {
  RangeProgress range;
  {
    base::MutexLock lock(mutex_);
    range = checkpoint_.ranges[index];
  }
  ASSIGN_OR_RETURN(auto cursor, view.OpenCursor(range.range, range.position));
  uint64_t count = 0, bytes = 0;
  for (;;) {
    ASSIGN_OR_RETURN(auto encoded, cursor->Next());
    if (!encoded) break;
    const item::ItemView item(*encoded);
    ASSIGN_OR_RETURN(auto key, item::KeyOfItem(keys_, item));
    const size_t size_bytes = item.SizeBytes();
    RETURN_IF_ERROR(
        loader.Add(key, *encoded, size_bytes, static_cast<uint64_t>(index) << kRangeShift | count));
    bytes += size_bytes;
    if (++count % kItemsPerNote != 0) continue;
    if (progress_.is_stopping()) return Stopping();
    if (is_failed_) return base::Error{base::ErrorKind::kCancelled, "Another range failed", {}};
    RETURN_IF_ERROR(Note(index, cursor->position(), false, std::exchange(bytes, 0), loader));
  }
  return Note(index, {}, true, bytes, loader);
}

// Notes what is in the loader and, after enough of it, makes that durable: one thread does it while
// the others copy on. The positions are taken first, so the loader's checkpoint holds all that they
// say; an item that comes twice after a resume is the same one.
base::Status RestoreJob::Note(size_t index, std::string position, bool is_done, uint64_t bytes,
                              table::BulkLoader& loader) {
  Checkpoint next;
  {
    base::MutexLock lock(mutex_);
    checkpoint_.ranges[index].position = std::move(position);
    checkpoint_.ranges[index].is_done = is_done;
    unstored_bytes_ += bytes;
    if (unstored_bytes_ < options_.checkpoint_bytes || is_storing_) return base::Ok();
    is_storing_ = true;
    unstored_bytes_ = 0;
    next = checkpoint_;
  }
  auto stored = loader.Checkpoint();
  base::Status status = base::Ok();
  if (stored) {
    next.loader = *std::move(stored);
    status = Store(next);
  } else {
    status = std::move(stored).error();
  }
  base::MutexLock lock(mutex_);
  is_storing_ = false;
  return status;
}

// Tries until it is done or the server stops, after which the job comes here again: a table must
// not stay CREATING for ever. Found by its id, so that it is never another one of the name.
void RestoreJob::DropTable() {
  auto drop = [this]() -> base::Status {
    auto target = tables_.Find(accepted_.table.account, accepted_.table.name);
    if (target) {
      if (tables_.Describe(*target).table_id == accepted_.table.table_id) {
        RETURN_IF_ERROR(tables_.Delete(*target));
      }
    } else if (target.error().kind != base::ErrorKind::kNotFound) {
      return std::move(target).error();
    }
    return tables_.AbandonBulkLoad(id_);
  };
  int pause_ms = 10;
  for (base::Status dropped = drop(); !dropped && !progress_.is_stopping(); dropped = drop()) {
    base::log::Error("a failed restore's table could not be removed",
                     {{"job", progress_.record().arn}, {"error", dropped.error().message}});
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
    pause_ms = std::min(2 * pause_ms, kDropPauseMaxMs);
  }
}

}  // namespace

base::Result<table::TableRef> MakeTarget(table::Tables& tables, const AcceptedRestore& accepted) {
  auto created = tables.Create(accepted.table, /*load_later=*/true);
  if (created || created.error().kind != base::ErrorKind::kAlreadyExists) return created;
  auto found = tables.Find(accepted.table.account, accepted.table.name);
  if (found && tables.Describe(*found).table_id == accepted.table.table_id) return found;
  return base::Error{base::ErrorKind::kAlreadyExists,
                     "Table already exists: " + accepted.table.name, reason::kTargetExists};
}

base::Result<jobs::Outcome> RunRestore(table::Tables& tables, const Options& options,
                                       jobs::Progress& progress,
                                       const std::function<void()>& on_copied) {
  const jobs::Record& record = progress.record();
  ASSIGN_OR_RETURN(AcceptedRestore accepted, ParseAccepted(record.request_json));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(record.progress_json));
  return RestoreJob(tables, options, progress, std::move(accepted), std::move(checkpoint),
                    on_copied)
      .Run();
}

base::Result<bool> NeedsItsCut(const jobs::Record& record) {
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(record.progress_json));
  return checkpoint.phase != Phase::kLoaded;
}

}  // namespace dray::restore_table
