// SPDX-License-Identifier: Apache-2.0
// Records that an import did not take, one by one.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "client/remote_jobs/session.h"

namespace dray::remote_jobs {

struct JobErrors {
  std::vector<std::string> lines;  // "KEY, record 5, byte 123: what is wrong"; records from 0
  bool has_more = false;
};
// The first ones. None where the endpoint has no operation for it (AWS's are in CloudWatch Logs).
base::Result<JobErrors> FirstErrors(Session& session, const std::string& arn, int64_t count_max);

// One line of the log as AWS writes it, with or without what Dray adds.
std::string ErrorText(const json::Object& error);

}  // namespace dray::remote_jobs
