// SPDX-License-Identifier: Apache-2.0
#include "format/codec/record_text.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace dray::codec {

RecordText::RecordText(base::ByteSource& source, size_t buffer_bytes, size_t record_bytes_max)
    : source_(&source),
      record_bytes_max_(record_bytes_max),
      capacity_(std::max(buffer_bytes, size_t{16})),
      buffer_(std::make_unique<char[]>(capacity_ + TextPart::kPaddingBytes)),
      text_(buffer_.get()) {}

RecordText::RecordText(const TextPart& part, size_t record_bytes_max)
    : record_bytes_max_(record_bytes_max),
      text_(part.text.data()),
      filled_(part.text.size()),
      discarded_bytes_(part.offset_bytes),
      source_ended_(part.is_last) {}

base::Status RecordText::Fill() {
  if (source_ == nullptr) {
    return base::Error{base::ErrorKind::kUnavailable, "the part ends", kPartEnded};
  }
  // What came before the source failed has been looked at by now.
  if (source_error_) return *source_error_;
  ReadOn();
  return base::Ok();
}

void RecordText::ReadOn() {
  size_t rest = filled_ - begin_;
  if (rest > capacity_ / 2) {
    size_t capacity = capacity_ * 2;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity + TextPart::kPaddingBytes);
    std::memcpy(larger.get(), buffer_.get() + begin_, rest);
    buffer_ = std::move(larger);
    text_ = buffer_.get();
    capacity_ = capacity;
  } else {
    std::memmove(buffer_.get(), buffer_.get() + begin_, rest);
  }
  discarded_bytes_ += begin_;
  begin_ = 0;
  filled_ = rest;
  while (filled_ < capacity_ && !source_ended_) {
    auto count = source_->Read(buffer_.get() + filled_, capacity_ - filled_);
    if (!count) {
      source_error_ = std::move(count).error();
      break;
    }
    source_ended_ = *count == 0;
    filled_ += *count;
  }
  std::memset(buffer_.get() + filled_, 0, TextPart::kPaddingBytes);
}

Record RecordText::Deliver(Record record, const char* end) {
  record.index = next_index_++;
  record.offset_bytes = consumed_bytes();
  size_t size = Index(end) - begin_;
  if (size > record_bytes_max_) {
    size = record_bytes_max_;
    record.outcome = Record::Outcome::kBadObject;
    record.message =
        "an item's text is longer than " + std::to_string(record_bytes_max_) + " bytes";
  }
  is_abandoned_ = record.outcome == Record::Outcome::kBadObject;
  // Of text that cannot be parsed nobody knows where the record would have ended.
  record.head = view().substr(
      0, is_abandoned_ ? Record::kHeadBytesMax : std::min(size, Record::kHeadBytesMax));
  begin_ += size;
  return record;
}

Record RecordText::End() const {
  Record end;
  end.index = next_index_;
  end.offset_bytes = consumed_bytes();
  return end;
}

Record BadRecord(Record::Outcome outcome, std::string message) {
  Record record;
  record.outcome = outcome;
  record.message = std::move(message);
  return record;
}

}  // namespace dray::codec
