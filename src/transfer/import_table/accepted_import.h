// SPDX-License-Identifier: Apache-2.0
// What acceptance fixes about an import, for its record; docs/formats/import-job.md. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "transfer/import_table/import_table.h"

namespace dray::import_table {

struct AcceptedImport {
  ImportRequest request;  // request.table.table_id is the id that the table gets
};

// The keys of masks are sealed with `secret_key`, for this import alone.
std::string RenderAccepted(const AcceptedImport& accepted, std::string_view secret_key,
                           std::string_view import_arn);
base::Result<AcceptedImport> ParseAccepted(std::string_view json, std::string_view secret_key,
                                           std::string_view import_arn);

}  // namespace dray::import_table
