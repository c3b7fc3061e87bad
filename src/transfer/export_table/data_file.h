// SPDX-License-Identifier: Apache-2.0
// One data file of an export: items from a view's cursor, as lines, compressed, hashed, uploaded.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "format/item_format/item_format.h"
#include "model/item/key_schema.h"
#include "storage/table/table.h"
#include "transfer/export_table/multipart_upload.h"

namespace dray::export_table {

// The items of one range, with a look at the next one: a file must know whether another one
// follows.
class RangeItems {
 public:
  explicit RangeItems(std::unique_ptr<table::ViewCursor> cursor) : cursor_(std::move(cursor)) {}
  // The item in front, fetched when needed; nullopt at the end of the range.
  base::Result<std::optional<std::string_view>> Front();
  void Pop();
  // Where a later cursor goes on with the item in front.
  std::string position() const;

 private:
  std::unique_ptr<table::ViewCursor> cursor_;
  bool is_fetched_ = false;
  std::optional<std::string_view> front_;
  std::string position_;  // before the item in front was fetched
};

struct WrittenFile {
  uint64_t item_count = 0;
  uint64_t compressed_bytes = 0;
  std::string md5_base64;
};

// Writes items until the range or `text_bytes_max` of text is reached, and closes `upload`.
// `tick(items, compressed_bytes)` is called now and then with what was done since its last call; an
// error from it ends the writing.
using Tick = std::function<base::Status(uint64_t items, uint64_t compressed_bytes)>;
base::Result<WrittenFile> WriteDataFile(RangeItems& items, item_format::Format format,
                                        const item::KeySchema& keys, uint64_t text_bytes_max,
                                        MultipartUpload& upload, const Tick& tick);

}  // namespace dray::export_table
