// SPDX-License-Identifier: Apache-2.0
// Read what there is to apply (list, or verify) -> apply it, step by step, the objects of a step in
// parallel -> done. What was written stays, however the job ends.
#include "transfer/import_into/into_job.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "format/compression/compression.h"
#include "format/item_format/item_format.h"
#include "transfer/import_into/chain.h"
#include "transfer/import_into/object_writer.h"
#include "transfer/import_table/source_list.h"

namespace dray::import_into {
namespace {

constexpr std::string_view kCancelledCode = "Cancelled";
constexpr int64_t kPublishPauseMicros = 100'000;
constexpr std::string_view kConflicts =
    "Some of the items were changed since the incremental export was applied and were left as they "
    "are. The error log names them; Force undoes them, too.";

class CountingSource final : public base::ByteSource {
 public:
  CountingSource(base::ByteSource& under, std::atomic<uint64_t>& bytes)
      : under_(under), bytes_(bytes) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    auto count = under_.Read(out, capacity);
    if (count) bytes_ += *count;
    return count;
  }

 private:
  base::ByteSource& under_;
  std::atomic<uint64_t>& bytes_;
};

class IntoJob {
 public:
  IntoJob(const IntoJobContext& context, jobs::Progress& progress, AcceptedInto accepted,
          const access::Caller& caller, Checkpoint checkpoint)
      : context_(context),
        progress_(progress),
        accepted_(std::move(accepted)),
        request_(accepted_.request),
        caller_(caller),
        session_(s3_session::OpenSession(context.buckets, context.options.remote_targets, caller,
                                         request_.s3_bucket, request_.s3_bucket_owner, progress)),
        records_(context.engine, progress.record().arn),
        positions_(context.engine, progress.record().arn),
        log_(records_, context.clock, progress.record().arn, request_.s3_bucket),
        checkpoint_(std::move(checkpoint)) {}

  base::Result<jobs::Outcome> Run();

 private:
  base::Status Read();
  base::Status Write();
  base::Status WriteStep(const WriteContext& writing, const Step& step);
  using WriteOne = std::function<base::Status(uint64_t number)>;
  base::Status InParallel(const Step& step, const WriteOne& write);
  base::Status WriteObject(const WriteContext& writing, uint64_t number, bool is_pending_only);
  std::unique_ptr<AskSource> MakeAsks(base::ByteSource& text) const;
  compression::Compression CompressionOf() const;

  base::Status Tick(const Counters& since);
  base::Status Finish(const base::Status& written);
  jobs::Failure Explain(const base::Error& error);
  std::optional<jobs::Failure> CountedFailure() const;
  base::Result<jobs::Outcome> Ended();
  base::Status CleanUp();
  base::Status Store() { return progress_.Checkpoint(RenderCheckpoint(checkpoint_)); }
  unsigned ThreadCount() const {
    return context_.options.threads > 0 ? context_.options.threads
                                        : std::max(1u, std::thread::hardware_concurrency());
  }

  const IntoJobContext& context_;
  jobs::Progress& progress_;
  const AcceptedInto accepted_;
  const IntoRequest& request_;
  const access::Caller& caller_;
  const std::unique_ptr<s3_session::S3Session> session_;
  import_table::ImportRecords records_;
  Positions positions_;
  KeysInFlight keys_;
  import_table::ErrorLog log_;
  Checkpoint checkpoint_;
  std::shared_ptr<const table::TableDescriptor> descriptor_;
  item_format::ReaderOptions reader_options_;
  std::vector<import_table::SourceObject> objects_;
  std::vector<Position> at_;  // of each object when the job began, or was resumed
  uint64_t source_bytes_total_ = 0;
  std::atomic<uint64_t> source_bytes_{0};

