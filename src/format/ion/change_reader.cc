// SPDX-License-Identifier: Apache-2.0
// Records of incremental exports: $ion_1_0 {Record:{Keys:{...},Metadata:{...},OldImage:{...},
// NewImage:{...}}}. Between records stand white space, comments and version markers, no lists.
#include <memory>
#include <string>

#include "format/codec/change_parts.h"
#include "format/codec/record_text.h"
#include "format/ion/ion.h"
#include "format/ion/ion_cursor.h"
#include "format/ion/value_parser.h"

namespace dray::ion {

namespace {

using base::Result;
using codec::BadRecord;
using codec::ChangeParts;
using codec::ChangeRecord;
using codec::Record;

constexpr std::string_view kVersionMarker = "$ion_1_0";
constexpr std::string_view kNoRecord =
    "the Ion struct has no member Record with Keys, so it is no record of an incremental export";

class ChangeReader final : public codec::ChangeReader {
 public:
  ChangeReader(base::ByteSource& source, const ReaderOptions& options)
      : text_(source, options.buffer_bytes, options.record_bytes_max) {}

  Result<ChangeRecord> Next() override {
    while (!text_.is_abandoned()) {
      const char* p = text_.begin();
      while (IsOneOf(*p, kSpace)) ++p;
      text_.DropTo(p);
      if (!text_.empty()) {
        cursor_.Reset(text_.begin(), text_.end());
        Record record;
        const bool is_record = TakeNext(record);
        const bool is_cut = cursor_.fault == Fault::kEndOfText && !text_.is_complete();
        if (!is_cut || text_.is_at_limit()) {
          if (is_record) return parts_.Complete(text_.Deliver(std::move(record), cursor_.p));
          text_.DropTo(cursor_.p);
          continue;
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
  // Takes a record, or (false) something that stands between records.
  bool TakeNext(Record& record) {
    switch (*cursor_.p) {
      case '/':
        if (cursor_.SkipComment()) {
          // At the end of what is there, the comment or its line may go on.
          if (!cursor_.AtEnd() || text_.is_complete()) return false;
        }
        if (cursor_.AtEnd() && !text_.is_complete()) return cursor_.FailSyntax();
        break;
      case '$': {
        const std::string_view word = cursor_.ReadIdentifier();
        if (cursor_.AtEnd() && !text_.is_complete()) return cursor_.FailSyntax();
        if (word == kVersionMarker) return false;
        break;
      }
      case '{':
        if (cursor_.p[1] == '{') break;
        record = ParseRecord();
        return true;
      default:
        break;
    }
    record = BadRecord(Record::Outcome::kBadObject, "not an Ion struct");
    return true;
  }

  Record ParseRecord() {
    const char* start = cursor_.p;
    parts_.StartRecord();
    has_record_ = false;
    if (!ParseTop()) {
      if (cursor_.fault == Fault::kInvalid) return CheckBadItem(start);
      return BadRecord(Record::Outcome::kBadObject, Unparsable());
    }
    return parts_.Finish(kNoRecord);
  }

  // The fields of a struct: `take(name)` takes each value.
  template <class TakeValue>
  bool ParseStruct(TakeValue take) {
    ++cursor_.p;
    while (!cursor_.TakeIf('}')) {
      std::string_view name;
      if (!cursor_.ReadFieldName(name) || !take(name)) return false;
      if (!cursor_.TakeIf(',')) return cursor_.Take('}');
    }
    return true;
  }

  bool ParseTop() {
    return ParseStruct([this](std::string_view name) {
      if (name != "Record") return cursor_.SkipValue();
      if (has_record_) return cursor_.Invalid("the member Record is given twice");
      has_record_ = true;
      if (!AtStruct("Record")) return false;
      return ParseStruct([this](std::string_view member) { return ParsePart(member); });
    });
  }

  bool AtStruct(std::string_view name) {
    if (!cursor_.SkipSpace()) return cursor_.FailSyntax();
    if (*cursor_.p == '{' && cursor_.p[1] != '{') return true;
    return cursor_.Invalid("the member " + std::string(name) + " is not an Ion struct");
  }

  bool ParsePart(std::string_view name) {
    const ChangeParts::Part part = ChangeParts::Named(name);
    if (part == ChangeParts::kParts) return cursor_.SkipValue();
    item::ItemBuilder* builder = parts_.Start(part);
    if (builder == nullptr) return cursor_.Invalid(ChangeParts::GivenTwice(part));
    if (!AtStruct(name)) return false;
    ++cursor_.p;
    return ValueParser(cursor_, *builder).Fields();
  }

  // The record is no change. Reading goes on behind it only when it is Ion to its end.
  Record CheckBadItem(const char* start) {
    std::string message = std::move(cursor_.message);
    cursor_.Reset(start, text_.end());
    if (cursor_.SkipValue()) return BadRecord(Record::Outcome::kBadItem, std::move(message));
    return BadRecord(Record::Outcome::kBadObject, Unparsable());
  }

  std::string Unparsable() const {
    if (cursor_.fault == Fault::kEndOfText) return "the text ends inside an Ion value";
    return "invalid Ion at byte " + std::to_string(text_.OffsetOf(cursor_.p));
  }

  codec::RecordText text_;
  IonCursor cursor_;
  ChangeParts parts_;
  bool has_record_ = false;
};

}  // namespace

std::unique_ptr<codec::ChangeReader> MakeChangeReader(base::ByteSource& source,
                                                      const ReaderOptions& options) {
  return std::make_unique<ChangeReader>(source, options);
}

}  // namespace dray::ion
