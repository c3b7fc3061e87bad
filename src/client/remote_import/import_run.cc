// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/import_run.h"

#include "client/remote_import/incrementals_run.h"
#include "client/remote_import/place.h"
#include "client/remote_import/prepared_import.h"
#include "client/remote_import/settings_run.h"
#include "client/remote_import/started_import.h"
#include "client/remote_jobs/job_errors.h"
#include "client/remote_jobs/json_members.h"

namespace dray::remote_import {

namespace {

using remote_jobs::Ending;
using remote_jobs::Job;
using remote_jobs::Session;
using remote_jobs::StringAt;

constexpr int64_t kErrorsShown = 5;
constexpr const char* kOtherCredentials =
    "a bucket of another account is mostly read through DynamoDB only: name credentials of its own "
    "account with --bucket-profile; or say --format and --no-verify, and nobody looks before the "
    "import";

class ImportRun {
 public:
  ImportRun(Session& session, const ImportPlan& plan) : session_(session), plan_(plan) {}

  ImportResult Run(base::Result<PreparedImport> ready) {
    if (!ready) return Ended(ready.error());
    Take(*std::move(ready));
    for (const std::string& text : result_.left_out) {
      session_.display().Warn("not carried over: " + text);
    }
    base::Status verified = Verify();
    if (!verified) return Ended(verified.error());
    if (result_.ending != Ending::kDone || IsOnlyShown()) return std::move(result_);
    base::Status ended = Stage();
    if (ended) ended = Start();
    if (ended && plan_.waits) ended = Watch();
    if (!ended) Note(ended.error());
    CleanUp();
    if (!ended || !plan_.waits) return std::move(result_);
    if (result_.job->status() != "COMPLETED") Explain();
    ApplySettings();
    return std::move(result_);
  }

 private:
  // A dry run into a table that is there is the server's: it counts what would change.
  bool IsOnlyShown() const { return plan_.is_dry_run && plan_.mode.empty(); }

  // The worst ending stands.
  void Add(Ending ending, const std::string& error) {
    if (result_.ending == Ending::kDone || ending == Ending::kInterrupted) result_.ending = ending;
    if (!result_.error.empty()) result_.error += '\n';
    result_.error += error;
  }

  static Ending EndingOf(const base::Error& error) {
    switch (error.kind) {
      case base::ErrorKind::kCancelled:
        return Ending::kInterrupted;
      case base::ErrorKind::kUnavailable:
        return Ending::kUnreachable;
      default:
        return error.reason == kIncomplete ? Ending::kNotWhole : Ending::kFailed;
    }
  }

  void Take(PreparedImport prepared) {
    prepared_ = std::move(prepared);
    result_.source = prepared_.source;
    result_.source_objects = prepared_.contents.data.size();
    result_.schema = prepared_.schema;
    result_.left_out = prepared_.left_out;
    result_.settings = prepared_.settings;
    result_.operation = prepared_.operation;
    result_.request = prepared_.request;
  }

  // Nothing was begun yet.
  ImportResult Ended(const base::Error& error) {
    std::string text = error.message;
    if (error.kind == base::ErrorKind::kCancelled) text = "interrupted; nothing was begun";
    if (error.kind == base::ErrorKind::kAccessDenied && plan_.place.starts_with("s3://")) {
      text += std::string("\n  ") + kOtherCredentials;
    }
    Add(EndingOf(error), text);
    return std::move(result_);
  }

