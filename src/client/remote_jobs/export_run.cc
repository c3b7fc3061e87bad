// SPDX-License-Identifier: Apache-2.0
#include "client/remote_jobs/export_run.h"

#include "client/aws/client.h"
#include "client/remote_jobs/bucket_reader.h"
#include "client/remote_jobs/json_members.h"
#include "client/remote_jobs/recovery.h"
#include "client/remote_jobs/schema_sidecar.h"

namespace dray::remote_jobs {

namespace {

// AWS takes a moment from turning recovery on to taking exports.
constexpr int kStartAttempts = 30;
constexpr int64_t kStartPauseMs = 2'000;

constexpr const char* kOtherCredentials =
    "a bucket of another account is mostly written through DynamoDB only: name credentials of its "
    "own account with --bucket-profile";

class ExportRun {
 public:
  ExportRun(Session& session, const ExportPlan& plan,
            const std::function<base::Status(const std::string&, const std::string&)>& write_file)
      : session_(session), plan_(plan), write_file_(write_file), recovery_(session, plan.table) {}

  ExportResult Run() {
    base::Status started = Start();
    base::Status ended = started;
    if (started && plan_.waits) ended = Watch();
    if (!ended) Note(ended.error());
    TurnRecoveryOff();
    if (!ended || !plan_.waits) return std::move(result_);
    if (result_.job->status() != "COMPLETED") {
      Add(Ending::kFailed, "the export " + result_.job->arn() +
                               " failed: " + ExplainFailure(*result_.job, CallerHint()));
      return std::move(result_);
    }
    if (base::Status located = session_.LocateBucket(plan_.request.bucket); !located) {
      Note(located.error());
      return std::move(result_);
    }
    if (plan_.verifies) Verify();
    if (plan_.schema != ExportPlan::Schema::kNone) WriteSchema();
    return std::move(result_);
  }

 private:
  // The worst ending stands.
  void Add(Ending ending, const std::string& error) {
    if (result_.ending == Ending::kDone || ending == Ending::kInterrupted) result_.ending = ending;
    if (!result_.error.empty()) result_.error += '\n';
    result_.error += error;
  }

  // Of the export itself.
  void Note(const base::Error& error) {
    std::string text = error.message;
    bool is_accepted = result_.job.has_value();
    switch (error.kind) {
      case base::ErrorKind::kCancelled:
        Interrupted();
        return;
      case base::ErrorKind::kUnavailable:
        if (is_accepted) text += "\n" + GoesOn();
        Add(Ending::kUnreachable, text);
        return;
      default:
        if (is_accepted) text += "\n" + GoesOn();
        Add(Ending::kFailed, text);
    }
  }

  std::string GoesOn() const {
    return "the export goes on at the server: dray job show " + result_.job->arn();
  }

  void Interrupted() {
    session_.interruption().Tolerate();  // the next signal ends the clean-up, too
    if (!result_.job) {
      Add(Ending::kInterrupted, "interrupted before the export was accepted");
      return;
    }
    if (!plan_.cancels_when_interrupted) {
      Add(Ending::kInterrupted,
          "interrupted; " + GoesOn() + "\nto end it: dray job cancel " + result_.job->arn());
      return;
    }
    base::Status cancelled = CancelJob(session_, result_.job->arn());
    if (cancelled) {
      auto job = WatchJob(session_, result_.job->arn(), "cancelling");
      if (job) {
        result_.job = *std::move(job);
        Add(Ending::kInterrupted, "interrupted; the export was cancelled");
        return;
      }
      cancelled = job.error();
    }
    Add(Ending::kInterrupted,
        "interrupted; the export could not be cancelled: " + cancelled.error().message);
  }

  base::Status Start() {
    ASSIGN_OR_RETURN(json::Object table, DescribeTable(session_, plan_.table));
    std::string table_arn = StringAt(table, "TableArn");
    if (plan_.table.starts_with("arn:")) table_arn = plan_.table;
    // Before recovery is turned on: the settings are those that the table had.
    if (plan_.schema != ExportPlan::Schema::kNone && plan_.waits) {
      ASSIGN_OR_RETURN(settings_, ReadSettings(session_, std::move(table)));
      settings_taken_at_ = session_.clock().NowMicros();
    }
    if (plan_.turns_recovery_on) RETURN_IF_ERROR(recovery_.TurnOn());
    std::string body = RenderExportRequest(plan_.request, table_arn);
    ASSIGN_OR_RETURN(json::Object answer, RequestExport(body));
    result_.job = Job{JobKind::kExport, ObjectAt(answer, "ExportDescription")};
    if (result_.job->arn().empty()) {
      result_.job.reset();
      return base::Error{base::ErrorKind::kCorruption,
                         session_.options().tables.origin + " does not answer as DynamoDB does",
                         {}};
    }
    session_.display().Note("export accepted: " + result_.job->arn());
    return base::Ok();
  }

