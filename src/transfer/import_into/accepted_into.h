// SPDX-License-Identifier: Apache-2.0
// What acceptance fixes about an import into a table, for its record; docs/formats/import-job.md.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "format/item_format/item_format.h"
#include "storage/table/table.h"
#include "transfer/import_into/into_request.h"

namespace dray::import_into {

inline constexpr std::string_view kKindName = "into";  // of the member "kind"

struct AcceptedInto {
  IntoRequest request;
  uint64_t table_number = 0;
  std::string table_id;
};

// The keys of masks are sealed with `secret_key`, for this import alone.
std::string RenderAccepted(const AcceptedInto& accepted, std::string_view secret_key,
                           std::string_view import_arn);
base::Result<AcceptedInto> ParseAccepted(std::string_view json, std::string_view secret_key,
                                         std::string_view import_arn);
// What the readers of the source objects of `request` are told (kItems).
base::Result<item_format::ReaderOptions> ReaderOptionsOf(const IntoRequest& request,
                                                         const table::TableDescriptor& table);
bool IsSameRequest(const IntoRequest& a, const IntoRequest& b);

}  // namespace dray::import_into
