// SPDX-License-Identifier: Apache-2.0
// Records of incremental exports:
// {"Metadata":{...},"Keys":{...},"OldImage":{...},"NewImage":{...}}.
#include <memory>
#include <string>

#include "format/codec/change_parts.h"
#include "format/codec/record_text.h"
#include "format/dynamodb_json/attribute_parser.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/dynamodb_json/json_cursor.h"

namespace dray::dynamodb_json {

namespace {

using base::Result;
using codec::BadRecord;
using codec::ChangeParts;
using codec::ChangeRecord;
using codec::Record;

constexpr std::string_view kNoKeys =
    "the JSON object has no member Keys, so it is no record of an incremental export";

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
          return parts_.Complete(text_.Deliver(std::move(record), cursor.p));
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
  // Leaves `cursor` behind the record, or with a fault that is about the text.
  Record ParseRecord(JsonCursor& cursor) {
    if (*cursor.p != '{') {
      return BadRecord(Record::Outcome::kBadObject, "not a JSON object");
    }
    const char* start = cursor.p;
    parts_.StartRecord();
    if (!ParseMembers(cursor)) {
      if (cursor.fault == Fault::kInvalid || cursor.fault == Fault::kNotAttributeValue) {
        return CheckBadItem(cursor, start);
      }
      return BadRecord(Record::Outcome::kBadObject, Unparsable(cursor));
    }
    return parts_.Finish(kNoKeys);
  }

  bool ParseMembers(JsonCursor& cursor) {
    if (!cursor.Take('{')) return false;
    if (cursor.TakeIf('}')) return true;
    do {
      std::string_view name;
      if (!cursor.ReadString(name)) return false;
      const ChangeParts::Part part = ChangeParts::Named(name);
      if (!cursor.Take(':')) return false;
      if (part == ChangeParts::kParts) {
        if (!cursor.SkipValue()) return false;
        continue;
      }
      item::ItemBuilder* builder = parts_.Start(part);
      if (builder == nullptr) return cursor.Fail(Fault::kInvalid, ChangeParts::GivenTwice(part));
      if (!AttributeParser(cursor, *builder).ParseAttributes()) return false;
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
  ChangeParts parts_;
};

}  // namespace

std::unique_ptr<codec::ChangeReader> MakeChangeReader(base::ByteSource& source,
                                                      const ReaderOptions& options) {
  return std::make_unique<ChangeReader>(source, options);
}

}  // namespace dray::dynamodb_json
