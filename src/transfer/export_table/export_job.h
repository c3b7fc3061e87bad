// SPDX-License-Identifier: Apache-2.0
// The pipeline of one export, run by a job worker from the record's checkpoint to its end.
#pragma once

#include "base/result.h"
#include "storage/buckets/buckets.h"
#include "storage/table/service_clock.h"
#include "storage/table/table.h"
#include "transfer/export_table/accepted_export.h"
#include "transfer/export_table/checkpoint.h"
#include "transfer/export_table/export_table.h"
#include "transfer/jobs/jobs.h"

namespace dray::export_table {

struct ExportJobContext {
  table::Tables& tables;
  buckets::Buckets& buckets;
  table::ServiceClock& clock;
  const Options& options;
};

base::Result<jobs::Outcome> RunExport(const ExportJobContext& context, jobs::Progress& progress);

// {"items": ..., "bytes": ..., "share": ...}, what Describe reads back while the job runs.
std::string RenderLive(uint64_t items, uint64_t compressed_bytes, double share);

// BilledSizeBytes, in the end.
uint64_t BilledBytes(const AcceptedExport& accepted, const Checkpoint& checkpoint);

// Where the objects of the export of this record go.
std::string ExportIdOf(std::string_view export_arn);

}  // namespace dray::export_table
