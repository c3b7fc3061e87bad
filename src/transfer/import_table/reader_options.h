// SPDX-License-Identifier: Apache-2.0
// What the reader of an import's objects must know: InputFormatOptions, and which columns of CSV
// are keys. Pure.
#pragma once

#include "base/result.h"
#include "format/item_format/item_format.h"
#include "transfer/import_table/import_table.h"

namespace dray::import_table {

// kInvalidArgument: a column that HeaderList names twice (AWS's outcome is not known; one of them
// would be lost).
base::Result<item_format::ReaderOptions> ReaderOptionsOf(const ImportRequest& request);

}  // namespace dray::import_table
