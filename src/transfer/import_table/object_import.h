// SPDX-License-Identifier: Apache-2.0
// One source object of an import: bytes -> records -> checks -> the bulk loader. Bad records are
// counted and logged (contract sections 4.6 and 4.7).
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "format/compression/compression.h"
#include "format/item_format/item_format.h"
#include "storage/objects/object_store.h"
#include "storage/table/table.h"
#include "transfer/import_table/checkpoint.h"
#include "transfer/import_table/error_log.h"
#include "transfer/import_table/import_records.h"
#include "transfer/import_table/item_checks.h"
#include "transfer/transform/transform.h"

namespace dray::import_table {

struct ObjectImport {
  SourceObject object;
  uint64_t number = 0;  // of the object, orders duplicates
  item_format::Format format = item_format::Format::kDynamoDbJson;
  compression::Compression compression = compression::Compression::kNone;
  const item_format::ReaderOptions& reader_options;
  const transform::Transforms* transforms = nullptr;  // null: none
  const ItemChecks& checks;
  table::BulkLoader& loader;
  ErrorLog& log;
  // Called now and then with what was done since its last call: records, and compressed bytes read.
  // An error from it ends the reading.
  std::function<base::Status(const Counters& since, uint64_t source_bytes)> tick;
};

// Reads `body` to its end; `counters` tells what was done also when it fails. Errors are those that
// the whole import fails of: the source's, the loader's, the log's; not those of the data.
base::Status ImportObject(const ObjectImport& import, base::ByteSource& body, Counters& counters);

// The object cannot be read at all: one error.
base::Status RefuseObject(const ObjectImport& import, const std::string& message,
                          Counters& counters);

}  // namespace dray::import_table
