// SPDX-License-Identifier: Apache-2.0
// The records that an export writes of one range of hashes: the items of a view, or the changes of
// an increment. With a look at whether another one follows: a file must know that of its last one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "format/codec/codec.h"
#include "storage/table/table.h"

namespace dray::export_table {

class RangeRecords {
 public:
  virtual ~RangeRecords() = default;
  // Whether there is a record in front; it is fetched when needed.
  virtual base::Result<bool> HasMore() = 0;
  // Writes the record in front and takes it away. Only after HasMore said so.
  virtual base::Status WriteNext(codec::ItemWriter& writer) = 0;
  // Where a later cursor goes on with the record in front.
  virtual std::string position() const = 0;
  // AWS's sizes of the images that were written; 0 for items of a view.
  virtual uint64_t image_bytes() const = 0;
};

std::unique_ptr<RangeRecords> RecordsOfView(std::unique_ptr<table::ViewCursor> cursor);
std::unique_ptr<RangeRecords> RecordsOfIncrement(std::unique_ptr<table::IncrementCursor> cursor,
                                                 bool with_old_images);

}  // namespace dray::export_table
