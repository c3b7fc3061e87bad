// SPDX-License-Identifier: Apache-2.0
// What one data file holds, found by reading all of it.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "format/export_layout/export_layout.h"

namespace dray::verify_export {

struct DataFileFacts {
  uint64_t item_count = 0;
  uint64_t compressed_bytes = 0;
  std::string md5_base64;
  std::string damage;  // what is wrong with gzip or records; empty: nothing
};

// An error only when `body` fails.
base::Result<DataFileFacts> ReadDataFile(base::ByteSource& body,
                                         const export_layout::Summary& summary);

}  // namespace dray::verify_export
