// SPDX-License-Identifier: Apache-2.0
// _started -> data files, ranges in parallel, a checkpoint after each file -> manifest-files.json
// and its checksum -> the summary's checksum -> manifest-summary.json: the commit point.
#include "transfer/export_table/export_job.h"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <set>
#include <thread>

#include "base/clock.h"
#include "base/log.h"
#include "base/mutex.h"
#include "format/export_layout/export_layout.h"
#include "format/item_format/item_format.h"
#include "transfer/export_table/accepted_export.h"
#include "transfer/export_table/checkpoint.h"
#include "transfer/export_table/data_file.h"
#include "transfer/export_table/multipart_upload.h"
#include "transfer/s3_session/s3_session.h"

namespace dray::export_table {
namespace {

constexpr uint64_t kRangeBytesMin = 16 << 20;
constexpr int64_t kPublishPauseMicros = 100'000;

class ExportJob {
 public:
  ExportJob(const ExportJobContext& context, jobs::Progress& progress, AcceptedExport accepted,
            item_format::Format format, const access::Caller& caller, Checkpoint checkpoint)
      : context_(context),
        progress_(progress),
        accepted_(std::move(accepted)),
        format_(format),
        session_(s3_session::OpenSession(context.buckets, context.options.remote_targets, caller,
                                         accepted_.request.s3_bucket,
                                         accepted_.request.s3_bucket_owner, progress)),
        keys_(KeysOf(accepted_, ExportIdOf(progress.record().arn))),
        checkpoint_(std::move(checkpoint)),
        items_(checkpoint_.item_count),
        bytes_(checkpoint_.compressed_bytes) {
    const std::string& sse = accepted_.request.s3_sse_algorithm.value_or("AES256");
    put_options_.sse_algorithm = sse == "KMS" ? "aws:kms" : sse;
  }

  base::Result<jobs::Outcome> Run() {
    base::Status done = RunSteps();
    if (done) return jobs::Outcome{{}, FinalProgress()};
    // Shutting down, cancelled, or worth another attempt: Jobs decides.
    if (done.error().kind == base::ErrorKind::kUnavailable ||
        done.error().reason == jobs::reason::kCancelled) {
      return done.error();
    }
    return jobs::Outcome{session_->Explain(done.error()), {}};
  }

 private:
  base::Status RunSteps() {
    AbortEarlierUploads();
    RETURN_IF_ERROR(progress_.MayGoOn());
    bool is_planned = false, has_all_files = false;
    {
      base::MutexLock lock(mutex_);
      is_planned = !checkpoint_.ranges.empty();
      has_all_files = checkpoint_.end_time_micros != 0;
    }
    if (!has_all_files) {
      if (!is_planned) RETURN_IF_ERROR(Begin());
      RETURN_IF_ERROR(WriteDataFiles());
      base::MutexLock lock(mutex_);
      ASSIGN_OR_RETURN(checkpoint_.end_time_micros, context_.clock.Issue());
      RETURN_IF_ERROR(progress_.Checkpoint(RenderCheckpoint(checkpoint_)));
    }
    return WriteManifests();
  }

  // Of an earlier run that was killed. Their files are written again under the same names. An
  // upload that began in the instant before the kill was not noted: it is found by listing, where
  // the caller may; elsewhere the bucket's expiry of incomplete uploads takes it.
  void AbortEarlierUploads() {
    base::MutexLock lock(mutex_);
    if (checkpoint_.ranges.empty()) return;  // no file was begun
    // By name: other incremental exports write into the same folder.
    std::set<std::string> unfinished;
    for (const RangeProgress& range : checkpoint_.ranges) {
      if (!range.is_done) unfinished.insert(KeyOf(range.range, range.parts));
    }
    auto listed = session_->ListUploads(keys_.data_folder);
    if (listed) {
      for (const objects::UploadInfo& upload : *listed) {
        if (unfinished.contains(upload.key)) Abort(upload.key, upload.upload_id);
      }
    } else {
      for (const OpenUpload& upload : checkpoint_.uploads) Abort(upload.key, upload.upload_id);
    }
    checkpoint_.uploads.clear();
  }

  void Abort(const std::string& key, const std::string& upload_id) {
    auto aborted = session_->AbortUpload(key, upload_id);
    if (aborted || aborted.error().reason == objects::reason::kNoSuchUpload) return;
    base::log::Warning("an incomplete upload could not be aborted",
                       {{"key", key}, {"upload", upload_id}, {"error", aborted.error().message}});
    progress_.Log("the incomplete upload " + upload_id + " of " + key +
                  " could not be aborted: " + aborted.error().message);
  }

