// SPDX-License-Identifier: Apache-2.0
// Where records of CSV text end, found much faster than they are parsed: behind each line feed that
// has an even number of quotes before it. That is right up to the first stray quote, where a reader
// abandons the object: so stretches may be read side by side, and those behind a kBadObject are to
// be forgotten.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dray::csv {

class RecordSplitter {
 public:
  // `text` follows what was given before; the first one begins with a record. Returns where in
  // `text` the last record that ends in it ends; 0: none does.
  size_t Advance(std::string_view text);
  // Line feeds before the last end that was returned: ReaderOptions::lines_before of what follows.
  uint64_t lines() const { return lines_at_end_; }

 private:
  uint64_t in_quotes_ = 0;  // all ones inside, else 0
  uint64_t lines_ = 0;
  uint64_t lines_at_end_ = 0;
};

}  // namespace dray::csv
