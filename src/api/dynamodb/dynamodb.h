// SPDX-License-Identifier: Apache-2.0
// The DynamoDB API: AWS JSON 1.0, X-Amz-Target DynamoDB_20120810.*, and in the same form the
// operations of our own, Dray_20261122.*. One file an operation under operations/, one row each in
// operation_table.cc.
#pragma once

#include <memory>
#include <string>

#include "api/gateway/gateway.h"
#include "security/access/access.h"
#include "storage/table/table.h"
#include "transfer/export_table/export_table.h"
#include "transfer/import_into/import_into.h"
#include "transfer/import_table/import_table.h"
#include "transfer/jobs/jobs.h"
#include "transfer/restore_table/backups.h"
#include "transfer/restore_table/restore_table.h"

namespace dray::dynamodb {

struct Services {
  table::Tables& tables;
  export_table::Exports& exports;
  import_table::Imports& imports;
  import_into::IntoImports& into_imports;
  restore_table::Backups& backups;
  restore_table::Restores& restores;
  jobs::Jobs& jobs;
  access::Authorizer& authorizer;
  table::ServiceClock& clock;
  std::string region;
  bool commits_wait = true;   // for the disk: --durability=fsync
  bool is_throttled = false;  // AWS's limits of calls a second: throttle.h
};

std::unique_ptr<gateway::Protocol> MakeProtocol(Services services);

}  // namespace dray::dynamodb
