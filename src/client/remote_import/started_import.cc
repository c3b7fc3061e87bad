// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/started_import.h"

#include "client/remote_jobs/json_members.h"

namespace dray::remote_import {

namespace {

using remote_jobs::Job;
using remote_jobs::JobKind;
using remote_jobs::StringAt;

constexpr size_t kSearchedMax = 25;  // the newest ones; ours has just begun

}  // namespace

std::optional<Job> FindImport(remote_jobs::Session& session, const std::string& table,
                              const std::string& client_token) {
  auto jobs = remote_jobs::ListJobs(session, "", JobKind::kImport, kSearchedMax);
  if (!jobs) return std::nullopt;
  for (const remote_jobs::JobSummary& summary : *jobs) {
    const std::string arn = StringAt(summary.members, "ImportArn");
    if (arn.find(":table/" + table + "/import/") == std::string::npos) continue;
    auto job = remote_jobs::DescribeJob(session, arn);
    if (job && StringAt(job->description, "ClientToken") == client_token) return *std::move(job);
  }
  return std::nullopt;
}

base::Result<Job> StartImport(remote_jobs::Session& session, const Operation& operation,
                              const std::string& table, const std::string& request,
                              const std::string& client_token) {
  auto asked = operation.is_own ? session.AskOwn(operation.name, request)
                                : session.Ask(operation.name, request);
  ASSIGN_OR_RETURN(aws::JsonAnswer answer, std::move(asked));
  if (answer.refused) {
    if (answer.refused->code == "ResourceInUseException") {
      if (auto found = FindImport(session, table, client_token)) return *std::move(found);
    }
    return session.Refusal(operation.name, *answer.refused);
  }
  Job job{JobKind::kImport, remote_jobs::ObjectAt(answer.body, "ImportTableDescription")};
  if (!job.arn().empty()) return job;
  return base::Error{base::ErrorKind::kCorruption,
                     session.options().tables.origin + " does not answer as DynamoDB does",
                     {}};
}

}  // namespace dray::remote_import
