// SPDX-License-Identifier: Apache-2.0
// One data file of an export: records of a range, as lines, compressed, hashed, uploaded.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "format/item_format/item_format.h"
#include "model/item/key_schema.h"
#include "transfer/export_table/multipart_upload.h"
#include "transfer/export_table/range_records.h"

namespace dray::export_table {

struct WrittenFile {
  uint64_t item_count = 0;
  uint64_t image_bytes = 0;  // see RangeRecords
  uint64_t compressed_bytes = 0;
  std::string md5_base64;
};

// Writes records until the range or `text_bytes_max` of text is reached, and closes `upload`.
// `tick(items, compressed_bytes)` is called now and then with what was done since its last call; an
// error from it ends the writing.
using Tick = std::function<base::Status(uint64_t items, uint64_t compressed_bytes)>;
base::Result<WrittenFile> WriteDataFile(RangeRecords& records, item_format::Format format,
                                        const item::KeySchema& keys, uint64_t text_bytes_max,
                                        MultipartUpload& upload, const Tick& tick);

}  // namespace dray::export_table
