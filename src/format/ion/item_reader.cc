// SPDX-License-Identifier: Apache-2.0
// Records are parsed inside the buffer of a codec::RecordText; a cut one is parsed anew. What
// stands between records is taken piece by piece, so that only `place_` has to be remembered: a
// list at the top may hold any number of records.
#include <string>

#include "format/codec/record_text.h"
#include "format/ion/ion.h"
#include "format/ion/ion_cursor.h"
#include "format/ion/value_parser.h"

namespace dray::ion {

namespace {

using base::Result;
using codec::BadRecord;
using codec::Record;

constexpr std::string_view kVersionMarker = "$ion_1_0";
constexpr std::string_view kSymbolTable = "$ion_symbol_table";
constexpr std::string_view kVersionPrefix = "$ion_";

// What people hand over instead of Ion text.
std::string NotAStruct(std::string_view text) {
  if (text.starts_with("\x1f\x8b")) return "gzip data, read without decompression";
  if (text.starts_with("\xE0\x01")) return "binary Ion: only Ion text can be read";
  if (text.starts_with("\xEF\xBB\xBF")) return "a byte order mark before the first struct";
  return "not an Ion struct";
}

class ItemReader final : public codec::ItemReader {
 public:
  ItemReader(base::ByteSource& source, const ReaderOptions& options)
      : text_(source, options.buffer_bytes, options.record_bytes_max),
        record_bytes_max_(options.record_bytes_max) {}
  ItemReader(const codec::TextPart& part, const codec::ReaderState& state,
             const ReaderOptions& options)
      : text_(part, options.record_bytes_max),
        record_bytes_max_(options.record_bytes_max),
        place_(static_cast<Place>(state.place)) {}

  Result<Record> Next() override {
    while (!text_.is_abandoned()) {
      const char* p = text_.begin();
      while (IsOneOf(*p, kSpace)) ++p;
      text_.DropTo(p);
      if (!text_.empty()) {
        cursor_.Reset(text_.begin(), text_.end());
        Record record;
        bool is_record = TakeNext(record);
        bool is_cut = cursor_.fault == Fault::kEndOfText && !text_.is_complete();
        if (!is_cut || text_.is_at_limit()) {
          place_ = next_place_;
          if (is_record || IsTooLong()) return text_.Deliver(std::move(record), cursor_.p);
          text_.DropTo(cursor_.p);
          continue;
        }
      } else if (text_.is_complete()) {
        if (place_ == Place::kTop) break;
        return text_.Deliver(
            BadRecord(Record::Outcome::kBadObject, "the text ends inside an Ion list"),
            text_.end());
      }
      RETURN_IF_ERROR(text_.Fill());
    }
    return text_.End();
  }

  uint64_t consumed_bytes() const override { return text_.consumed_bytes(); }
  codec::ReaderState state() const override {
    codec::ReaderState state;
    state.place = static_cast<unsigned>(place_);
    return state;
  }

 private:
  enum class Place : unsigned {
    kTop,
    kBeforeElement,  // of a list at the top
    kBehindElement,
  };

  bool IsTooLong() const {
    return static_cast<size_t>(cursor_.p - text_.begin()) > record_bytes_max_;
  }

  // Takes a record, or (false) one of the things that stand between records, behind which reading
  // goes on in `next_place_`. Leaves a fault in `cursor_` that is about the text.
  bool TakeNext(Record& record) {
    next_place_ = place_;
    switch (*cursor_.p) {
      case '/':
        return TakeComment(record);
      case '$':
        if (place_ == Place::kTop) return TakeSystemValue(record);
        break;
      case '[':
        if (place_ == Place::kTop) return TakeBracket(Place::kBeforeElement);
        break;
      case ',':
        if (place_ == Place::kBehindElement) return TakeBracket(Place::kBeforeElement);
        break;
      case ']':
        if (place_ != Place::kTop) return TakeBracket(Place::kTop);
        break;
      case '{':
        if (place_ == Place::kBehindElement || cursor_.p[1] == '{') break;
        record = ParseRecord();
        if (place_ == Place::kBeforeElement) next_place_ = Place::kBehindElement;
        return true;
      default:
        break;
    }
    record = BadRecord(Record::Outcome::kBadObject, NotAStruct(text_.view()));
    return true;
  }

