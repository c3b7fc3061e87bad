// SPDX-License-Identifier: Apache-2.0
// A source that gives little at a time: for tests and fuzz targets of whatever reads streams.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "base/bytes.h"

namespace dray::testing {

// Borrows its bytes; gives at most `piece` of them at a time.
class PiecewiseSource final : public base::ByteSource {
 public:
  PiecewiseSource(std::string_view bytes, size_t piece) : rest_(bytes), piece_(piece) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    const size_t count = std::min({capacity, piece_, rest_.size()});
    rest_.copy(out, count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
  const size_t piece_;
};

}  // namespace dray::testing
