// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/incrementals_plan.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "base/random.h"
#include "base/text_encoding.h"
#include "client/remote_import/export_finder.h"
#include "client/remote_import/place.h"
#include "client/remote_import/started_import.h"
#include "client/remote_jobs/export_request.h"
#include "client/remote_jobs/json_members.h"

namespace dray::remote_import {

namespace {

using base::Error;
using base::ErrorKind;
using remote_jobs::ObjectAt;
using remote_jobs::StringAt;

constexpr size_t kManifestsMax = 1000;  // of one request
constexpr size_t kJobsMax = 1000;       // of the table that are looked at
constexpr std::string_view kDataFolder = "data/";

Error Wrong(std::string text) { return {ErrorKind::kInvalidArgument, std::move(text), {}}; }

struct TableState {
  std::string arn, id;
};
struct Base {
  int64_t at_micros = 0;
  std::string origin;
};

class Planning {
 public:
  Planning(remote_jobs::Session& session, const ImportPlan& plan)
      : session_(session), plan_(plan) {}

  base::Result<IncrementalsPlan> Run() {
    ASSIGN_OR_RETURN(std::optional<TableState> table, AskTable());
    ASSIGN_OR_RETURN(const std::string prefix, OpenPlace());
    out_.source = place_->Name(prefix);
    ASSIGN_OR_RETURN(FoundRuns found, FindRuns(*place_, prefix));
    for (const std::string& root : found.incomplete) {
      session_.display().Warn(place_->Name(root) +
                              " has no manifest-summary.json: it is not complete, and left out");
    }
    RETURN_IF_ERROR(CheckOneTable(found.runs));
    for (ExportRun& run : found.runs) {
      (run.is_full() ? full_ : increments_).push_back(std::move(run));
    }
    RETURN_IF_ERROR(plan_.mode == "UNDO" ? PlanUndo() : PlanApply(table));
    for (const ExportRun& link : out_.chain.links) {
      RETURN_IF_ERROR(out_.is_local ? CheckNamed(link) : CheckName(link));
      if (out_.manifests.size() == kManifestsMax) continue;
      out_.manifests.push_back(std::string(FolderOf(link)) + "manifest-summary.json");
      if (out_.is_local) RETURN_IF_ERROR(TakeFiles(link));
    }
    out_.later = out_.chain.links.size() - out_.manifests.size();
    if (out_.is_local) {
      out_.bucket = "dray-import-" + base::RandomUuid();
    } else if (table && plan_.is_token_given) {
      TakeStarted();
    }
    return std::move(out_);
  }

 private:
  // What the place names in it.
  base::Result<std::string> OpenPlace() {
    auto url = remote_jobs::ParseS3Url(plan_.place);
    out_.is_local = !url;
    if (out_.is_local) {
      place_ = OpenFolders();
      return KeyOfPath(plan_.place);
    }
    out_.bucket = url->bucket;
    ASSIGN_OR_RETURN(place_, OpenBucket(session_, url->bucket, plan_.bucket_owner.value_or("")));
    return url->prefix.value_or("");
  }

  // nullopt: there is none.
  base::Result<std::optional<TableState>> AskTable() {
    std::string body;
    json::Writer(body).StartObject().Name("TableName").String(plan_.table).EndObject();
    ASSIGN_OR_RETURN(aws::JsonAnswer answer, session_.Ask("DescribeTable", body));
    if (answer.refused) {
      const bool is_missing = answer.refused->code == "ResourceNotFoundException";
      if (is_missing && plan_.mode == "APPLY") return std::optional<TableState>();
      return session_.Refusal("DescribeTable", *answer.refused);
    }
    const json::Object table = ObjectAt(answer.body, "Table");
    const std::string status = StringAt(table, "TableStatus");
    if (status == "CREATING" || status == "DELETING") {
      return Wrong("the table " + plan_.table + " is " + status + ": wait for its end; dray job " +
                   "list --table " + plan_.table + " shows an import that makes it");
    }
    return std::optional(TableState{StringAt(table, "TableArn"), StringAt(table, "TableId")});
  }

  std::string Listed(const std::vector<ExportRun>& runs) const {
    std::string text;
    for (const ExportRun& run : runs) {
      text += "\n  " + place_->Name(run.root) + "  " + DescribeRun(run);
    }
    return text;
  }

  base::Status PlanUndo() {
    if (increments_.empty()) {
      return Wrong("there is no incremental export under " + out_.source +
                   ": only these can be undone");
    }
    if (increments_.size() > 1) {
      return Wrong("there are " + std::to_string(increments_.size()) +
                   " incremental exports under " + out_.source +
                   ", and one is undone at a time, the last that was applied first: name it" +
                   Listed(increments_));
    }
    out_.chain.links = std::move(increments_);
    return base::Ok();
  }

