// SPDX-License-Identifier: Apache-2.0
#include "transfer/import_table/part_source.h"

#include <algorithm>
#include <cstring>

namespace dray::import_table {
namespace {

// A part grows up to this while no place is found to cut it at.
constexpr size_t kPartBytesMax = 4 << 20;

Part MakePart(size_t capacity) {
  Part part;
  part.buffer = std::make_unique_for_overwrite<char[]>(capacity + codec::TextPart::kPaddingBytes);
  part.capacity = capacity;
  return part;
}

void Grow(Part& part, size_t filled) {
  Part larger = MakePart(2 * part.capacity);
  std::memcpy(larger.buffer.get(), part.buffer.get(), filled);
  part.buffer = std::move(larger.buffer);
  part.capacity = larger.capacity;
}

void SetText(Part& part, size_t bytes, uint64_t offset_bytes) {
  std::memset(part.buffer.get() + bytes, 0, codec::TextPart::kPaddingBytes);
  part.text.text = {part.buffer.get(), bytes};
  part.text.offset_bytes = offset_bytes;
}

}  // namespace

PartSource::PartSource(base::ByteSource& source, std::unique_ptr<codec::PartCutter> cutter,
                       size_t part_bytes)
    : source_(source),
      cutter_(std::move(cutter)),
      part_bytes_(part_bytes),
      next_(MakePart(part_bytes)) {}

Part PartSource::Next() {
  Part part = std::move(next_);
  part.lines_before = cutter_->lines_before();
  size_t filled = next_bytes_;
  size_t end = 0;
  while (true) {
    // Only what is new is shown to the cutter: in what was carried over no record ends.
    const size_t shown = filled;
    Fill(part, filled);
    has_ended_ = part.text.is_last || part.failure;
    if (has_ended_) break;
    if (const size_t cut = cutter_->Advance({part.buffer.get() + shown, filled - shown}); cut > 0) {
      end = shown + cut;
      break;
    }
    if (part.capacity >= kPartBytesMax) break;
    Grow(part, filled);
    part_bytes_ = part.capacity;  // the next records are as large, probably
  }
  if (end == 0) end = filled;
  if (!has_ended_) {
    next_bytes_ = filled - end;
    next_ = TakeBuffer(std::max(part_bytes_, 2 * next_bytes_));
    std::memcpy(next_.buffer.get(), part.buffer.get() + end, next_bytes_);
  }
  SetText(part, end, offset_bytes_);
  offset_bytes_ += end;
  return part;
}

Part PartSource::TakeBuffer(size_t capacity) {
  while (!free_.empty()) {
    Part part = std::move(free_.back());
    free_.pop_back();
    if (part.capacity >= capacity) return part;
  }
  return MakePart(capacity);
}

void PartSource::Recycle(Part part) {
  if (part.capacity < part_bytes_ || part.capacity > 2 * part_bytes_) return;
  Part empty;
  empty.buffer = std::move(part.buffer);
  empty.capacity = part.capacity;
  free_.push_back(std::move(empty));
}

void PartSource::Fill(Part& part, size_t& filled) {
  while (filled < part.capacity) {
    auto count = source_.Read(part.buffer.get() + filled, part.capacity - filled);
    if (!count) {
      part.failure = std::move(count).error();
      return;
    }
    if (*count == 0) {
      part.text.is_last = true;
      return;
    }
    filled += *count;
  }
}

Part PartSource::Join(const Part& front, uint64_t from, const Part& next) {
  const std::string_view rest =
      front.text.text.substr(static_cast<size_t>(from - front.text.offset_bytes));
  Part part = MakePart(rest.size() + next.text.text.size());
  rest.copy(part.buffer.get(), rest.size());
  next.text.text.copy(part.buffer.get() + rest.size(), next.text.text.size());
  SetText(part, rest.size() + next.text.text.size(), from);
  part.text.is_last = next.text.is_last;
  part.failure = next.failure;
  return part;
}

}  // namespace dray::import_table