  // Proves that the bucket can be written, then fixes the plan.
  base::Status Begin() {
    jobs::LogPhase(progress_, "start");
    RETURN_IF_ERROR(session_->PutObject(keys_.started, {}, put_options_));
    ASSIGN_OR_RETURN(auto table, context_.tables.FindByNumber(accepted_.table_number));
    uint64_t bytes = accepted_.billed_size_bytes;
    if (const auto& period = accepted_.period) {
      ASSIGN_OR_RETURN(bytes, context_.tables.EstimateChangeBytes(table, period->from_micros,
                                                                  period->to_micros));
    }
    const uint64_t range_bytes = std::max(
        kRangeBytesMin, std::min(context_.options.data_file_bytes, bytes / (4 * ThreadCount())));
    base::MutexLock lock(mutex_);
    checkpoint_.ranges = PlanRanges(context_.tables.Partitions(table), bytes,
                                    std::min(range_bytes, context_.options.data_file_bytes));
    return progress_.Checkpoint(RenderCheckpoint(checkpoint_));
  }

  unsigned ThreadCount() const {
    return context_.options.threads > 0 ? context_.options.threads
                                        : std::max(1u, std::thread::hardware_concurrency());
  }

  base::Status WriteDataFiles() {
    jobs::LogPhase(progress_, "data");
    ASSIGN_OR_RETURN(auto table, context_.tables.FindByNumber(accepted_.table_number));
    keys_schema_ = context_.tables.Describe(table).key_schema;
    if (const auto& period = accepted_.period) {
      ASSIGN_OR_RETURN(
          increment_, context_.tables.OpenIncrement(table, period->from_micros, period->to_micros));
    } else {
      ASSIGN_OR_RETURN(view_, context_.tables.OpenView(table, accepted_.export_time_micros));
    }
    std::vector<std::thread> others;
    for (unsigned i = 1; i < ThreadCount(); ++i) {
      others.emplace_back([this] { TakeRanges(); });
    }
    TakeRanges();
    for (std::thread& thread : others) thread.join();
    base::MutexLock lock(mutex_);
    if (error_) return *error_;
    return base::Ok();
  }

  void TakeRanges() {
    while (!is_failed_) {
      const size_t index = next_range_++;
      {
        base::MutexLock lock(mutex_);
        if (index >= checkpoint_.ranges.size()) return;
      }
      base::Status status = WriteRange(index);
      if (status) continue;
      base::MutexLock lock(mutex_);
      if (!error_) error_ = status.error();
      is_failed_ = true;  // behind the error that the others will be stopped by
    }
  }

  base::Result<std::unique_ptr<RangeRecords>> OpenRange(const RangeProgress& range) {
    if (increment_ == nullptr) {
      ASSIGN_OR_RETURN(auto cursor, view_->OpenCursor(range.range, range.position));
      return RecordsOfView(std::move(cursor));
    }
    const bool with_old_images = accepted_.period->view_type == kNewAndOldImages;
    ASSIGN_OR_RETURN(auto cursor,
                     increment_->OpenCursor(range.range, range.position, with_old_images));
    return RecordsOfIncrement(std::move(cursor), with_old_images);
  }

  base::Status WriteRange(size_t index) {
    RangeProgress range;
    {
      base::MutexLock lock(mutex_);
      range = checkpoint_.ranges[index];
    }
    if (range.is_done) return base::Ok();
    ASSIGN_OR_RETURN(auto records, OpenRange(range));
    while (!range.is_done) RETURN_IF_ERROR(WriteFile(*records, index, range));
    return base::Ok();
  }

