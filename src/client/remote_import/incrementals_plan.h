// SPDX-License-Identifier: Apache-2.0
// Which of the exports of a bucket are applied to a table, and what the table begins with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/remote_import/export_chain.h"
#include "client/remote_import/import_run.h"

namespace dray::remote_import {

struct IncrementalsPlan {
  std::string source;  // as people write it
  std::string bucket;
  std::optional<ExportRun> full;  // the table is made of it first
  int64_t at_micros = 0;          // what the table is, or will be, a copy of; of APPLY
  Chain chain;
  std::vector<std::string> manifests;  // of the request: as many of the chain as one request takes
  size_t later = 0;                    // exports of the chain that do not fit into it
};
// Only asks and reads. kInvalidArgument: no chain, a gap, several tables, flags that do not fit.
base::Result<IncrementalsPlan> PlanIncrementals(remote_jobs::Session& session,
                                                const ImportPlan& plan);

}  // namespace dray::remote_import
