// SPDX-License-Identifier: Apache-2.0
// One source object of an import: bytes -> parts -> records -> transforms -> checks -> the bulk
// loader. Bad records are counted and logged (contract sections 4.6 and 4.7).
//
// What comes out is what a reader of the whole object finds, one record after the other. Parts are
// read in order, each from where the one before ended, in the state in which it ended. While
// threads are free to help, they read the parts behind ahead; what they found counts only when all
// that is before it was read and ended exactly where, and in the state in which, they began. Else
// the part is read again.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "format/compression/compression.h"
#include "storage/objects/object_store.h"
#include "storage/table/table.h"
#include "transfer/import_table/checkpoint.h"
#include "transfer/import_table/error_log.h"
#include "transfer/import_table/import_records.h"
#include "transfer/import_table/part_reading.h"
#include "transfer/import_table/shared_work.h"

namespace dray::import_table {

struct ObjectImport {
  SourceObject object;
  uint64_t number = 0;  // of the object, orders duplicates
  compression::Compression compression = compression::Compression::kNone;
  const RecordRules& rules;
  table::BulkLoader& loader;
  ErrorLog& log;
  // Called now and then with what was done since its last call: records, and compressed bytes read.
  // An error from it ends the reading.
  std::function<base::Status(const Counters& since, uint64_t source_bytes)> tick;
  SharedWork& shared_work;
  // Of text: enough that handing it over costs little, little enough to stay in the caches.
  size_t part_bytes = 256 << 10;
};

// Reads `body` to its end; `counters` tells what was done also when it fails. Errors are those that
// the whole import fails of: the source's, the loader's, the log's; not those of the data.
base::Status ImportObject(const ObjectImport& import, base::ByteSource& body, Counters& counters);

// The object cannot be read at all: one error.
base::Status RefuseObject(const ObjectImport& import, const std::string& message,
                          Counters& counters);

}  // namespace dray::import_table
