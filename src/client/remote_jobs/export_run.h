// SPDX-License-Identifier: Apache-2.0
// A whole export from outside: recovery on, start, watch, recovery off, verify, schema sidecar.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "client/remote_jobs/ending.h"
#include "client/remote_jobs/export_request.h"
#include "client/remote_jobs/job_watch.h"
#include "client/remote_jobs/session.h"
#include "transfer/verify_export/verify_export.h"

namespace dray::remote_jobs {

struct ExportPlan {
  std::string table;  // name or ARN
  ExportRequest request;
  bool turns_recovery_on = false;
  bool turns_recovery_off = false;  // again, if it was off before
  bool waits = true;
  bool verifies = true;
  bool cancels_when_interrupted = false;
  enum class Schema { kBucket, kFile, kNone };
  Schema schema = Schema::kBucket;
  std::string schema_file;
};

struct ExportResult {
  Ending ending = Ending::kDone;
  std::optional<Job> job;  // as it was seen last
  std::optional<verify_export::Report> verified;
  std::string schema_location;  // s3://... or a file; empty: none was written
  std::string error;            // what went wrong, in lines; each was not displayed yet
};

// `write_file` writes the schema's file.
ExportResult RunExport(Session& session, const ExportPlan& plan,
                       const std::function<base::Status(const std::string& path,
                                                        const std::string& text)>& write_file);

}  // namespace dray::remote_jobs