  std::atomic<bool> is_failed_{false};
  base::Mutex mutex_;
  std::optional<base::Error> error_ GUARDED_BY(mutex_);
  Counters live_ GUARDED_BY(mutex_);
  int64_t last_published_ GUARDED_BY(mutex_) = 0;
};

base::Result<jobs::Outcome> IntoJob::Run() {
  if (checkpoint_.phase == Phase::kReading) {
    base::Status read = Read();
    if (!read) {
      if (read.error().kind == base::ErrorKind::kUnavailable) return read.error();
      RETURN_IF_ERROR(CleanUp());
      checkpoint_.failure = Explain(read.error());
      return Ended();
    }
    checkpoint_.phase = Phase::kWriting;
    RETURN_IF_ERROR(Store());
  }
  if (checkpoint_.phase == Phase::kWriting) {
    base::Status written = Write();
    if (written) written = progress_.CloseToCancel();
    RETURN_IF_ERROR(Finish(written));
  }
  RETURN_IF_ERROR(CleanUp());
  return Ended();
}

base::Status IntoJob::Read() {
  const Reading reading{context_, progress_, accepted_, caller_, *session_, records_, checkpoint_};
  return request_.kind == Kind::kItems ? ReadSource(reading) : ReadChain(reading);
}

base::Status IntoJob::Write() {
  jobs::LogPhase(progress_, "writing");
  ASSIGN_OR_RETURN(objects_, records_.LoadObjects());
  const Step& last = checkpoint_.steps.back();
  if (objects_.size() != last.first_object + last.object_count) {
    return base::Error{base::ErrorKind::kCorruption, "The import's list of objects is damaged", {}};
  }
  ASSIGN_OR_RETURN(auto table, context_.tables.FindByNumber(accepted_.table_number));
  descriptor_ = context_.tables.DescriptorOf(table);
  ASSIGN_OR_RETURN(reader_options_, ReaderOptionsOf(request_, *descriptor_));
  ASSIGN_OR_RETURN(at_, positions_.Load(objects_.size()));
  // Of an earlier run: what it logged of records that are read again.
  RETURN_IF_ERROR(records_.RemoveErrorsExcept([this](uint64_t object, uint64_t item_index) {
    return object < at_.size() &&
           (at_[object].is_finished || item_index < at_[object].records_done);
  }));
  {
    base::MutexLock lock(mutex_);
    for (size_t i = 0; i < objects_.size(); ++i) {
      source_bytes_total_ += objects_[i].size_bytes;
      live_.Add(at_[i].counters);
      if (at_[i].is_finished) source_bytes_ += objects_[i].size_bytes;
    }
  }
  const WriteContext writing{
      .tables = context_.tables,
      .table = table,
      .clock = context_.clock,
      .positions = positions_,
      .keys = keys_,
      .log = log_,
      .batch_records_max = context_.options.batch_records_max,
      .is_dry_run = request_.is_dry_run,
      .is_forced = request_.is_forced,
  };
  while (checkpoint_.steps_done < checkpoint_.steps.size()) {
    const Step& step = checkpoint_.steps[checkpoint_.steps_done];
    RETURN_IF_ERROR(WriteStep(writing, step));
    ++checkpoint_.steps_done;
    if (request_.kind == Kind::kIncrementals && !request_.is_dry_run) {
      checkpoint_.at_micros = request_.is_undo ? step.from_micros : step.to_micros;
    }
    RETURN_IF_ERROR(Store());
  }
  return base::Ok();
}

base::Status IntoJob::WriteStep(const WriteContext& writing, const Step& step) {
  for (bool is_pending_only : {true, false}) {
    RETURN_IF_ERROR(InParallel(
        step, [&](uint64_t number) { return WriteObject(writing, number, is_pending_only); }));
  }
  return base::Ok();
}

base::Status IntoJob::InParallel(const Step& step, const WriteOne& write) {
  std::atomic<uint64_t> next{step.first_object};
  const uint64_t end = step.first_object + step.object_count;
  auto take = [&] {
    while (!is_failed_) {
      const uint64_t number = next++;
      if (number >= end) return;
      base::Status written = write(number);
      if (written) continue;
      base::MutexLock lock(mutex_);
      if (!error_) error_ = written.error();
      is_failed_ = true;  // behind the error that the others will be stopped by
    }
  };
  const uint64_t threads = std::min<uint64_t>(ThreadCount(), step.object_count);
  std::vector<std::thread> others;
  for (uint64_t i = 1; i < threads; ++i) others.emplace_back(take);
  take();
  for (std::thread& thread : others) thread.join();
  base::MutexLock lock(mutex_);
  if (error_) return *error_;
  return base::Ok();
}

base::Status IntoJob::WriteObject(const WriteContext& writing, uint64_t number,
                                  bool is_pending_only) {
  if (at_[number].is_finished) return base::Ok();
  if (is_pending_only && at_[number].records_pending == 0) return base::Ok();
  RETURN_IF_ERROR(progress_.MayGoOn());
  const import_table::SourceObject& object = objects_[number];
  Counters counted = at_[number].counters;
  auto tick = [&](const Counters& counters) {
    const Counters since = counters.Since(counted);
    counted = counters;
    return Tick(since);
  };
  ObjectWriter writer(writing, number, object.key, at_[number]);
  if (object.size_bytes == 0) return base::Ok();
  auto opened = session_->Open(object.key);
  const bool is_gone = !opened && opened.error().reason == objects::reason::kNoSuchKey;
  if (!opened && !is_gone) return opened.error();
  if (is_gone || opened->info.etag != object.etag) {
    if (request_.kind == Kind::kIncrementals) {
      return ChainError(object.key + (is_gone ? " was deleted" : " was overwritten") +
                        " after the incremental exports were verified");
    }
    RETURN_IF_ERROR(writer.Refuse(
        std::string(is_gone ? import_table::kObjectGone : import_table::kObjectOverwritten)));
    at_[number] = writer.position();
    return tick(writer.position().counters);
  }
  CountingSource counting(*opened->body, source_bytes_);
  auto decompressed = compression::MakeDecompressingSource(CompressionOf(), counting);
  auto asks = MakeAsks(decompressed ? *decompressed : counting);
  base::Status written = is_pending_only ? writer.RunPending(*asks, tick) : writer.Run(*asks, tick);
  at_[number] = writer.position();
  if (written) return written;
  // What was counted since the last intent; the error stands whether this works or not.
  if (auto stored = positions_.Store(number, writer.position()); !stored) {
    progress_.Log("The position of " + object.key + " was not stored: " + stored.error().message);
  }
  return written;
}

compression::Compression IntoJob::CompressionOf() const {
  const std::string_view name =
      request_.kind == Kind::kItems ? std::string_view(request_.input_compression_type) : "GZIP";
  return *compression::CompressionFromName(name);
}

std::unique_ptr<AskSource> IntoJob::MakeAsks(base::ByteSource& text) const {
  const item_format::Format format =
      *item_format::FormatFromName(checkpoint_.steps[checkpoint_.steps_done].format);
  constexpr Action kActions[] = {Action::kInsert, Action::kReplace, Action::kMerge};
  if (request_.kind == Kind::kItems) {
    return MakeItemAsks(item_format::MakeItemReader(format, text, reader_options_),
                        request_.transforms.get(), kActions[static_cast<size_t>(request_.mode)],
                        *descriptor_);
  }
  return MakeChangeAsks(item_format::MakeChangeReader(format, text), request_.is_undo,
                        *descriptor_);
}

base::Status IntoJob::Tick(const Counters& since) {
  RETURN_IF_ERROR(progress_.MayGoOn());
  if (is_failed_) return base::Error{base::ErrorKind::kCancelled, "Another object failed", {}};
  Live live;
  {
    base::MutexLock lock(mutex_);
    live_.Add(since);
    const int64_t now = base::SteadyMicros();
    if (now - last_published_ < kPublishPauseMicros) return base::Ok();
    last_published_ = now;
    live.counters = live_;
  }
  live.share_done =
      std::min(1.0, static_cast<double>(source_bytes_) /
                        static_cast<double>(std::max<uint64_t>(1, source_bytes_total_)));
  progress_.Publish(RenderLive(live));
  return base::Ok();
}

// The end is decided and stored with its numbers, before what a resumed job would need goes away.
base::Status IntoJob::Finish(const base::Status& written) {
  if (!written && written.error().kind == base::ErrorKind::kUnavailable) return written;
  ASSIGN_OR_RETURN(auto positions, positions_.Load(objects_.size()));
  checkpoint_.counters = Counters();
  for (const Position& position : positions) checkpoint_.counters.Add(position.counters);
  checkpoint_.failure = written ? CountedFailure() : Explain(written.error());
  checkpoint_.phase = Phase::kDone;
  return Store();
}

jobs::Failure IntoJob::Explain(const base::Error& error) {
  if (error.reason == jobs::reason::kCancelled) {
    return {std::string(kCancelledCode), error.message, error.message};
  }
  if (error.reason == reason::kChainBroken) {
    return {"IncrementalChainInvalid", error.message, error.message};
  }
  if (error.reason == table::reason::kTableNotFound) {
    return {"TableNotFound",
            "The table " + request_.table_name + " was deleted while the import wrote into it",
            error.message};
  }
  return session_->Explain(error);
}

std::optional<jobs::Failure> IntoJob::CountedFailure() const {
  const Counters& counters = checkpoint_.counters;
  if (counters.errors == 0) return std::nullopt;
  jobs::Failure failure =
      import_table::SomeItemsFailed(checkpoint_.manifest_key, counters.errors, counters.processed);
  if (request_.is_undo) failure.message = kConflicts;
  return failure;
}

base::Result<jobs::Outcome> IntoJob::Ended() {
  if (checkpoint_.failure &&
      checkpoint_.failure->code == kCancelledCode) {  // who did it is the jobs' matter
    return base::Error{base::ErrorKind::kCancelled, "The job was cancelled",
                       jobs::reason::kCancelled};
  }
  return jobs::Outcome{checkpoint_.failure, RenderCheckpoint(checkpoint_)};
}

base::Status IntoJob::CleanUp() {
  RETURN_IF_ERROR(records_.RemoveObjects());
  return positions_.Remove();
}

}  // namespace

base::Result<jobs::Outcome> RunInto(const IntoJobContext& context, jobs::Progress& progress) {
  const jobs::Record& record = progress.record();
  ASSIGN_OR_RETURN(AcceptedInto accepted,
                   ParseAccepted(record.request_json, context.options.secret_key, record.arn));
  ASSIGN_OR_RETURN(access::Caller caller, access::Deserialize(record.caller_json));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(record.progress_json));
  return IntoJob(context, progress, std::move(accepted), caller, std::move(checkpoint)).Run();
}

}  // namespace dray::import_into