  base::Status PlanApply(const std::optional<TableState>& table) {
    Base base;
    if (table) {
      RETURN_IF_ERROR(CheckFlagsOfExisting());
      if (increments_.empty()) {
        return Wrong("there is a table " + plan_.table +
                     " already, and no incremental export under " + out_.source);
      }
      ASSIGN_OR_RETURN(base, FindBase(*table));
    } else {
      RETURN_IF_ERROR(CheckFlagsOfNew());
      ASSIGN_OR_RETURN(out_.full, ChooseFull());
      out_.full_place = place_->Name(out_.full->root);
      base = {out_.full->summary.export_time_micros,
              "the full export " + place_->Name(out_.full->root)};
    }
    out_.at_micros = base.at_micros;
    ASSIGN_OR_RETURN(out_.chain,
                     PlanChain(std::move(increments_), base.at_micros, base.origin,
                               [this](const std::string& root) { return place_->Name(root); }));
    for (const ExportRun& run : out_.chain.left_out) {
      session_.display().Note("left out, because the table has it already: " +
                              place_->Name(run.root) + "  " + DescribeRun(run));
    }
    return base::Ok();
  }

  base::Status CheckFlagsOfNew() const {
    const std::string no_table = "there is no table " + plan_.table + ", so ";
    if (plan_.from_micros) {
      return Wrong(no_table + "it is made of the full export, whose time is known: leave --from " +
                   "away");
    }
    if (!plan_.waits && !plan_.is_dry_run) {
      return Wrong(no_table + "the full export is imported before its incrementals: leave " +
                   "--no-wait away");
    }
    return base::Ok();
  }

  base::Status CheckFlagsOfExisting() const {
    const std::string is_there = "there is a table " + plan_.table + " already: ";
    if (!plan_.full_export.empty()) {
      return Wrong(is_there +
                   "--full is for one that is made. Give another name, or leave it away");
    }
    if (plan_.says_table()) {
      return Wrong(is_there + "it is what it is, leave --schema and the flags of keys, indexes " +
                   "and throughput away");
    }
    return base::Ok();
  }

  base::Result<ExportRun> ChooseFull() const {
    if (full_.empty()) {
      return Wrong("there is no table " + plan_.table + ", and no full export under " +
                   out_.source + " to make it of");
    }
    if (plan_.full_export.empty()) {
      if (full_.size() == 1) return full_.front();
      return Wrong("there are " + std::to_string(full_.size()) + " full exports under " +
                   out_.source + ": name the one to begin with, --full ID" + Listed(full_));
    }
    for (const ExportRun& run : full_) {
      if (run.id() == plan_.full_export) return run;
    }
    return Wrong("there is no full export " + plan_.full_export + " under " + out_.source + ":" +
                 Listed(full_));
  }

  // ---- what the table is, as the server finds it out

  base::Result<Base> FindBase(const TableState& table) {
    if (plan_.from_micros) return Base{*plan_.from_micros, "--from says so"};
    ASSIGN_OR_RETURN(auto jobs, remote_jobs::ListJobs(session_, table.arn,
                                                      remote_jobs::JobKind::kImport, kJobsMax));
    for (const remote_jobs::JobSummary& summary : jobs) {
      ASSIGN_OR_RETURN(remote_jobs::Job job,
                       remote_jobs::DescribeJob(session_, StringAt(summary.members, "ImportArn")));
      const json::Value* dry = job.description.Find("DryRun");
      const bool is_dry = dry != nullptr && dry->boolean() != nullptr && *dry->boolean();
      if (is_dry || StringAt(job.description, "TableId") != table.id) continue;
      const std::string mode = StringAt(job.description, "Mode");
      if (mode == "APPLY" || mode == "UNDO") {
        auto seconds = remote_jobs::DoubleAt(job.description, "AppliedTo");
        if (!seconds) continue;
        return Base{std::llround(*seconds * 1000) * 1000, "left so by " + job.arn()};
      }
      ASSIGN_OR_RETURN(std::optional<Base> base, BaseOfImport(job));
      if (base) return *std::move(base);
      if (mode.empty()) break;  // the table was made of something else
    }
    std::string text = "it is not known what the table " + plan_.table +
                       " is a copy of: neither an import of a full export, nor incrementals that "
                       "were applied. Say it with --from TIME";
    if (full_.size() == 1) {
      text += "; if it was made of " + place_->Name(full_[0].root) + ": --from " +
              base::FormatIso8601Millis(full_[0].summary.export_time_micros);
    }
    return Wrong(text);
  }

