// SPDX-License-Identifier: Apache-2.0
// The text of an object in parts: cut where a record probably ends, so that parts can be read side
// by side. Used by one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "format/codec/codec.h"

namespace dray::import_table {

struct Part {
  codec::TextPart text;  // in `buffer`
  uint64_t lines_before = 0;
  // Behind the part the source failed: neither it nor any other is the last.
  std::optional<base::Error> failure;
  std::unique_ptr<char[]> buffer;
  size_t capacity = 0;  // without the padding
};

class PartSource {
 public:
  // `source` outlives this. Parts have about `part_bytes`; more where records are larger.
  PartSource(base::ByteSource& source, std::unique_ptr<codec::PartCutter> cutter,
             size_t part_bytes);

  bool has_ended() const { return has_ended_; }
  // Not once it has ended, which it has when a part is the last or brings a failure.
  Part Next();
  // A part that is done with: its memory is used again.
  void Recycle(Part part);
  // The rest of `front` from the byte `from` of the object on, with `next` behind it: one part, for
  // a record that the cut went through.
  static Part Join(const Part& front, uint64_t from, const Part& next);

 private:
  void Fill(Part& part, size_t& filled);
  Part TakeBuffer(size_t capacity);

  base::ByteSource& source_;
  const std::unique_ptr<codec::PartCutter> cutter_;
  size_t part_bytes_;
  std::vector<Part> free_;
  // What was read behind the cut: it begins the next part.
  Part next_;
  size_t next_bytes_ = 0;
  uint64_t offset_bytes_ = 0;
  bool has_ended_ = false;
};

}  // namespace dray::import_table
