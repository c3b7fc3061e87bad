// SPDX-License-Identifier: Apache-2.0
#include "model/item/flat_item_builder.h"

#include <algorithm>

namespace dray::item {

void FlatItemBuilder::Grow(size_t count) {
  size_t capacity = std::max({capacity_ * 2, size_ + count, size_t{2048}});
  auto buffer = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ != 0) std::memcpy(buffer.get(), buffer_.get(), size_);
  buffer_ = std::move(buffer);
  capacity_ = capacity;
}

}  // namespace dray::item
