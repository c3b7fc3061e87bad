// SPDX-License-Identifier: Apache-2.0
// Transforms between a reader and the checks. Used by one thread.
#pragma once

#include <optional>

#include "format/codec/codec.h"
#include "transfer/transform/transform.h"

namespace dray::import_table {

class ItemTransform {
 public:
  // null: records stay as they are. The list outlives it.
  explicit ItemTransform(const transform::Transforms* transforms) {
    if (transforms != nullptr) transformer_.emplace(*transforms);
  }

  // False: the record's item is filtered out. An item that cannot be transformed becomes kBadItem;
  // anything but an item stays what it is. The record's item is valid until the next call.
  bool Apply(codec::Record& record) {
    if (!transformer_) return true;
    record.head = {};  // the error log must not tell what is to be masked or dropped
    if (record.outcome != codec::Record::Outcome::kItem) return true;
    auto transformed = transformer_->Apply(record.item, record.item_size_bytes);
    if (!transformed) {
      record.outcome = codec::Record::Outcome::kBadItem;
      record.message = std::move(transformed).error().message;
      return true;
    }
    if (!*transformed) return false;
    record.item = (*transformed)->encoded;
    record.item_size_bytes = (*transformed)->size_bytes;
    return true;
  }

 private:
  std::optional<transform::Transformer> transformer_;
};

}  // namespace dray::import_table
