// SPDX-License-Identifier: Apache-2.0
// List the objects and keep the list -> make the table, CREATING -> read the objects in parallel
// into the bulk loader, a checkpoint after so many bytes of finished objects -> sort and load, the
// indexes too -> the table becomes ACTIVE. What fails before the table is made leaves none;
// afterwards the table keeps what was imported.
#include "transfer/import_table/import_job.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <numeric>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "transfer/import_table/accepted_import.h"
#include "transfer/import_table/import_records.h"
#include "transfer/import_table/object_import.h"
#include "transfer/import_table/reader_options.h"
#include "transfer/import_table/shared_work.h"
#include "transfer/import_table/source_list.h"
#include "transfer/s3_session/s3_session.h"

namespace dray::import_table {
namespace {

constexpr int64_t kPublishPauseMicros = 100'000;
// Of the live share: reading the objects, the rest is sorting and loading.
constexpr double kReadingShare = 0.8;

class ImportJob {
 public:
  ImportJob(const ImportJobContext& context, jobs::Progress& progress, AcceptedImport accepted,
            item_format::Format format, compression::Compression compression,
            item_format::ReaderOptions reader_options, const access::Caller& caller,
            Checkpoint checkpoint)
      : context_(context),
        progress_(progress),
        request_(std::move(accepted.request)),
        format_(format),
        compression_(compression),
        reader_options_(std::move(reader_options)),
        session_(s3_session::OpenSession(context.buckets, context.options.remote_targets, caller,
                                         request_.s3_bucket, request_.s3_bucket_owner, progress)),
        records_(context.engine, progress.record().arn),
        log_(records_, context.clock, progress.record().arn, request_.s3_bucket),
        import_id_(ImportIdOf(progress.record().arn)),
        checkpoint_(std::move(checkpoint)),
        done_(checkpoint_) {}

  ~ImportJob() { context_.budget.Release(progress_.record().arn); }
  ImportJob(const ImportJob&) = delete;
  ImportJob& operator=(const ImportJob&) = delete;

  base::Result<jobs::Outcome> Run();

 private:
  base::Status List();
  base::Result<bool> CreateTable();  // false: the name is another table's
  base::Status Load();
  base::Result<std::unique_ptr<table::BulkLoader>> OpenLoader(const table::TableRef& table);
  base::Status Sort(table::BulkLoader& loader);
  base::Status Activate();
  base::Status DropTable();

  void TakeObjects(table::BulkLoader& loader);
  base::Status ReadObject(size_t index, table::BulkLoader& loader, Counters& counters);
  base::Status FinishObject(size_t index, const Counters& counters, table::BulkLoader& loader);
  base::Status Tick(const Counters& since, uint64_t source_bytes);
  void Publish(double share);

  jobs::Outcome Failed(const base::Error& error);
  jobs::Outcome Ended();
  base::Status Store() { return progress_.Checkpoint(RenderCheckpoint(checkpoint_)); }
  unsigned ThreadCount() const {
    return context_.options.threads > 0 ? context_.options.threads
                                        : std::max(1u, std::thread::hardware_concurrency());
  }

  const ImportJobContext& context_;
  jobs::Progress& progress_;
  const ImportRequest request_;
  const item_format::Format format_;
  const compression::Compression compression_;
  const item_format::ReaderOptions reader_options_;
  const std::unique_ptr<s3_session::S3Session> session_;
  ImportRecords records_;
  ErrorLog log_;
  const std::string import_id_;
  // What is stored; only the thread that stores it changes it.
  Checkpoint checkpoint_;
  std::vector<SourceObject> objects_;
  std::vector<size_t> order_;  // in which objects are read: the largest first
  uint64_t source_bytes_total_ = 0;
  std::optional<ItemChecks> checks_;