  base::Status WriteFile(RangeRecords& records, size_t index, RangeProgress& range) {
    const std::string key = KeyOf(range.range, range.parts);
    ASSIGN_OR_RETURN(auto upload, MultipartUpload::Start(*session_, key, put_options_));
    RETURN_IF_ERROR(Note([&]() REQUIRES(mutex_) {
      checkpoint_.uploads.push_back({key, upload->upload_id()});
    }));
    ASSIGN_OR_RETURN(
        WrittenFile written,
        WriteDataFile(records, format_, keys_schema_, context_.options.data_file_bytes, *upload,
                      [this](uint64_t count, uint64_t bytes) { return Tick(count, bytes); }));
    ASSIGN_OR_RETURN(const bool has_more, records.HasMore());
    DataFile file{index,
                  range.parts++,
                  written.item_count,
                  written.compressed_bytes,
                  written.md5_base64,
                  upload->etag()};
    range.is_done = !has_more;
    range.position = records.position();
    return Note([&]() REQUIRES(mutex_) {
      std::erase(checkpoint_.uploads, OpenUpload{key, upload->upload_id()});
      checkpoint_.ranges[index] = range;
      checkpoint_.item_count += file.item_count;
      checkpoint_.compressed_bytes += file.compressed_bytes;
      checkpoint_.image_bytes += written.image_bytes;
      checkpoint_.files.push_back(std::move(file));
    });
  }

  // Changes the checkpoint and stores it, one thread after the other.
  template <class Change>
  base::Status Note(Change change) {
    base::MutexLock lock(mutex_);
    change();
    return progress_.Checkpoint(RenderCheckpoint(checkpoint_));
  }

  base::Status Tick(uint64_t items, uint64_t bytes) {
    const uint64_t items_done = items_ += items;
    const uint64_t bytes_done = bytes_ += bytes;
    RETURN_IF_ERROR(progress_.MayGoOn());
    if (is_failed_) return base::Error{base::ErrorKind::kCancelled, "Another range failed", {}};
    const int64_t now = base::SteadyMicros();
    int64_t last = last_published_;
    if (now - last < kPublishPauseMicros || !last_published_.compare_exchange_strong(last, now)) {
      return base::Ok();
    }
    progress_.Publish(RenderLive(items_done, bytes_done, std::min(ShareDone(items_done), 0.99)));
    return base::Ok();
  }

  // How many items changed nobody has counted: of an incremental export the ranges are.
  double ShareDone(uint64_t items_done) {
    if (!accepted_.period) {
      return static_cast<double>(items_done) /
             static_cast<double>(std::max<uint64_t>(1, accepted_.item_count_hint));
    }
    base::MutexLock lock(mutex_);
    const auto done = std::count_if(checkpoint_.ranges.begin(), checkpoint_.ranges.end(),
                                    [](const RangeProgress& range) { return range.is_done; });
    return static_cast<double>(done) /
           static_cast<double>(std::max<size_t>(1, checkpoint_.ranges.size()));
  }

  static export_layout::ObjectKeys KeysOf(const AcceptedExport& accepted,
                                          const std::string& export_id) {
    const std::string prefix = accepted.request.s3_prefix.value_or("");
    return accepted.period ? export_layout::KeysOfIncrementalExport(prefix, export_id)
                           : export_layout::KeysOfFullExport(prefix, export_id);
  }

  std::string KeyOf(const table::HashRange& range, uint64_t part) const {
    return keys_.data_folder + export_layout::DataFileName(progress_.record().arn, range.first,
                                                           range.last, part,
                                                           item_format::DataFileExtension(format_));
  }

  base::Status WriteManifests() {
    jobs::LogPhase(progress_, "manifests");
    export_layout::Summary summary;
    std::vector<export_layout::FileEntry> entries;
    {
      base::MutexLock lock(mutex_);
      std::sort(checkpoint_.files.begin(), checkpoint_.files.end(),
                [](const DataFile& a, const DataFile& b) {
                  return std::pair(a.range, a.part) < std::pair(b.range, b.part);
                });
      for (const DataFile& file : checkpoint_.files) {
        entries.push_back({file.item_count, file.md5_base64, file.etag,
                           KeyOf(checkpoint_.ranges[file.range].range, file.part)});
      }
      summary.end_time_micros = checkpoint_.end_time_micros;
      summary.item_count = checkpoint_.item_count;
      summary.billed_size_bytes = BilledBytes(accepted_, checkpoint_);
    }
    summary.output_format = item_format::FormatName(format_);
    const jobs::Record& record = progress_.record();
    summary.export_arn = record.arn;
    summary.start_time_micros = record.start_time_micros;
    summary.table_arn = record.table_arn;
    summary.table_id = accepted_.table_id;
    summary.export_time_micros = accepted_.export_time_micros;
    if (const auto& period = accepted_.period) {
      summary.increment = {period->from_micros, period->to_micros, period->view_type};
    }
    summary.s3_bucket = accepted_.request.s3_bucket;
    summary.s3_prefix = accepted_.request.s3_prefix;
    summary.s3_sse_algorithm = accepted_.request.s3_sse_algorithm.value_or("AES256");
    summary.manifest_files_key = keys_.manifest_files;
    const std::string files = export_layout::RenderManifestFiles(entries);
    const std::string text = export_layout::RenderSummary(summary);
    RETURN_IF_ERROR(session_->PutObject(keys_.manifest_files, files, put_options_));
    RETURN_IF_ERROR(session_->PutObject(keys_.manifest_files_md5,
                                        export_layout::ChecksumFile(files), put_options_));
    RETURN_IF_ERROR(session_->PutObject(keys_.manifest_summary_md5,
                                        export_layout::ChecksumFile(text), put_options_));
    RETURN_IF_ERROR(progress_.CloseToCancel());
    return session_->PutObject(keys_.manifest_summary, text, put_options_);
  }

