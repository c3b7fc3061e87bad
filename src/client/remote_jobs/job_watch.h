// SPDX-License-Identifier: Apache-2.0
// Exports and imports as jobs of an endpoint, by their ARN.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/remote_jobs/session.h"

namespace dray::remote_jobs {

enum class JobKind { kExport, kImport };
// By the ARN: .../export/ID or .../import/ID. The error says so.
base::Result<JobKind> KindOfJob(const std::string& arn);

struct Job {
  JobKind kind = JobKind::kExport;
  json::Object description;  // DescribeExport's or DescribeImport's

  std::string arn() const;
  std::string status() const;
  bool is_running() const;
};
base::Result<Job> DescribeJob(Session& session, const std::string& arn);

// Until the job is no longer running. Interrupted or without an answer for longer than the session
// retries: an error; the job goes on.
base::Result<Job> WatchJob(Session& session, const std::string& arn, const std::string& doing);

// Cancelling is asked for; the job still has to end.
base::Status CancelJob(Session& session, const std::string& arn);

struct JobSummary {
  JobKind kind = JobKind::kExport;
  json::Object members;  // one of ListExports' or ListImports'
};
// Newest first, both kinds by their start. `table_arn` empty: all tables.
base::Result<std::vector<JobSummary>> ListJobs(Session& session, const std::string& table_arn,
                                               std::optional<JobKind> kind, size_t count_max);

// Why a job failed and what can be done, in lines.
std::string ExplainFailure(const Job& job, const std::string& caller_hint);

}  // namespace dray::remote_jobs
