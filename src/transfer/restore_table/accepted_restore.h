// SPDX-License-Identifier: Apache-2.0
// What acceptance fixes about a restore, for its record; docs/formats/restore-job.md. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "storage/table/table.h"
#include "transfer/restore_table/restore_table.h"

namespace dray::restore_table {

struct AcceptedRestore {
  uint64_t source_number = 0;  // of the table that the cut is of
  int64_t cut_micros = 0;
  RestoreSummary summary;
  uint64_t size_bytes = 0;       // of the source, about: for the plan
  table::TableDescriptor table;  // with the id that the new table gets
};

std::string RenderAccepted(const AcceptedRestore& accepted);
base::Result<AcceptedRestore> ParseAccepted(std::string_view json);

}  // namespace dray::restore_table
