// SPDX-License-Identifier: Apache-2.0
// The pipeline of one import, run by a job worker from the record's checkpoint to its end.
#pragma once

#include "base/result.h"
#include "storage/buckets/buckets.h"
#include "storage/kv/engine.h"
#include "storage/table/table.h"
#include "transfer/import_table/checkpoint.h"
#include "transfer/import_table/import_table.h"
#include "transfer/import_table/source_budget.h"
#include "transfer/jobs/jobs.h"

namespace dray::import_table {

struct ImportJobContext {
  table::Tables& tables;
  buckets::Buckets& buckets;
  kv::Engine& engine;
  table::ServiceClock& clock;
  SourceBudget& budget;
  const Options& options;
};

base::Result<jobs::Outcome> RunImport(const ImportJobContext& context, jobs::Progress& progress);

// {"processed": ..., "imported": ..., ...}, what Describe reads back while the job runs.
std::string RenderLive(const Counters& counters, double share);

// The last element of the import's ARN: names its spill folder and its log streams.
std::string ImportIdOf(std::string_view import_arn);

}  // namespace dray::import_table