  base::Status Verify() {
    const Contents& contents = prepared_.contents;
    if (!contents.is_export || !plan_.verifies) return base::Ok();
    // Files of this machine are read in any case: they are uploaded.
    const auto depth =
        prepared_.is_local ? verify_export::Depth::kContent : verify_export::Depth::kEtags;
    ASSIGN_OR_RETURN(result_.verified,
                     VerifyContents(*prepared_.place, contents, depth,
                                    [this](uint64_t done, uint64_t total) -> base::Status {
                                      remote_jobs::Display::Progress progress;
                                      progress.doing = "verifying";
                                      if (total > 0) {
                                        progress.share =
                                            static_cast<double>(done) / static_cast<double>(total);
                                      }
                                      session_.display().Show(progress);
                                      return session_.Sleep(0);
                                    }));
    // In a bucket all of data/ is imported, of a folder what the manifest lists.
    if (!prepared_.is_local) {
      for (const Entry& entry : contents.strangers) {
        result_.verified->findings.push_back(
            {prepared_.place->Name(entry.key),
             "is not in the manifest, and would be imported with the rest"});
      }
    }
    if (result_.verified->is_whole()) return base::Ok();
    std::string text = "the export is not whole, and nothing was imported:";
    for (const verify_export::Finding& finding : result_.verified->findings) {
      text += "\n  " + finding.key + " " + finding.what;
    }
    Add(Ending::kNotWhole, text);
    return base::Ok();
  }

  // ---- the import

  base::Status Stage() {
    if (!prepared_.staging) return base::Ok();
    RETURN_IF_ERROR(session_.LocateBucket(prepared_.staging->options().bucket));
    ASSIGN_OR_RETURN(result_.staged, prepared_.staging->Upload());
    std::string text = "staged: " + std::to_string(result_.staged->files) + " files at " +
                       prepared_.staging->Url();
    if (result_.staged->files_there > 0) {
      text += ", " + std::to_string(result_.staged->files_there) + " of them were there already";
    }
    session_.display().Note(text);
    return base::Ok();
  }

  base::Status Start() {
    auto job = StartImport(session_, prepared_.operation, plan_.table, prepared_.request,
                           plan_.client_token);
    if (!job) {
      const base::ErrorKind kind = job.error().kind;
      may_be_accepted_ =
          kind == base::ErrorKind::kUnavailable || kind == base::ErrorKind::kCancelled;
      return std::move(job).error();
    }
    result_.job = *std::move(job);
    session_.display().Note("import accepted: " + result_.job->arn());
    return base::Ok();
  }

  base::Status Watch() {
    ASSIGN_OR_RETURN(Job job, remote_jobs::WatchJob(session_, result_.job->arn(), "importing"));
    result_.job = std::move(job);
    return base::Ok();
  }

  std::string GoesOn() const {
    return "the import goes on at the server: dray job show " + result_.job->arn();
  }

  // Of the import itself.
  void Note(const base::Error& error) {
    if (error.kind == base::ErrorKind::kCancelled) {
      Interrupted();
      return;
    }
    std::string text = error.message;
    if (result_.job) {
      text += "\n" + GoesOn();
    } else if (may_be_accepted_) {
      text +=
          "\nnobody knows whether the import was accepted: the same command with "
          "--client-token " +
          plan_.client_token + " asks again, and starts no second one";
    }
    Add(EndingOf(error), text);
  }

  void Interrupted() {
    session_.interruption().Tolerate();  // the next signal ends the clean-up, too
    if (!result_.job && may_be_accepted_) {
      result_.job = FindImport(session_, plan_.table, plan_.client_token);
      may_be_accepted_ = false;
    }
    if (!result_.job) {
      Add(Ending::kInterrupted, "interrupted before the import was accepted");
      return;
    }
    if (!plan_.cancels_when_interrupted) {
      Add(Ending::kInterrupted,
          "interrupted; " + GoesOn() + "\nto end it: dray job cancel " + result_.job->arn());
      if (!result_.settings.empty()) {
        Add(Ending::kInterrupted, "its settings are not applied: " + Listed(0));
      }
      return;
    }
    base::Status cancelled = remote_jobs::CancelJob(session_, result_.job->arn());
    if (cancelled) {
      auto job = remote_jobs::WatchJob(session_, result_.job->arn(), "cancelling");
      if (job) {
        result_.job = *std::move(job);
        const bool has_ended = result_.job->status() == "COMPLETED";
        Add(Ending::kInterrupted, has_ended ? "interrupted; the import was complete already"
                                            : "interrupted; the import was cancelled");
        return;
      }
      cancelled = job.error();
    }
    Add(Ending::kInterrupted,
        "interrupted; the import could not be cancelled: " + cancelled.error().message);
  }