  std::string FinalProgress() {
    base::MutexLock lock(mutex_);
    Checkpoint final;  // what descriptions need; the plan has done its work
    final.end_time_micros = checkpoint_.end_time_micros;
    final.item_count = checkpoint_.item_count;
    final.compressed_bytes = checkpoint_.compressed_bytes;
    final.image_bytes = checkpoint_.image_bytes;
    final.manifest_key = keys_.manifest_summary;
    return RenderCheckpoint(final);
  }

  const ExportJobContext& context_;
  jobs::Progress& progress_;
  const AcceptedExport accepted_;
  const item_format::Format format_;
  const std::unique_ptr<s3_session::S3Session> session_;
  const export_layout::ObjectKeys keys_;
  objects::PutOptions put_options_;
  item::KeySchema keys_schema_;
  // What the ranges are read from: one of the two.
  std::unique_ptr<table::View> view_;
  std::unique_ptr<table::Increment> increment_;

  std::atomic<size_t> next_range_{0};
  std::atomic<bool> is_failed_{false};
  base::Mutex mutex_;
  Checkpoint checkpoint_ GUARDED_BY(mutex_);
  std::optional<base::Error> error_ GUARDED_BY(mutex_);
  // Live numbers, with the files that are being written.
  std::atomic<uint64_t> items_, bytes_;
  std::atomic<int64_t> last_published_{0};
};

}  // namespace

std::string RenderLive(uint64_t items, uint64_t compressed_bytes, double share) {
  char text[128];
  std::snprintf(text, sizeof(text), R"({"items":%llu,"bytes":%llu,"share":%.4f})",
                static_cast<unsigned long long>(items),
                static_cast<unsigned long long>(compressed_bytes), share);
  return text;
}

uint64_t BilledBytes(const AcceptedExport& accepted, const Checkpoint& checkpoint) {
  constexpr uint64_t kIncrementalMin = 10'000'000;  // as AWS shows it for whatever is smaller
  return accepted.period ? std::max(kIncrementalMin, checkpoint.image_bytes)
                         : accepted.billed_size_bytes;
}

std::string ExportIdOf(std::string_view export_arn) {
  return std::string(export_arn.substr(export_arn.rfind('/') + 1));
}

base::Result<jobs::Outcome> RunExport(const ExportJobContext& context, jobs::Progress& progress) {
  const jobs::Record& record = progress.record();
  ASSIGN_OR_RETURN(AcceptedExport accepted, ParseAccepted(record.request_json));
  ASSIGN_OR_RETURN(access::Caller caller, access::Deserialize(record.caller_json));
  ASSIGN_OR_RETURN(Checkpoint checkpoint, ParseCheckpoint(record.progress_json));
  auto format =
      item_format::ExportFormatFromName(accepted.request.export_format.value_or("DYNAMODB_JSON"));
  if (!format) {
    return base::Error{base::ErrorKind::kCorruption, "The record names an unknown format", {}};
  }
  const uint64_t table_number = accepted.table_number;
  context.tables.Pin(table_number, record.arn, PinnedFrom(accepted));
  ExportJob job(context, progress, std::move(accepted), *format, caller, std::move(checkpoint));
  auto outcome = job.Run();
  // An unfinished job keeps its pin.
  if (outcome || outcome.error().kind != base::ErrorKind::kUnavailable) {
    context.tables.Unpin(table_number, record.arn);
  }
  return outcome;
}

}  // namespace dray::export_table
