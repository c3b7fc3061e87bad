// SPDX-License-Identifier: Apache-2.0
// Records of incremental exports:
// {"Metadata":{...},"Keys":{...},"OldImage":{...},"NewImage":{...}}.
#include <array>
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
using codec::ChangeRecord;
using codec::Record;

enum Part { kKeys, kOldImage, kNewImage, kParts };
constexpr std::string_view kPartNames[] = {"Keys", "OldImage", "NewImage"};

class ChangeReader final : public codec::ChangeReader {
 public:
  ChangeReader(base::ByteSource& source, const ReaderOptions& options)
      : text_(source, options.buffer_bytes, options.record_bytes_max) {}

  Result<ChangeRecord> Next() override {
    while (!text_.is_abandoned()) {
      JsonCursor cursor(text_.begin(), text_.end());
      cursor.SkipSpace();
      text_.DropTo(cursor.p);
      if (!text_.empty()) {
        Record record = ParseRecord(cursor);
        const bool is_cut = cursor.fault == Fault::kEndOfText && !text_.is_complete();
        if (!is_cut || text_.is_at_limit()) {
          return Complete(text_.Deliver(std::move(record), cursor.p));
        }
      } else if (text_.is_complete()) {
        break;
      }
      RETURN_IF_ERROR(text_.Fill());
    }
    return ChangeRecord{text_.End(), {}, {}, {}};
  }

  uint64_t consumed_bytes() const override { return text_.consumed_bytes(); }

 private:
  ChangeRecord Complete(Record record) {
    ChangeRecord change;
    change.record = std::move(record);
    if (change.record.outcome != Record::Outcome::kItem) return change;
    change.keys = *ImageOf(kKeys);
    change.old_image = ImageOf(kOldImage);
    change.new_image = ImageOf(kNewImage);
    return change;
  }
  std::optional<ChangeRecord::Image> ImageOf(Part part) const {
    if (!is_there_[part]) return std::nullopt;
    return ChangeRecord::Image{encoded_[part], builders_[part].size_bytes()};
  }

  // Leaves `cursor` behind the record, or with a fault that is about the text.
  Record ParseRecord(JsonCursor& cursor) {
    if (*cursor.p != '{') {
      return BadRecord(Record::Outcome::kBadObject, "not a JSON object");
    }
    const char* start = cursor.p;
    is_there_ = {};
    if (!ParseMembers(cursor)) {
      if (cursor.fault == Fault::kInvalid || cursor.fault == Fault::kNotAttributeValue) {
        return CheckBadItem(cursor, start);
      }
      return BadRecord(Record::Outcome::kBadObject, Unparsable(cursor));
    }
    if (!is_there_[kKeys]) {
      return BadRecord(
          Record::Outcome::kBadObject,
          "the JSON object has no member Keys, so it is no record of an incremental export");
    }
    Record record;
    record.outcome = Record::Outcome::kItem;
    for (int part = 0; part < kParts; ++part) {
      if (!is_there_[part]) continue;
      encoded_[part] = builders_[part].Finish();
      if (encoded_[part].empty()) {
        return BadRecord(Record::Outcome::kBadItem,
                         "Item size has exceeded the maximum allowed size");
      }
    }
    return record;
  }

  bool ParseMembers(JsonCursor& cursor) {
    if (!cursor.Take('{')) return false;
    if (cursor.TakeIf('}')) return true;
    do {
      std::string_view name;
      if (!cursor.ReadString(name)) return false;
      int part = 0;
      while (part < kParts && name != kPartNames[part]) ++part;
      if (!cursor.Take(':')) return false;
      if (part == kParts) {
        if (!cursor.SkipValue()) return false;
        continue;
      }
      if (is_there_[part]) {
        return cursor.Fail(Fault::kInvalid,
                           "the member " + std::string(kPartNames[part]) + " is given twice");
      }
      is_there_[part] = true;
      builders_[part].StartItem();
      if (!AttributeParser(cursor, builders_[part]).ParseAttributes()) return false;
    } while (cursor.TakeIf(','));
    return cursor.Take('}');
  }

  // The record is no change. Reading goes on behind it only when it is JSON to its end.
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
  std::array<item::ItemBuilder, kParts> builders_;
  std::array<bool, kParts> is_there_ = {};
  std::array<std::string_view, kParts> encoded_;
};

}  // namespace

std::unique_ptr<codec::ChangeReader> MakeChangeReader(base::ByteSource& source,
                                                      const ReaderOptions& options) {
  return std::make_unique<ChangeReader>(source, options);
}

}  // namespace dray::dynamodb_json