  std::optional<SharedWork> shared_work_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> is_failed_{false};
  base::Mutex mutex_;
  Checkpoint done_ GUARDED_BY(mutex_);  // with the objects finished since
  bool is_storing_ GUARDED_BY(mutex_) = false;
  uint64_t unstored_bytes_ GUARDED_BY(mutex_) = 0;
  std::optional<base::Error> error_ GUARDED_BY(mutex_);
  Counters live_ GUARDED_BY(mutex_);
  uint64_t source_bytes_ GUARDED_BY(mutex_) = 0;
  int64_t last_published_ GUARDED_BY(mutex_) = 0;
};

base::Result<jobs::Outcome> ImportJob::Run() {
  if (checkpoint_.phase == Phase::kListing) {
    base::Status listed = List();
    if (!listed) {
      if (listed.error().kind == base::ErrorKind::kUnavailable) return listed.error();
      RETURN_IF_ERROR(records_.RemoveObjects());
      if (listed.error().reason == jobs::reason::kCancelled) return listed.error();
      return Failed(listed.error());
    }
    checkpoint_.phase = Phase::kCreating;
    RETURN_IF_ERROR(Store());
  }
  if (checkpoint_.phase == Phase::kCreating) {
    ASSIGN_OR_RETURN(bool is_ours, CreateTable());
    if (!is_ours) {
      RETURN_IF_ERROR(records_.RemoveObjects());
      std::string message = "Table already exists: " + request_.table.name;
      return jobs::Outcome{jobs::Failure{"TableAlreadyExists", message, message},
                           RenderCheckpoint(checkpoint_)};
    }
    checkpoint_.phase = Phase::kLoading;
    RETURN_IF_ERROR(Store());
  }
  if (checkpoint_.phase == Phase::kLoading) {
    base::Status loaded = Load();
    if (loaded) loaded = progress_.CloseToCancel();
    if (!loaded) {
      if (loaded.error().kind == base::ErrorKind::kUnavailable) return loaded.error();
      if (auto dropped = DropTable(); !dropped) {
        // To be tried again: the table must not stay CREATING for ever.
        return base::Error{base::ErrorKind::kUnavailable,
                           loaded.error().message + "; then: " + dropped.error().message,
                           {}};
      }
      if (loaded.error().reason == jobs::reason::kCancelled) return loaded.error();
      return Failed(loaded.error());
    }
    checkpoint_.phase = Phase::kLoaded;
    RETURN_IF_ERROR(Store());
  }
  RETURN_IF_ERROR(Activate());
  return Ended();
}

base::Status ImportJob::List() {
  jobs::LogPhase(progress_, "listing");
  ASSIGN_OR_RETURN(auto list, ListSource(*session_, request_.s3_key_prefix.value_or(""),
                                         context_.options.objects_max, records_, progress_));
  RETURN_IF_ERROR(ProbeReading(*session_, records_));
  const jobs::Record& record = progress_.record();
  RETURN_IF_ERROR(context_.budget.Take(record.account, record.arn, list.source_bytes));
  checkpoint_.manifest_key = std::move(list.manifest_key);
  checkpoint_.object_count = list.object_count;
  checkpoint_.is_done.assign(list.object_count, false);
  return base::Ok();
}

base::Result<bool> ImportJob::CreateTable() {
  auto created = context_.tables.Create(request_.table, /*load_later=*/true);
  if (!created) {
    if (created.error().kind != base::ErrorKind::kAlreadyExists) return created.error();
    // Perhaps this job made it and was stopped before it could say so: the id tells.
    created = context_.tables.Find(request_.table.account, request_.table.name);
    if (!created) return false;  // deleted meanwhile
  }
  table::TableDescriptor descriptor = context_.tables.Describe(*created);
  checkpoint_.table_number = descriptor.number;
  return descriptor.table_id == request_.table.table_id;
}

base::Status ImportJob::Load() {
  jobs::LogPhase(progress_, "loading");
  ASSIGN_OR_RETURN(auto table, context_.tables.FindByNumber(checkpoint_.table_number));
  checks_.emplace(context_.tables.Describe(table));
  ASSIGN_OR_RETURN(objects_, records_.LoadObjects());
  if (objects_.size() != checkpoint_.object_count) {
    return base::Error{base::ErrorKind::kCorruption, "The import's list of objects is damaged", {}};
  }
  // Of an earlier run: what it logged of objects that are read again.
  RETURN_IF_ERROR(records_.RemoveErrorsExceptOf(checkpoint_.is_done));
  ASSIGN_OR_RETURN(auto loader, OpenLoader(table));
  {
    base::MutexLock lock(mutex_);
    done_ = checkpoint_;
    live_ = done_.counters;
    for (size_t i = 0; i < objects_.size(); ++i) {
      source_bytes_total_ += objects_[i].size_bytes;
      if (done_.is_done[i]) {
        source_bytes_ += objects_[i].size_bytes;
      } else {
        order_.push_back(i);
      }
    }
  }
  context_.budget.Keep(progress_.record().account, progress_.record().arn, source_bytes_total_);
  std::stable_sort(order_.begin(), order_.end(), [this](size_t a, size_t b) {
    return objects_[a].size_bytes > objects_[b].size_bytes;
  });
  std::vector<std::thread> others;
  const size_t threads = order_.empty() ? 1 : ThreadCount();
  shared_work_.emplace(threads);
  for (size_t i = 1; i < threads; ++i) {
    others.emplace_back([this, &loader] { TakeObjects(*loader); });
  }
  TakeObjects(*loader);
  for (std::thread& thread : others) thread.join();
  {
    base::MutexLock lock(mutex_);
    if (error_) {
      // A source that refuses in the middle ends the import with what it has; anything else of ours
      // leaves nothing to keep.
      const bool is_source = error_->kind == base::ErrorKind::kAccessDenied ||
                             error_->kind == base::ErrorKind::kNotFound;
      if (!is_source) return *error_;
      checkpoint_.failure = session_->Explain(*error_);
    }
    checkpoint_.counters = done_.counters;
    checkpoint_.is_done = done_.is_done;
  }
  return Sort(*loader);
}

base::Result<std::unique_ptr<table::BulkLoader>> ImportJob::OpenLoader(
    const table::TableRef& table) {
  if (checkpoint_.loader.empty()) return context_.tables.StartBulkLoad(table, import_id_);
  return context_.tables.ResumeBulkLoad(table, import_id_, checkpoint_.loader);
}

base::Status ImportJob::Sort(table::BulkLoader& loader) {
  jobs::LogPhase(progress_, "sorting");
  ASSIGN_OR_RETURN(auto metrics, loader.Finish([this](double share) -> base::Status {
    RETURN_IF_ERROR(progress_.MayGoOn());
    Publish(kReadingShare + (1 - kReadingShare) * share);
    return base::Ok();
  }));
  base::log::Info(
      "import loaded",
      {{"import", import_id_}, {"items", metrics.item_count}, {"bytes", metrics.size_bytes}});
  return base::Ok();
}

base::Status ImportJob::Activate() {
  jobs::LogPhase(progress_, "activating");
  auto table = context_.tables.FindByNumber(checkpoint_.table_number);
  // Once it was ACTIVE the table may be deleted at any time.
  if (!table && table.error().kind != base::ErrorKind::kNotFound) return table.error();
  if (table && context_.tables.Describe(*table).status == table::TableStatus::kCreating) {
    RETURN_IF_ERROR(context_.tables.Activate(*table));
  }
  RETURN_IF_ERROR(context_.tables.AbandonBulkLoad(import_id_));
  return records_.RemoveObjects();
}

// After a failure of ours (disk full, a damaged spill file) the table would be neither empty nor
// whole: it goes away, before what a resumed job would need.
base::Status ImportJob::DropTable() {
  auto table = context_.tables.FindByNumber(checkpoint_.table_number);
  if (table) {
    RETURN_IF_ERROR(context_.tables.Delete(*table));
  } else if (table.error().kind != base::ErrorKind::kNotFound) {
    return table.error();
  }
  RETURN_IF_ERROR(records_.RemoveObjects());
  return context_.tables.AbandonBulkLoad(import_id_);
}

void ImportJob::TakeObjects(table::BulkLoader& loader) {
  while (!is_failed_) {
    const size_t turn = next_++;
    if (turn >= order_.size()) break;
    const size_t index = order_[turn];
    Counters counters;
    base::Status status = ReadObject(index, loader, counters);
    if (status) status = FinishObject(index, counters, loader);
    if (status) continue;
    base::MutexLock lock(mutex_);
    // Its items are in the loader: they count when the import ends with what it has.
    if (!done_.is_done[index]) done_.counters.Add(counters);
    if (!error_) error_ = status.error();
    is_failed_ = true;  // behind the error that the others will be stopped by
  }
  shared_work_->Help();
}

base::Status ImportJob::ReadObject(size_t index, table::BulkLoader& loader, Counters& counters) {
  const SourceObject& object = objects_[index];
  RETURN_IF_ERROR(progress_.MayGoOn());
  if (object.size_bytes == 0) return base::Ok();
  const RecordRules rules{format_, reader_options_, request_.transforms.get(), *checks_};
  ObjectImport import{object,
                      index,
                      compression_,
                      rules,
                      loader,
                      log_,
                      [this](const Counters& since, uint64_t bytes) { return Tick(since, bytes); },
                      *shared_work_};
  auto opened = session_->Open(object.key);
  if (!opened) {
    if (opened.error().reason != objects::reason::kNoSuchKey) return opened.error();
    return RefuseObject(import, std::string(kObjectGone), counters);
  }
  if (opened->info.etag != object.etag) {
    return RefuseObject(import, std::string(kObjectOverwritten), counters);
  }
  return ImportObject(import, *opened->body, counters);
}

// Marks the object as done and, once enough was done, makes that durable. One thread does this
// while the others read on: the items of the objects that it marks are in the loader already.
base::Status ImportJob::FinishObject(size_t index, const Counters& counters,
                                     table::BulkLoader& loader) {
  Checkpoint next;
  {
    base::MutexLock lock(mutex_);
    done_.is_done[index] = true;
    done_.counters.Add(counters);
    unstored_bytes_ += counters.processed_bytes;
    if (unstored_bytes_ < context_.options.checkpoint_bytes || is_storing_) return base::Ok();
    is_storing_ = true;
    unstored_bytes_ = 0;
    next = done_;
  }
  auto stored = loader.Checkpoint();
  if (stored) {
    next.loader = *stored;
    checkpoint_ = std::move(next);
  }
  base::Status status = stored ? Store() : base::Status(std::move(stored).error());
  base::MutexLock lock(mutex_);
  is_storing_ = false;
  return status;
}

base::Status ImportJob::Tick(const Counters& since, uint64_t source_bytes) {
  RETURN_IF_ERROR(progress_.MayGoOn());
  if (is_failed_) return base::Error{base::ErrorKind::kCancelled, "Another object failed", {}};
  double share = 0;
  {
    base::MutexLock lock(mutex_);
    live_.Add(since);
    source_bytes_ += source_bytes;
    const int64_t now = base::SteadyMicros();
    if (now - last_published_ < kPublishPauseMicros) return base::Ok();
    last_published_ = now;
    share = kReadingShare * static_cast<double>(source_bytes_) /
            static_cast<double>(std::max<uint64_t>(1, source_bytes_total_));
  }
  Publish(std::min(share, kReadingShare));
  return base::Ok();
}

void ImportJob::Publish(double share) {
  Counters live;
  {
    base::MutexLock lock(mutex_);
    live = live_;
  }
  progress_.Publish(RenderLive(live, share));
}

jobs::Outcome ImportJob::Failed(const base::Error& error) {
  jobs::Failure failure = session_->Explain(error);
  if (error.kind == base::ErrorKind::kLimitExceeded) failure.code = "LimitExceededException";
  return jobs::Outcome{std::move(failure), RenderCheckpoint(checkpoint_)};
}

jobs::Outcome ImportJob::Ended() {
  jobs::Outcome outcome{checkpoint_.failure, RenderCheckpoint(checkpoint_)};
  if (!outcome.failure && checkpoint_.counters.errors != 0) {
    outcome.failure = SomeItemsFailed(checkpoint_.manifest_key, checkpoint_.counters.errors,
                                      checkpoint_.counters.processed_items);
  }
  return outcome;
}

}  // namespace

std::string RenderLive(const Counters& counters, double share) {
  char text[224];
  std::snprintf(
      text, sizeof(text),
      R"({"processed":%llu,"imported":%llu,"errors":%llu,"filtered":%llu,"bytes":%llu,"share":%.4f})",
      static_cast<unsigned long long>(counters.processed_items),
      static_cast<unsigned long long>(counters.imported_items),
      static_cast<unsigned long long>(counters.errors),
      static_cast<unsigned long long>(counters.filtered_items),
      static_cast<unsigned long long>(counters.processed_bytes), share);
  return text;
}

std::string ImportIdOf(std::string_view import_arn) {
  return std::string(import_arn.substr(import_arn.rfind('/') + 1));
}

base::Result<jobs::Outcome> RunImport(const ImportJobContext& context, jobs::Progress& progress) {
  const jobs::Record& record = progress.record();
  ASSIGN_OR_RETURN(AcceptedImport accepted,
                   ParseAccepted(record.request_json, context.options.secret_key, record.arn));
  ASSIGN_OR_RETURN(access::Caller caller, access::Deserialize(record.caller_json));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(record.progress_json));
  auto format = item_format::FormatFromName(accepted.request.input_format);
  auto compression = compression::CompressionFromName(accepted.request.input_compression_type);
  if (!format || !compression) {
    return base::Error{base::ErrorKind::kCorruption, "The record names an unknown format", {}};
  }
  ASSIGN_OR_RETURN(item_format::ReaderOptions reader_options, ReaderOptionsOf(accepted.request));
  return ImportJob(context, progress, std::move(accepted), *format, *compression,
                   std::move(reader_options), caller, std::move(checkpoint))
      .Run();
}

}  // namespace dray::import_table
