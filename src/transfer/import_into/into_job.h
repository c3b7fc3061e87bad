// SPDX-License-Identifier: Apache-2.0
// The pipeline of one import into an existing table, run by a job worker from the record's
// checkpoint to its end.
#pragma once

#include "base/result.h"
#include "storage/buckets/buckets.h"
#include "storage/kv/engine.h"
#include "storage/table/table.h"
#include "transfer/import_into/accepted_into.h"
#include "transfer/import_into/checkpoint.h"
#include "transfer/import_into/import_into.h"
#include "transfer/import_table/import_records.h"
#include "transfer/jobs/jobs.h"
#include "transfer/s3_session/s3_session.h"

namespace dray::import_into {

struct IntoJobContext {
  table::Tables& tables;
  buckets::Buckets& buckets;
  jobs::Jobs& jobs;
  table::ServiceClock& clock;
  kv::Engine& engine;
  const Options& options;
};

// What the phase kReading works with: it stores the list of objects in `records` and fills the
// checkpoint's steps.
struct Reading {
  const IntoJobContext& context;
  jobs::Progress& progress;
  const AcceptedInto& accepted;
  const access::Caller& caller;
  s3_session::S3Session& session;
  import_table::ImportRecords& records;
  Checkpoint& checkpoint;
};
// Lists the source objects of ImportIntoTable.
base::Status ReadSource(const Reading& reading);
// Verifies the incremental exports of ApplyIncrementals, all of them, and puts them in order.
base::Status ReadChain(const Reading& reading);

base::Result<jobs::Outcome> RunInto(const IntoJobContext& context, jobs::Progress& progress);

}  // namespace dray::import_into
