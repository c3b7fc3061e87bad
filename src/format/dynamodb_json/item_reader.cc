// SPDX-License-Identifier: Apache-2.0
// Records are parsed inside the buffer of a codec::RecordText; a cut one is parsed anew.
#include <memory>
#include <string>

#include "format/codec/record_text.h"
#include "format/dynamodb_json/attribute_parser.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/dynamodb_json/json_cursor.h"

namespace dray::dynamodb_json {

namespace {

using base::Result;
using codec::BadRecord;
using codec::Record;

// What people hand over instead of JSON lines.
std::string NotAnObject(std::string_view text) {
  if (text.starts_with("\x1f\x8b")) return "gzip data, read without decompression";
  if (text.starts_with("\xEF\xBB\xBF")) return "a byte order mark before the first object";
  return "not a JSON object";
}

class ItemReader final : public codec::ItemReader {
 public:
  ItemReader(base::ByteSource& source, const ReaderOptions& options)
      : text_(source, options.buffer_bytes, options.record_bytes_max) {}
  ItemReader(const codec::TextPart& part, const ReaderOptions& options)
      : text_(part, options.record_bytes_max) {}

  Result<Record> Next() override {
    while (!text_.is_abandoned()) {
      JsonCursor cursor(text_.begin(), text_.end());
      cursor.SkipSpace();
      text_.DropTo(cursor.p);
      if (!text_.empty()) {
        Record record = ParseRecord(cursor);
        bool is_cut = cursor.fault == Fault::kEndOfText && !text_.is_complete();
        if (!is_cut || text_.is_at_limit()) return text_.Deliver(std::move(record), cursor.p);
      } else if (text_.is_complete()) {
        break;
      }
      RETURN_IF_ERROR(text_.Fill());
    }
    return text_.End();
  }

  uint64_t consumed_bytes() const override { return text_.consumed_bytes(); }

 private:
  // Leaves `cursor` behind the record, or with a fault that is about the text.
  Record ParseRecord(JsonCursor& cursor) {
    if (*cursor.p != '{') {
      // A single scalar or array is JSON without Item; whether it is even that makes no difference.
      return BadRecord(Record::Outcome::kBadObject, NotAnObject(text_.view()));
    }
    const char* start = cursor.p;
    bool has_item = false;
    if (!ParseMembers(cursor, has_item)) {
      if (cursor.fault == Fault::kInvalid || cursor.fault == Fault::kNotAttributeValue) {
        return CheckBadItem(cursor, start);
      }
      return BadRecord(Record::Outcome::kBadObject, Unparsable(cursor));
    }
    if (!has_item) {
      return BadRecord(Record::Outcome::kBadObject, "the JSON object has no member Item");
    }
    Record record;
    record.outcome = Record::Outcome::kItem;
    record.item = builder_.Finish();
    record.item_size_bytes = builder_.size_bytes();
    if (record.item.empty()) {
      return BadRecord(Record::Outcome::kBadItem,
                       "Item size has exceeded the maximum allowed size");
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
    if (cursor.SkipValue()) return BadRecord(Record::Outcome::kBadItem, std::move(message));
    return BadRecord(Record::Outcome::kBadObject, Unparsable(cursor));
  }

  std::string Unparsable(const JsonCursor& cursor) const {
    if (cursor.fault == Fault::kEndOfText) return "the text ends inside a JSON object";
    return "invalid JSON at byte " + std::to_string(text_.OffsetOf(cursor.p));
  }

  codec::RecordText text_;
  item::ItemBuilder builder_;
};

}  // namespace

std::unique_ptr<codec::ItemReader> MakeItemReader(base::ByteSource& source,
                                                  const ReaderOptions& options) {
  return std::make_unique<ItemReader>(source, options);
}

std::unique_ptr<codec::ItemReader> MakePartReader(const codec::TextPart& part,
                                                  const ReaderOptions& options) {
  return std::make_unique<ItemReader>(part, options);
}

}  // namespace dray::dynamodb_json