  void Explain() {
    std::string text = "the import " + result_.job->arn() +
                       " failed: " + remote_jobs::ExplainFailure(*result_.job, "");
    if (remote_jobs::IntAt(result_.job->description, "ErrorCount").value_or(0) > 0) {
      auto errors = remote_jobs::FirstErrors(session_, result_.job->arn(), kErrorsShown);
      if (!errors) {
        text += "\n  the first of them cannot be shown: " + errors.error().message;
      } else {
        result_.errors = std::move(errors->lines);
        for (const std::string& line : result_.errors) text += "\n  " + line;
        if (errors->has_more) text += "\n  ...";
      }
    }
    Add(Ending::kFailed, text);
  }

  // A job that goes on still reads what was staged for it.
  void CleanUp() {
    if (!prepared_.staging) return;
    const bool is_read = may_be_accepted_ || (result_.job && result_.job->is_running());
    if (is_read || plan_.keeps_staging) {
      result_.staging_left = prepared_.staging->Url();
      if (is_read && !plan_.keeps_staging) {
        Add(result_.ending, "the import reads " + prepared_.staging->Url() +
                                ", which stays therefore; behind the import: " + RemoveByHand());
      }
      return;
    }
    if (base::Status cleaned = prepared_.staging->CleanUp(); !cleaned) {
      result_.staging_left = prepared_.staging->Url();
      Add(Ending::kUnfinished, "what was staged at " + prepared_.staging->Url() +
                                   " could not be removed: " + cleaned.error().message +
                                   "\n  by hand: " + RemoveByHand());
    }
  }

  std::string RemoveByHand() const {
    if (!prepared_.staging->options().makes_bucket)
      return "aws s3 rm --recursive " + prepared_.staging->Url();
    return "aws s3 rb --force s3://" + prepared_.staging->options().bucket;
  }

  // ---- settings

  std::string Listed(size_t first) const {
    std::string text;
    for (size_t i = first; i < result_.settings.size(); ++i) {
      text += (text.empty() ? "" : ", ") + result_.settings[i].what;
    }
    return text;
  }

  void ApplySettings() {
    if (result_.settings.empty()) return;
    if (result_.job->status() != "COMPLETED") {
      Add(result_.ending, "not applied, because the import failed: " + Listed(0));
      return;
    }
    const std::string table_arn = StringAt(result_.job->description, "TableArn");
    for (size_t i = 0; i < result_.settings.size(); ++i) {
      const Setting& setting = result_.settings[i];
      base::Status applied = ApplySetting(session_, setting, plan_.table, table_arn);
      if (applied) {
        result_.applied.push_back(setting.what);
        continue;
      }
      const base::Error& error = applied.error();
      const bool is_over =
          error.kind == base::ErrorKind::kCancelled || error.kind == base::ErrorKind::kUnavailable;
      Add(error.kind == base::ErrorKind::kCancelled ? Ending::kInterrupted : Ending::kUnfinished,
          "the items are there, but not " + (is_over ? Listed(i) : setting.what) + ": " +
              error.message);
      if (is_over) return;
    }
  }

  Session& session_;
  const ImportPlan& plan_;
  PreparedImport prepared_;
  bool may_be_accepted_ = false;
  ImportResult result_;
};

}  // namespace

bool ImportPlan::says_table() const {
  return !schema.empty() || table_flags.hash_key || table_flags.range_key ||
         !table_flags.attributes.empty() || table_flags.billing_mode || table_flags.kms_key_id ||
         table_flags.read_capacity || table_flags.write_capacity ||
         !table_flags.global_indexes.empty();
}

ImportResult RunImport(Session& session, const ImportPlan& plan, const ReadFile& read_file) {
  if (plan.has_incrementals()) return RunIncrementals(session, plan, read_file);
  return RunPrepared(session, plan, PrepareImport(session, plan, read_file));
}

ImportResult RunPrepared(Session& session, const ImportPlan& plan,
                         base::Result<PreparedImport> prepared) {
  return ImportRun(session, plan).Run(std::move(prepared));
}

}  // namespace dray::remote_import
