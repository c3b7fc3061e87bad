// SPDX-License-Identifier: Apache-2.0
// Which of the exports of a bucket or a folder are applied to a table, and what the table begins
// with.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/remote_import/export_chain.h"
#include "client/remote_import/import_run.h"
#include "client/remote_import/staging.h"

namespace dray::remote_import {

struct IncrementalsPlan {
  std::string source;             // as people write it
  std::string bucket;             // that the server reads
  bool is_local = false;          // files of this machine: the bucket is to be made
  std::vector<StagedFile> files;  // of a local place: what goes there, under its first names
  std::optional<ExportRun> full;  // the table is made of it first
  std::string full_place;         // of that, as a plan says it
  int64_t at_micros = 0;          // what the table is, or will be, a copy of; of APPLY
  Chain chain;
  std::vector<std::string> manifests;  // of the request: as many of the chain as one request takes
  size_t later = 0;                    // exports of the chain that do not fit into it
};
// Only asks and reads. kInvalidArgument: no chain, a gap, several tables, flags that do not fit.
base::Result<IncrementalsPlan> PlanIncrementals(remote_jobs::Session& session,
                                                const ImportPlan& plan);

}  // namespace dray::remote_import
