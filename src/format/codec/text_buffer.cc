// SPDX-License-Identifier: Apache-2.0
#include "format/codec/text_buffer.h"

#include <algorithm>

namespace dray::codec {

void TextBuffer::Grow(size_t count) {
  // In proportion to what was appended here, not to what stood there: a response gets one item
  // after another, and resizing fills with zeros.
  size_t used = size();
  out_.resize(used + std::max({count, (used - start_) * 2, size_t{512}}));
  p_ = out_.data() + used;
  end_ = out_.data() + out_.size();
}

}  // namespace dray::codec
