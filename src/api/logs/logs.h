// SPDX-License-Identifier: Apache-2.0
// Of the CloudWatch Logs API what reads: AWS JSON 1.1, X-Amz-Target Logs_20140328.*. It shows one
// log group, /aws-dynamodb/imports, with two streams an import: ID/error (contract section 4.7) and
// ID/info, the job's own log. Nothing can be written through it.
#pragma once

#include <memory>
#include <string>

#include "api/gateway/gateway.h"
#include "security/access/access.h"
#include "transfer/import_table/import_table.h"
#include "transfer/jobs/jobs.h"

namespace dray::logs {

struct Services {
  import_table::Imports& imports;
  jobs::Jobs& jobs;
  access::Authorizer& authorizer;
  std::string region;
};

std::unique_ptr<gateway::Protocol> MakeProtocol(Services services);

}  // namespace dray::logs
