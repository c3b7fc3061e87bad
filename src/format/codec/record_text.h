// SPDX-License-Identifier: Apache-2.0
// The text of an object, of which one record at a time is in memory. When a parser runs into the
// end of what is there, the record's beginning moves to the front, the buffer is filled (doubled
// when the record has more than half of it), and the record is parsed anew from its first byte: no
// state survives a boundary, so none can be wrong, and doubling keeps the work linear.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "format/codec/codec.h"

namespace dray::codec {

class RecordText {
 public:
  // `source` outlives this. The buffer begins with `buffer_bytes` and grows to hold one record of
  // at most `record_bytes_max`.
  RecordText(base::ByteSource& source, size_t buffer_bytes, size_t record_bytes_max);
  // The text of `part`, which is borrowed.
  RecordText(const TextPart& part, size_t record_bytes_max);

  // Zero bytes behind the end of the text: what a scan of 64 bytes a step needs (byte_block.h),
  // more than those of text_scan.h ask for.
  static constexpr size_t kPaddingBytes = TextPart::kPaddingBytes;

  // What is there of the text, from the record that is looked at. Behind its end stand
  // kPaddingBytes zero bytes.
  const char* begin() const { return text_ + begin_; }
  const char* end() const { return text_ + filled_; }
  bool empty() const { return begin_ == filled_; }
  std::string_view view() const { return {begin(), filled_ - begin_}; }
  // What stands before `p` is nothing, or done with.
  void DropTo(const char* p) { begin_ = Index(p); }
  // Of `p`, in the uncompressed object.
  uint64_t OffsetOf(const char* p) const { return discarded_bytes_ + Index(p); }
  uint64_t consumed_bytes() const { return discarded_bytes_ + begin_; }

  // Nothing follows behind end().
  bool is_complete() const { return source_ended_; }
  // The text of one record is not held beyond this: what is cut off here stays cut off.
  bool is_at_limit() const { return filled_ - begin_ > record_bytes_max_; }
  // Reads on; pointers into the text become invalid. What was read before the source failed can be
  // looked at before this gives its error, and so can a part before kPartEnded.
  base::Status Fill();

  // Completes `record`, which ends at `end`, and drops it. One beyond the limit becomes kBadObject.
  Record Deliver(Record record, const char* end);
  // A kBadObject was delivered: the rest is not looked at.
  bool is_abandoned() const { return is_abandoned_; }
  Record End() const;  // a record that says so

 private:
  size_t Index(const char* p) const { return static_cast<size_t>(p - text_); }
  void ReadOn();

  base::ByteSource* const source_ = nullptr;  // nullptr: of a part
  const size_t record_bytes_max_;
  size_t capacity_ = 0;
  std::unique_ptr<char[]> buffer_;  // capacity_ and the padding
  const char* text_ = nullptr;      // the buffer, or the part's
  size_t begin_ = 0;
  size_t filled_ = 0;
  uint64_t discarded_bytes_ = 0;  // of the object, before text_[0]
  uint64_t next_index_ = 0;
  bool source_ended_ = false;
  bool is_abandoned_ = false;
  std::optional<base::Error> source_error_;
};

// A record of one of the two bad outcomes.
Record BadRecord(Record::Outcome outcome, std::string message);

}  // namespace dray::codec
