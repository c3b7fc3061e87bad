// SPDX-License-Identifier: Apache-2.0
#include "client/remote_jobs/job_watch.h"

#include <algorithm>

#include "client/remote_jobs/export_request.h"
#include "client/remote_jobs/json_members.h"

namespace dray::remote_jobs {

namespace {

constexpr int64_t kFirstPauseMs = 100;
constexpr int64_t kPauseMaxMs = 2'000;
constexpr int64_t kPauseMaxAwsMs = 10'000;  // its exports take minutes, and it throttles

std::string OneMember(std::string_view name, const std::string& value) {
  std::string body;
  json::Writer(body).StartObject().Name(name).String(value).EndObject();
  return body;
}

Display::Progress ProgressOf(const Job& job, const std::string& doing) {
  Display::Progress progress;
  progress.doing = doing;
  if (auto percent = IntAt(job.description, "ProgressPercent")) {
    progress.share = static_cast<double>(*percent) / 100;
  }
  const char* items = job.kind == JobKind::kExport ? "ItemCount" : "ProcessedItemCount";
  auto count = IntAt(job.description, items);
  // AWS's imports show zeros until their end.
  if (count && (progress.share || *count > 0)) progress.items = static_cast<uint64_t>(*count);
  if (auto bytes = IntAt(job.description, "WrittenSizeBytes")) {
    progress.bytes = static_cast<uint64_t>(*bytes);
  }
  return progress;
}

// Appends the jobs of one kind.
base::Status ListKind(Session& session, const std::string& table_arn, JobKind kind,
                      size_t count_max, std::vector<JobSummary>& jobs) {
  bool is_export = kind == JobKind::kExport;
  std::string next_token;
  size_t count = 0;
  do {
    std::string body;
    json::Writer writer(body);
    writer.StartObject();
    if (!table_arn.empty()) writer.Name("TableArn").String(table_arn);
    writer.Name(is_export ? "MaxResults" : "PageSize").Int(25);
    if (!next_token.empty()) writer.Name("NextToken").String(next_token);
    writer.EndObject();
    ASSIGN_OR_RETURN(json::Object page,
                     session.Get(is_export ? "ListExports" : "ListImports", std::move(body)));
    for (json::Value& value : ArrayAt(page, is_export ? "ExportSummaries" : "ImportSummaryList")) {
      if (value.object() == nullptr || count >= count_max) continue;
      ++count;
      jobs.push_back({kind, *value.object()});
    }
    next_token = StringAt(page, "NextToken");
  } while (!next_token.empty() && count < count_max);
  return base::Ok();
}

// Ids begin with the start time in milliseconds.
std::string IdOf(const JobSummary& job) {
  std::string arn = StringAt(job.members, job.kind == JobKind::kExport ? "ExportArn" : "ImportArn");
  return arn.substr(arn.rfind('/') + 1);
}

}  // namespace

base::Result<JobKind> KindOfJob(const std::string& arn) {
  if (arn.find(":table/") != std::string::npos) {
    if (arn.find("/export/") != std::string::npos) return JobKind::kExport;
    if (arn.find("/import/") != std::string::npos) return JobKind::kImport;
  }
  return base::Error{base::ErrorKind::kInvalidArgument,
                     "'" + arn +
                         "' is not the ARN of an export or an import, such as "
                         "arn:aws:dynamodb:us-east-1:111122223333:table/T/export/"
                         "01693467621041-039fcf72; `dray job list` shows them",
                     {}};
}

std::string Job::arn() const {
  return StringAt(description, kind == JobKind::kExport ? "ExportArn" : "ImportArn");
}
std::string Job::status() const {
  return StringAt(description, kind == JobKind::kExport ? "ExportStatus" : "ImportStatus");
}
bool Job::is_running() const { return status() == "IN_PROGRESS" || status() == "CANCELLING"; }

base::Result<Job> DescribeJob(Session& session, const std::string& arn) {
  Job job;
  ASSIGN_OR_RETURN(job.kind, KindOfJob(arn));
  bool is_export = job.kind == JobKind::kExport;
  ASSIGN_OR_RETURN(json::Object answer,
                   session.Get(is_export ? "DescribeExport" : "DescribeImport",
                               OneMember(is_export ? "ExportArn" : "ImportArn", arn)));
  job.description = ObjectAt(answer, is_export ? "ExportDescription" : "ImportTableDescription");
  if (job.status().empty()) {
    return base::Error{base::ErrorKind::kCorruption, "the endpoint describes no job " + arn, {}};
  }
  return job;
}

base::Result<Job> WatchJob(Session& session, const std::string& arn, const std::string& doing) {
  int64_t pause_ms = kFirstPauseMs;
  const int64_t pause_max_ms = session.options().is_aws ? kPauseMaxAwsMs : kPauseMaxMs;
  while (true) {
    ASSIGN_OR_RETURN(Job job, DescribeJob(session, arn));
    if (!job.is_running()) return job;
    session.display().Show(ProgressOf(job, doing));
    RETURN_IF_ERROR(session.Sleep(pause_ms));
    pause_ms = std::min(pause_ms * 3 / 2, pause_max_ms);
  }
}

base::Status CancelJob(Session& session, const std::string& arn) {
  RETURN_IF_ERROR(KindOfJob(arn));
  ASSIGN_OR_RETURN(json::Object answer, session.GetOwn("CancelJob", OneMember("JobArn", arn)));
  return base::Ok();
}

base::Result<std::vector<JobSummary>> ListJobs(Session& session, const std::string& table_arn,
                                               std::optional<JobKind> kind, size_t count_max) {
  std::vector<JobSummary> jobs;
  for (JobKind each : {JobKind::kExport, JobKind::kImport}) {
    if (kind && *kind != each) continue;
    RETURN_IF_ERROR(ListKind(session, table_arn, each, count_max, jobs));
  }
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const JobSummary& a, const JobSummary& b) { return IdOf(a) > IdOf(b); });
  if (jobs.size() > count_max) jobs.resize(count_max);
  return jobs;
}

