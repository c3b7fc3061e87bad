// SPDX-License-Identifier: Apache-2.0
// Records are parsed inside one buffer. When the parser runs into the end of what is there, the
// record's beginning moves to the front, the buffer is filled (doubled when the record has more
// than half of it), and the record is parsed anew from its first byte: no state survives a
// boundary, so none can be wrong, and doubling keeps the work linear.
#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>

#include "format/dynamodb_json/attribute_parser.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/dynamodb_json/json_cursor.h"

namespace dray::dynamodb_json {

namespace {

using base::Error;
using base::Result;
using codec::Record;

constexpr size_t kHeadBytesMax = 200;

// What people hand over instead of JSON lines.
std::string NotAnObject(std::string_view text) {
  if (text.starts_with("\x1f\x8b")) return "gzip data, read without decompression";
  if (text.starts_with("\xEF\xBB\xBF")) return "a byte order mark before the first object";
  return "not a JSON object";
}

class ItemReader final : public codec::ItemReader {
 public:
  ItemReader(base::ByteSource& source, const ReaderOptions& options)
      : source_(source),
        record_bytes_max_(options.record_bytes_max),
        capacity_(std::max(options.buffer_bytes, size_t{16})),
        buffer_(std::make_unique<char[]>(capacity_ + kPaddingBytes)) {}

  Result<Record> Next() override {
    while (!is_abandoned_) {
      JsonCursor cursor(buffer_.get() + begin_, buffer_.get() + filled_);
      cursor.SkipSpace();
      begin_ = Offset(cursor.p);
      if (begin_ < filled_) {
        Record record = ParseRecord(cursor);
        bool is_cut = cursor.fault == Fault::kEndOfText && !source_ended_;
        if (!is_cut || filled_ - begin_ > record_bytes_max_) {
          return Deliver(std::move(record), Offset(cursor.p));
        }
      } else if (source_ended_) {
        break;
      }
      // What was read before the source failed is delivered first.
      if (source_error_) return *source_error_;
      Fill();
    }
    Record end;
    end.index = next_index_;
    end.offset_bytes = consumed_bytes();
    return end;
  }

  uint64_t consumed_bytes() const override { return discarded_bytes_ + begin_; }

 private:
  // Leaves `cursor` behind the record, or with a fault that is about the text.
  Record ParseRecord(JsonCursor& cursor) {
    if (*cursor.p != '{') {
      // A single scalar or array is JSON without Item; whether it is even that makes no difference.
      return Bad(Record::Outcome::kBadObject, NotAnObject({cursor.p, filled_ - begin_}));
    }
    const char* start = cursor.p;
    bool has_item = false;
    if (!ParseMembers(cursor, has_item)) {
      if (cursor.fault == Fault::kInvalid || cursor.fault == Fault::kNotAttributeValue) {
        return CheckBadItem(cursor, start);
      }
      return Bad(Record::Outcome::kBadObject, Unparsable(cursor));
    }
    if (!has_item) {
      return Bad(Record::Outcome::kBadObject, "the JSON object has no member Item");
    }
    Record record;
    record.outcome = Record::Outcome::kItem;
    record.item = builder_.Finish();
    record.item_size_bytes = builder_.size_bytes();
    if (record.item.empty()) {
      return Bad(Record::Outcome::kBadItem, "Item size has exceeded the maximum allowed size");
    }
    return record;
  }

  bool ParseMembers(JsonCursor& cursor, bool& has_item) {
    if (!cursor.Take('{')) return false;
    if (cursor.TakeIf('}')) return true;
    do {
      std::string_view name;
      if (!cursor.ReadString(name)) return false;
      bool is_item = name == "Item";
      if (!cursor.Take(':')) return false;
      if (!is_item) {
        if (!cursor.SkipValue()) return false;
        continue;
      }
      if (has_item) return cursor.Fail(Fault::kInvalid, "the member Item is given twice");
      has_item = true;
      builder_.StartItem();
      if (!AttributeParser(cursor, builder_).ParseAttributes()) return false;
    } while (cursor.TakeIf(','));
    return cursor.Take('}');
  }

  // The record is no item. Reading goes on behind it only when it is JSON to its end.
  Record CheckBadItem(JsonCursor& cursor, const char* start) {
    std::string message = std::move(cursor.message);
    cursor.p = start;
    cursor.fault = Fault::kNone;
    if (cursor.SkipValue()) return Bad(Record::Outcome::kBadItem, std::move(message));
    return Bad(Record::Outcome::kBadObject, Unparsable(cursor));
  }

  static Record Bad(Record::Outcome outcome, std::string message) {
    Record record;
    record.outcome = outcome;
    record.message = std::move(message);
    return record;
  }

  std::string Unparsable(const JsonCursor& cursor) const {
    if (cursor.fault == Fault::kEndOfText) return "the text ends inside a JSON object";
    return "invalid JSON at byte " + std::to_string(discarded_bytes_ + Offset(cursor.p));
  }

  Record Deliver(Record record, size_t end) {
    record.index = next_index_++;
    record.offset_bytes = consumed_bytes();
    record.head = {buffer_.get() + begin_, std::min(filled_ - begin_, kHeadBytesMax)};
    if (end - begin_ > record_bytes_max_) {
      end = begin_ + record_bytes_max_;
      record.outcome = Record::Outcome::kBadObject;
      record.message =
          "an item's text is longer than " + std::to_string(record_bytes_max_) + " bytes";
    }
    is_abandoned_ = record.outcome == Record::Outcome::kBadObject;
    begin_ = end;
    return record;
  }

  size_t Offset(const char* p) const { return static_cast<size_t>(p - buffer_.get()); }

  void Fill() {
    size_t rest = filled_ - begin_;
    if (rest > capacity_ / 2) {
      size_t capacity = capacity_ * 2;
      auto larger = std::make_unique_for_overwrite<char[]>(capacity + kPaddingBytes);
      std::memcpy(larger.get(), buffer_.get() + begin_, rest);
      buffer_ = std::move(larger);
      capacity_ = capacity;
    } else {
      std::memmove(buffer_.get(), buffer_.get() + begin_, rest);
    }
    discarded_bytes_ += begin_;
    begin_ = 0;
    filled_ = rest;
    while (filled_ < capacity_ && !source_ended_) {
      auto count = source_.Read(buffer_.get() + filled_, capacity_ - filled_);
      if (!count) {
        source_error_ = std::move(count).error();
        break;
      }
      source_ended_ = *count == 0;
      filled_ += *count;
    }
    std::memset(buffer_.get() + filled_, 0, kPaddingBytes);
  }

  base::ByteSource& source_;
  const size_t record_bytes_max_;
  size_t capacity_;
  std::unique_ptr<char[]> buffer_;  // capacity_ and the padding
  size_t begin_ = 0;                // of the next record
  size_t filled_ = 0;
  uint64_t discarded_bytes_ = 0;  // of the object, before buffer_[0]
  uint64_t next_index_ = 0;
  bool source_ended_ = false;
  bool is_abandoned_ = false;
  std::optional<Error> source_error_;
  item::ItemBuilder builder_;
};

}  // namespace

std::unique_ptr<codec::ItemReader> MakeItemReader(base::ByteSource& source,
                                                  const ReaderOptions& options) {
  return std::make_unique<ItemReader>(source, options);
}

}  // namespace dray::dynamodb_json
