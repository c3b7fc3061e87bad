// SPDX-License-Identifier: Apache-2.0
// The pipeline of one restore, run by a job worker from the record's checkpoint to its end.
#pragma once

#include <functional>

#include "base/result.h"
#include "storage/table/table.h"
#include "transfer/jobs/jobs.h"
#include "transfer/restore_table/accepted_restore.h"
#include "transfer/restore_table/restore_table.h"

namespace dray::restore_table {

// The cut is pinned until `on_copied` runs, which is as soon as it is not needed any more: before
// the table can be seen, so that who waits for the table finds the backup free. The only error
// is kUnavailable: the server stops.
base::Result<jobs::Outcome> RunRestore(table::Tables& tables, const Options& options,
                                       jobs::Progress& progress,
                                       const std::function<void()>& on_copied);

// Whether the cut of an unfinished job is still to be copied.
base::Result<bool> NeedsItsCut(const jobs::Record& record);

// Makes the new table, CREATING, or finds the one that this restore made before; kTargetExists when
// the name is another table's.
base::Result<table::TableRef> MakeTarget(table::Tables& tables, const AcceptedRestore& accepted);

}  // namespace dray::restore_table