namespace {

std::string ExplainImport(const Job& job, const std::string& code) {
  const json::Object source = ObjectAt(job.description, "S3BucketSource");
  const std::string bucket = StringAt(source, "S3Bucket");
  const std::string account = AccountOfArn(job.arn());
  if (code == "S3NoSuchBucket") {
    return "\n  there is no bucket " + bucket + " where the server looks for it";
  }
  if (code == "S3AccessDenied") {
    std::string text =
        "\n  the caller needs s3:ListBucket on the bucket " + bucket +
        " and s3:GetObject on its objects, from the bucket's policy, too, when it is "
        "another account's";
    if (StringAt(source, "S3BucketOwner") == account) {
      text += "\n  a bucket of another account than " + account + " needs --bucket-owner, too";
    }
    return text;
  }
  if (code == "ItemValidationError") {
    if (StringAt(job.description, "Mode") == "UNDO") {
      return "\n  what is not as the export left it was not taken back, everything else was: dray "
             "job "
             "logs " +
             job.arn() + "\n  --undo --force takes it back, too";
    }
    return "\n  the table is there, with all other items; " +
           std::to_string(IntAt(job.description, "ErrorCount").value_or(0)) +
           " records are not in it: dray job logs " + job.arn();
  }
  return "";
}

}  // namespace

std::string ExplainFailure(const Job& job, const std::string& caller_hint) {
  const std::string code = StringAt(job.description, "FailureCode");
  std::string text = code + ": " + StringAt(job.description, "FailureMessage");
  std::string detail = StringAt(job.description, "FailureDetail");
  if (!detail.empty() && detail != StringAt(job.description, "FailureMessage")) {
    text += "\n  " + detail;
  }
  if (job.kind == JobKind::kImport) return text + ExplainImport(job, code);
  std::string bucket = StringAt(job.description, "S3Bucket");
  if (code == "S3AccessDenied") {
    std::string owner = StringAt(job.description, "S3BucketOwner");
    std::string account = AccountOfArn(job.arn());
    text += "\n  why, statement by statement: dray policy check --offline --caller " + caller_hint +
            " --bucket " + bucket + " --bucket-owner " + (owner.empty() ? "OWNER" : owner) +
            " --bucket-policy FILE";
    text +=
        "\n  a bucket policy that allows it: dray policy generate --seed " + account + " " + bucket;
    if (owner.empty()) {
      text += "\n  a bucket of another account than " + account + " needs --bucket-owner, too";
    }
  } else if (code == "S3NoSuchBucket") {
    text += "\n  there is no bucket " + bucket + " where the server looks for it";
  }
  return text;
}

}  // namespace dray::remote_jobs
