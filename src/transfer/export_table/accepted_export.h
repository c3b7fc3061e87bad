// SPDX-License-Identifier: Apache-2.0
// What acceptance fixes about an export, for its record; docs/formats/export-job.md. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "transfer/export_table/export_table.h"

namespace dray::export_table {

inline constexpr std::string_view kNewAndOldImages = "NEW_AND_OLD_IMAGES";

struct AcceptedExport {
  ExportRequest request;
  uint64_t table_number = 0;
  std::string table_id;
  int64_t export_time_micros = 0;  // of a full export
  std::optional<Period> period;    // of an incremental one
  uint64_t billed_size_bytes = 0;  // the table's size at acceptance
  uint64_t item_count_hint = 0;    // its item count then: for the share done
};

// The changes at or after this time are needed.
inline int64_t PinnedFrom(const AcceptedExport& accepted) {
  return accepted.period ? accepted.period->from_micros : accepted.export_time_micros;
}

std::string RenderAccepted(const AcceptedExport& accepted);
base::Result<AcceptedExport> ParseAccepted(std::string_view json);

// With the defaults filled in: up to now, both images.
Period PeriodOf(const IncrementRequest& increment, int64_t now_micros);

// Whether two requests with one token ask for the same; an explicit default equals an omitted one.
bool AskForTheSame(const ExportRequest& a, const ExportRequest& b);

}  // namespace dray::export_table
