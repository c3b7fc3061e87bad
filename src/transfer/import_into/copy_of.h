// SPDX-License-Identifier: Apache-2.0
// What the job's table is a copy of, as far as earlier jobs tell.
#pragma once

#include <optional>

#include "base/result.h"
#include "transfer/import_into/chain.h"
#include "transfer/import_into/into_job.h"

namespace dray::import_into {

// The request's From; else where the newest incrementals ended that were applied to this table;
// else the time of the full export that it was imported from, found by the manifest beside the
// import's prefix. nullopt: not known.
base::Result<std::optional<Copy>> CopyOf(const Reading& reading);

}  // namespace dray::import_into
