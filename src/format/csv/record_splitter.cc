// SPDX-License-Identifier: Apache-2.0
#include "format/csv/record_splitter.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "format/codec/byte_block.h"

namespace dray::csv {

namespace {

using codec::kBlockBytes;

// Bit i of the result: whether bits 0 to i have an odd number of ones.
uint64_t Parities(uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

}  // namespace

size_t RecordSplitter::Advance(std::string_view text) {
  size_t end = 0;
  for (size_t at = 0; at < text.size(); at += kBlockBytes) {
    const char* p = text.data() + at;
    char last_block[kBlockBytes] = {};
    if (size_t rest = text.size() - at; rest < kBlockBytes) {
      std::memcpy(last_block, p, rest);
      p = last_block;
    }
    const codec::ByteBlock block(p);
    const uint64_t quoted = Parities(block.Matches('"')) ^ in_quotes_;
    in_quotes_ = static_cast<uint64_t>(static_cast<int64_t>(quoted) >> 63);
    const uint64_t feeds = block.Matches('\n');
    if (uint64_t ends = feeds & ~quoted; ends != 0) {
      const auto last = static_cast<unsigned>(63 - std::countl_zero(ends));
      end = at + last + 1;
      const uint64_t up_to_last = ~uint64_t{0} >> (63 - last);
      lines_at_end_ = lines_ + static_cast<uint64_t>(std::popcount(feeds & up_to_last));
    }
    lines_ += static_cast<uint64_t>(std::popcount(feeds));
  }
  return end;
}

}  // namespace dray::csv