  bool TakeBracket(Place next) {
    ++cursor_.p;
    next_place_ = next;
    return false;
  }

  bool TakeComment(Record& record) {
    bool is_taken = cursor_.SkipComment();
    if (cursor_.AtEnd() && !text_.is_complete()) return cursor_.FailSyntax();
    if (is_taken) return false;
    record =
        BadRecord(Record::Outcome::kBadObject,
                  cursor_.AtEnd() ? "the text ends inside a comment" : NotAStruct(text_.view()));
    return true;
  }

  // A version marker, or a symbol table: its symbols cannot be used, but it may stand there.
  bool TakeSystemValue(Record& record) {
    std::string_view word = cursor_.ReadIdentifier();
    if (cursor_.AtEnd() && !text_.is_complete()) return cursor_.FailSyntax();
    if (word == kVersionMarker) return false;
    std::string message = "not an Ion struct";
    if (word == kSymbolTable) {
      bool is_annotation = cursor_.TakeAnnotationMark();
      if (!cursor_.SkipSpace() && !text_.is_complete()) return cursor_.FailSyntax();
      if (is_annotation && *cursor_.p == '{') {
        if (cursor_.SkipValue()) return false;
        message = Unparsable();
      }
    } else if (word.starts_with(kVersionPrefix)) {
      message = "Ion version " + std::string(word.substr(0, 40)) +
                " is not known: only $ion_1_0 can be read";
    }
    record = BadRecord(Record::Outcome::kBadObject, std::move(message));
    return true;
  }

  Record ParseRecord() {
    const char* start = cursor_.p;
    bool has_item = false;
    if (!ParseMembers(has_item)) {
      if (cursor_.fault == Fault::kInvalid) return CheckBadItem(start);
      return BadRecord(Record::Outcome::kBadObject, Unparsable());
    }
    if (!has_item) {
      return BadRecord(Record::Outcome::kBadObject, "the Ion struct has no member Item");
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

  bool ParseMembers(bool& has_item) {
    ++cursor_.p;
    while (!cursor_.TakeIf('}')) {
      std::string_view name;
      if (!cursor_.ReadFieldName(name)) return false;
      if (name != "Item") {
        if (!cursor_.SkipValue()) return false;
      } else {
        if (has_item) return cursor_.Invalid("the member Item is given twice");
        has_item = true;
        if (!ParseItem()) return false;
      }
      if (!cursor_.TakeIf(',')) return cursor_.Take('}');
    }
    return true;
  }

  bool ParseItem() {
    if (!cursor_.SkipSpace()) return cursor_.FailSyntax();
    if (*cursor_.p != '{' || cursor_.p[1] == '{') {
      return cursor_.Invalid("the member Item is not an Ion struct");
    }
    ++cursor_.p;
    builder_.StartItem();
    return parser_.Fields();
  }

  // The record is no item. Reading goes on behind it only when it is Ion to its end.
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
  const size_t record_bytes_max_;
  Place place_ = Place::kTop;
  Place next_place_ = Place::kTop;
  IonCursor cursor_;
  item::ItemBuilder builder_;
  ValueParser parser_{cursor_, builder_};
};

}  // namespace

std::unique_ptr<codec::ItemReader> MakeItemReader(base::ByteSource& source,
                                                  const ReaderOptions& options) {
  return std::make_unique<ItemReader>(source, options);
}

std::unique_ptr<codec::ItemReader> MakePartReader(const codec::TextPart& part,
                                                  const codec::ReaderState& state,
                                                  const ReaderOptions& options) {
  return std::make_unique<ItemReader>(part, state, options);
}

}  // namespace dray::ion