  base::Result<json::Object> RequestExport(const std::string& body) {
    constexpr std::string_view kOperation = "ExportTableToPointInTime";
    for (int attempt = 1;; ++attempt) {
      ASSIGN_OR_RETURN(aws::JsonAnswer answer, session_.Ask(kOperation, body));
      if (!answer.refused) return std::move(answer.body);
      bool is_settling = recovery_.was_turned_on() &&
                         answer.refused->code == "PointInTimeRecoveryUnavailableException";
      if (!is_settling || attempt == kStartAttempts) {
        return session_.Refusal(kOperation, *answer.refused);
      }
      RETURN_IF_ERROR(session_.Sleep(kStartPauseMs));
    }
  }

  base::Status Watch() {
    ASSIGN_OR_RETURN(Job job, WatchJob(session_, result_.job->arn(), "exporting"));
    result_.job = std::move(job);
    return base::Ok();
  }

  void TurnRecoveryOff() {
    if (!plan_.turns_recovery_off || !recovery_.was_turned_on()) return;
    if (base::Status off = recovery_.TurnOff(); !off) {
      Add(Ending::kUnfinished,
          "point-in-time recovery was turned on and could not be turned off again: " +
              off.error().message +
              "\n  by hand: aws dynamodb update-continuous-backups --table-name " + plan_.table +
              " --point-in-time-recovery-specification PointInTimeRecoveryEnabled=false");
    }
  }

  std::string CallerHint() const {
    return "arn:aws:iam::" + AccountOfArn(result_.job->arn()) + ":root (or the user or role)";
  }

  void Verify() {
    verify_export::Expectation expectation{result_.job->arn(), std::nullopt};
    if (auto count = IntAt(result_.job->description, "ItemCount")) {
      expectation.item_count = static_cast<uint64_t>(*count);
    }
    BucketReader reader(session_, plan_.request.bucket);
    auto report = verify_export::Verify(
        reader, StringAt(result_.job->description, "ExportManifest"), expectation,
        [this](uint64_t done, uint64_t total) -> base::Status {
          Display::Progress progress;
          progress.doing = "verifying";
          if (total > 0) progress.share = static_cast<double>(done) / static_cast<double>(total);
          session_.display().Show(progress);
          return session_.Sleep(0);
        });
    if (!report) {
      std::string text = "the export is complete, but not verified: " + report.error().message;
      if (report.error().kind == base::ErrorKind::kAccessDenied) {
        text += std::string("\n  ") + kOtherCredentials + ", or leave it out with --no-verify";
      }
      bool is_interrupted = report.error().kind == base::ErrorKind::kCancelled;
      Add(is_interrupted ? Ending::kInterrupted : Ending::kUnfinished, text);
      return;
    }
    result_.verified = *std::move(report);
    if (result_.verified->is_whole()) return;
    std::string text = "the export is complete by its description, but not whole:";
    for (const verify_export::Finding& finding : result_.verified->findings) {
      text += "\n  " + finding.key + " " + finding.what;
    }
    Add(Ending::kNotWhole, text);
  }

  void WriteSchema() {
    if (result_.ending == Ending::kInterrupted) return;
    for (const std::string& part : settings_.missing) {
      session_.display().Warn("the schema is without " + part);
    }
    std::string text = RenderSidecar(
        settings_, {result_.job->arn(), StringAt(result_.job->description, "ExportManifest"),
                    settings_taken_at_});
    if (plan_.schema == ExportPlan::Schema::kFile) {
      if (base::Status written = write_file_(plan_.schema_file, text); !written) {
        Add(Ending::kUnfinished, "the schema was not written: " + written.error().message);
        return;
      }
      result_.schema_location = plan_.schema_file;
      return;
    }
    PutSchema(std::move(text));
  }

  void PutSchema(std::string text) {
    const std::string key = SidecarKey(plan_.request.prefix.value_or(""), result_.job->arn());
    const std::string location = "s3://" + plan_.request.bucket + "/" + key;
    auto put = aws::PutObject(session_.bucket_client(), session_.bucket_endpoint(),
                              plan_.request.bucket, key, std::move(text),
                              {"application/json", plan_.request.bucket_owner.value_or("")});
    if (put && !put->refused) {
      result_.schema_location = location;
      return;
    }
    std::string why = put ? put->refused->Text() : put.error().message;
    std::string error = "the schema was not written to " + location + ": " + why;
    if (put && put->refused->status == 403) {
      error += std::string("\n  ") + kOtherCredentials +
               ", write it to a file with --schema-file, or leave it out with --no-schema";
    }
    bool is_interrupted = !put && put.error().kind == base::ErrorKind::kCancelled;
    Add(is_interrupted ? Ending::kInterrupted : Ending::kUnfinished, error);
  }

  Session& session_;
  const ExportPlan& plan_;
  const std::function<base::Status(const std::string&, const std::string&)>& write_file_;
  Recovery recovery_;
  TableSettings settings_;
  int64_t settings_taken_at_ = 0;
  ExportResult result_;
};

}  // namespace

ExportResult RunExport(Session& session, const ExportPlan& plan,
                       const std::function<base::Status(const std::string& path,
                                                        const std::string& text)>& write_file) {
  return ExportRun(session, plan, write_file).Run();
}

}  // namespace dray::remote_jobs