  base::Result<std::optional<Base>> BaseOfImport(const remote_jobs::Job& job) {
    const json::Object source = ObjectAt(job.description, "S3BucketSource");
    std::string root = StringAt(source, "S3KeyPrefix");
    if (root.ends_with("/data")) root += '/';
    if (!root.ends_with(kDataFolder)) return std::optional<Base>();
    root.resize(root.size() - kDataFolder.size());
    const std::string bucket = StringAt(source, "S3Bucket");
    std::unique_ptr<Place> other;
    if (bucket != out_.bucket) {
      auto opened = OpenBucket(session_, bucket, "");
      if (opened) other = *std::move(opened);
    }
    std::optional<Base> base;
    Place* place = bucket == out_.bucket ? place_.get() : other.get();
    if (place != nullptr) {
      auto summary = ReadSummary(*place, root);
      if (!summary && (summary.error().kind == ErrorKind::kUnavailable ||
                       summary.error().kind == ErrorKind::kCancelled)) {
        return std::move(summary).error();
      }
      if (summary && !summary->increment) {
        base = Base{summary->export_time_micros, "imported from " + place->Name(root)};
      }
    }
    if (other != nullptr && !out_.is_local) {
      RETURN_IF_ERROR(session_.LocateBucket(out_.bucket));
    }
    return base;
  }

  // ---- what the server reads: objects at the keys that the manifests say

  // Where the export was first.
  static std::string_view FolderOf(const ExportRun& run) {
    const std::string_view named = run.summary.manifest_files_key;
    return named.substr(0, named.rfind('/') + 1);
  }

  base::Status CheckName(const ExportRun& link) const {
    const std::string& named = link.summary.manifest_files_key;
    if (named == link.root + "manifest-files.json") return base::Ok();
    return Wrong(place_->Name(link.root) + " was copied to another name: its manifests say " +
                 named +
                 ", and incremental exports are read where their manifests say. Copy it so that "
                 "its keys are the original ones; the bucket may be another");
  }

  base::Status CheckNamed(const ExportRun& link) const {
    const std::string& named = link.summary.manifest_files_key;
    if (named.ends_with("/manifest-files.json")) return base::Ok();
    return Error{ErrorKind::kCorruption,
                 place_->Name(link.root) + ": its summary says " + named + " for the list of files",
                 kIncomplete};
  }

  base::Status TakeFiles(const ExportRun& link) {
    for (const std::string_view name : {"manifest-summary.json", "manifest-summary.md5",
                                        "manifest-files.json", "manifest-files.md5"}) {
      RETURN_IF_ERROR(TakeFile(link, std::string(FolderOf(link)).append(name)));
    }
    ASSIGN_OR_RETURN(auto files, ReadDataFiles(*place_, link.summary, link.root));
    for (const export_layout::FileEntry& file : files) {
      RETURN_IF_ERROR(TakeFile(link, file.data_file_key));
    }
    return base::Ok();
  }

  base::Status TakeFile(const ExportRun& link, const std::string& key) {
    const std::string here = MovedKey(key, link.summary.manifest_files_key, link.root);
    ASSIGN_OR_RETURN(std::vector<Entry> found, place_->List(here));
    if (found.size() == 1 && found[0].key == here) {
      out_.files.push_back({place_->Name(here), key, found[0].size_bytes});
      return base::Ok();
    }
    return Error{ErrorKind::kCorruption,
                 place_->Name(here) + " is missing, of the incremental export " +
                     place_->Name(link.root) +
                     ": bring everything under AWSDynamoDB/, its data/ too",
                 kIncomplete};
  }

  // The same token is the same request, whatever was applied since.
  void TakeStarted() {
    auto job = FindImport(session_, plan_.table, plan_.client_token);
    if (!job) return;
    const json::Array manifests = remote_jobs::ArrayAt(job->description, "Manifests");
    if (manifests.empty()) return;
    out_.manifests.clear();
    for (const json::Value& key : manifests) {
      if (key.string() != nullptr) out_.manifests.push_back(*key.string());
    }
  }

  remote_jobs::Session& session_;
  const ImportPlan& plan_;
  std::unique_ptr<Place> place_;
  std::vector<ExportRun> full_, increments_;
  IncrementalsPlan out_;
};

}  // namespace

base::Result<IncrementalsPlan> PlanIncrementals(remote_jobs::Session& session,
                                                const ImportPlan& plan) {
  return Planning(session, plan).Run();
}

}  // namespace dray::remote_import
