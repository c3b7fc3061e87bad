// SPDX-License-Identifier: Apache-2.0
// Rows are parsed inside the buffer of a codec::RecordText and encoded as they are; a row that the
// buffer cuts off is parsed anew. Before the first row: a byte order mark, perhaps, and the header.
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/text_encoding.h"
#include "format/codec/record_text.h"
#include "format/csv/csv.h"
#include "format/csv/field_cursor.h"
#include "format/csv/record_splitter.h"
#include "format/csv/shown_text.h"

namespace dray::csv {

namespace {

using base::Result;
using codec::BadRecord;
using codec::Record;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kSignatureBytesMax = 4;

// What people hand over instead of UTF-8 text; nullptr: nothing of that.
const char* ForeignText(std::string_view text) {
  if (text.starts_with("\x1f\x8b")) return "gzip data, read without decompression";
  if (text.starts_with("\x28\xb5\x2f\xfd")) return "zstd data, read without decompression";
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return "UTF-16 text: only UTF-8 can be read";
  }
  if (text.starts_with("PK\x03\x04")) return "a ZIP archive or a spreadsheet, not CSV text";
  return nullptr;
}

// Writes up to item::kOverreadBytes behind the text.
void CopyUnescaped(const Field& field, char* to) {
  const char* from = field.begin;
  for (size_t i = 0; i < field.quote_pairs; ++i) {
    auto rest = static_cast<size_t>(field.end - from);
    const auto* behind = static_cast<const char*>(std::memchr(from, '"', rest)) + 1;
    auto size = static_cast<size_t>(behind - from);
    item::CopyOver(to, from, size);
    to += size;
    from = behind + 1;
  }
  item::CopyOver(to, from, static_cast<size_t>(field.end - from));
}

std::string TextOf(const Field& field) {
  size_t size = field.size() - field.quote_pairs;
  std::string text(size + item::kOverreadBytes, '\0');
  CopyUnescaped(field, text.data());
  text.resize(size);
  return text;
}

bool IsUtf8(const Field& field) { return base::IsValidUtf8({field.begin, field.size()}); }

class ItemReader final : public codec::ItemReader {
 public:
  ItemReader(base::ByteSource& source, const ReaderOptions& options)
      : text_(source, options.buffer_bytes, options.record_bytes_max),
        record_bytes_max_(options.record_bytes_max),
        dialect_(options.dialect),
        layout_(options.layout),
        is_started_(options.layout != nullptr),
        line_(1 + options.lines_before),
        cursor_(options.dialect.delimiter) {}
  ItemReader(const codec::TextPart& part, const codec::ReaderState& state,
             const ReaderOptions& options)
      : text_(part, options.record_bytes_max),
        record_bytes_max_(options.record_bytes_max),
        dialect_(options.dialect),
        layout_(std::static_pointer_cast<const Layout>(state.columns)),
        is_started_(state.place != 0),
        line_(1 + state.lines_before),
        cursor_(options.dialect.delimiter) {
    cursor_.Reset(text_.begin(), text_.end(), text_.is_complete());
  }

  Result<Record> Next() override {
    while (!text_.is_abandoned()) {
      if (IsReadable()) {
        if (!is_started_) {
          is_started_ = true;
          if (auto bad = Start()) return text_.Deliver(*std::move(bad), text_.begin());
        }
        SkipBlankLines();
        if (!text_.empty()) {
          Record record;
          if (TakeRecord(record)) return record;
          if (cursor_.fault == Fault::kNone) continue;  // that was the header
        } else if (text_.is_complete()) {
          break;
        }
      }
      RETURN_IF_ERROR(text_.Fill());
      cursor_.Reset(text_.begin(), text_.end(), text_.is_complete());
    }
    return text_.End();
  }

  uint64_t consumed_bytes() const override { return text_.consumed_bytes(); }
  codec::ReaderState state() const override {
    return {.lines_before = line_ - 1, .place = is_started_ ? 1u : 0u, .columns = layout_};
  }
  const std::shared_ptr<const Layout>& layout() const { return layout_; }

 private:
  bool IsReadable() const {
    return is_started_ || text_.is_complete() || text_.view().size() >= kSignatureBytesMax;
  }

  // Takes what stands before header and rows.
  std::optional<Record> Start() {
    if (const char* what = ForeignText(text_.view())) {
      return BadRecord(Record::Outcome::kBadObject, what);
    }
    if (text_.view().starts_with(kByteOrderMark)) {
      text_.DropTo(text_.begin() + kByteOrderMark.size());
    }
    if (dialect_.header_list.empty()) return std::nullopt;
    auto layout = Layout::Make(dialect_.header_list, dialect_);
    if (!layout) return BadRecord(Record::Outcome::kBadObject, layout.error().message);
    layout_ = *std::move(layout);
    return std::nullopt;
  }

  void SkipBlankLines() {
    const char* p = text_.begin();
    for (;; ++line_) {
      if (p[0] == '\n') {
        p += 1;
      } else if (p[0] == '\r' && p[1] == '\n') {
        p += 2;
      } else {
        break;
      }
    }
    if (*p == '\r' && p + 1 == text_.end() && text_.is_complete()) ++p;
    text_.DropTo(p);
  }

  // False: the header was taken, or, with a fault in `cursor_`, there must be more of the text.
  bool TakeRecord(Record& record) {
    const char* begin = text_.begin();
    cursor_.StartRow(begin);
    const bool is_header = layout_ == nullptr;
    record = is_header ? ReadHeader() : ReadRow();
    const char* end = cursor_.p;
    if (cursor_.fault == Fault::kEndOfText && !text_.is_complete()) {
      if (!text_.is_at_limit()) return false;
      record = BadRecord(Record::Outcome::kBadObject, TooLong());
      end = begin + record_bytes_max_;
    } else if (static_cast<size_t>(end - begin) > record_bytes_max_) {
      record = BadRecord(Record::Outcome::kBadObject, TooLong());
      end = begin + record_bytes_max_;
    } else if (cursor_.fault == Fault::kNone) {
      line_ += 1 + cursor_.newlines_in_row;
      if (is_header && layout_ != nullptr) {
        text_.DropTo(end);
        return false;
      }
    }
    record = text_.Deliver(std::move(record), end);
    return true;
  }

  Record ReadHeader() {
    std::vector<std::string> names;
    Field field;
    do {
      if (!cursor_.Next(field)) return Unparsable(names.size());
      names.push_back(TextOf(field));
    } while (!cursor_.ends_row);
    // A file with the line ends of old Macs would be all header.
    if (cursor_.has_lone_return) return BadRecord(Record::Outcome::kBadObject, LoneReturn());
    auto layout = Layout::Make(names, dialect_);
    if (!layout) return BadRecord(Record::Outcome::kBadObject, layout.error().message + Line());
    layout_ = *std::move(layout);
    return {};
  }

  Record ReadRow() {
    builder_.StartItem();
    bad_value_.clear();
    const std::vector<Layout::Column>& columns = layout_->columns();
    size_t column = 0;
    Field field;
    do {
      if (!cursor_.Next(field)) return Unparsable(column);
      if (column < columns.size() && field.begin != field.end) AddField(columns[column], field);
      ++column;
    } while (!cursor_.ends_row);
    if (column != columns.size()) return BadRecord(Record::Outcome::kBadItem, Ragged(column));
    if (cursor_.has_lone_return) return BadRecord(Record::Outcome::kBadItem, LoneReturn());
    if (cursor_.has_non_ascii && !IsRowUtf8()) {
      return BadRecord(Record::Outcome::kBadItem, NotUtf8());
    }
    if (!bad_value_.empty()) return BadRecord(Record::Outcome::kBadItem, std::move(bad_value_));
    Record record;
    record.outcome = Record::Outcome::kItem;
    record.item = builder_.Finish();
    record.item_size_bytes = builder_.size_bytes();
    return record;
  }

  void AddField(const Layout::Column& column, const Field& field) {
    if (column.type != item::Type::kString) return AddTyped(column, field);
    if (field.quote_pairs == 0) {
      builder_.PaddedString(column.name, {field.begin, field.size()});
    } else {
      CopyUnescaped(field, builder_.StartString(column.name, field.size() - field.quote_pairs));
    }
  }

  void AddTyped(const Layout::Column& column, const Field& field) {
    const std::string text = TextOf(field);
    if (column.type == item::Type::kNumber) {
      auto status = builder_.NumberText(column.name, text);
      if (status || !bad_value_.empty()) return;
      bad_value_ = Shown(status.error().message) + Place(column.name.name());
    } else if (auto bytes = base::Base64Decode(text)) {
      builder_.Binary(column.name, *bytes);
    } else if (bad_value_.empty()) {
      bad_value_ = "Invalid Base64 in a binary value" + Place(column.name.name());
    }
  }

  // ---- what is wrong, and where

  std::string Line() const { return " (line " + std::to_string(line_) + ")"; }
  // Of the field that was read last.
  std::string Place(std::string_view column) const {
    return " (line " + std::to_string(line_ + cursor_.newlines_before_field) + ", column \"" +
           Shown(column) + "\")";
  }
  std::string Place(size_t column) const {
    if (layout_ != nullptr && column < layout_->columns().size()) {
      return Place(layout_->columns()[column].name.name());
    }
    return " (line " + std::to_string(line_ + cursor_.newlines_before_field) + ", column " +
           std::to_string(column + 1) + ")";
  }

  Record Unparsable(size_t column) const {
    std::string message;
    switch (cursor_.fault) {
      case Fault::kQuoteInside:
        message =
            "a quote inside a field that does not begin with one: such a field must stand in "
            "quotes, with the quotes in it doubled";
        break;
      case Fault::kTextBehindQuote:
        message = "text behind the closing quote of a field: quotes inside a field must be doubled";
        break;
      default:
        message = "the text ends inside a quoted field";
    }
    return BadRecord(Record::Outcome::kBadObject, message + Place(column));
  }

  std::string Ragged(size_t count) const {
    auto columns = [](size_t n) { return std::to_string(n) + (n == 1 ? " column" : " columns"); };
    return "the row has " + columns(count) + ", " +
           (dialect_.header_list.empty() ? "the header" : "HeaderList") + " has " +
           std::to_string(layout_->columns().size()) + ", separated by " + DelimiterName() + Line();
  }
  std::string DelimiterName() const {
    if (dialect_.delimiter == '\t') return "tabs";
    if (dialect_.delimiter == ' ') return "spaces";
    return std::string("'") + dialect_.delimiter + "'";
  }

  std::string LoneReturn() const {
    return "a carriage return without a line feed, outside of quotes: lines end with LF or CRLF" +
           Line();
  }

  std::string TooLong() const {
    return "a record of more than " + std::to_string(record_bytes_max_) +
           " bytes: a quoted field may lack its closing quote" + Line();
  }

  bool IsRowUtf8() const {
    return base::IsValidUtf8({text_.begin(), static_cast<size_t>(cursor_.p - text_.begin())});
  }
  // Goes through the row again to find out where.
  std::string NotUtf8() {
    cursor_.StartRowAgain(text_.begin());
    size_t column = 0;
    std::string place;
    Field field;
    do {
      if (!cursor_.Next(field)) break;
      if (place.empty() && !IsUtf8(field)) place = Place(column);
      ++column;
    } while (!cursor_.ends_row);
    return "the value is not UTF-8 text" + place;
  }

  codec::RecordText text_;
  const size_t record_bytes_max_;
  const Dialect dialect_;
  std::shared_ptr<const Layout> layout_;  // shared with readers of other stretches
  bool is_started_;
  uint64_t line_;  // on which the record begins, from 1
  FieldCursor cursor_;
  item::FlatItemBuilder builder_;
  std::string bad_value_;  // the first one of the row, as a message
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

std::unique_ptr<codec::PartCutter> MakePartCutter() {
  class Cutter final : public codec::PartCutter {
   public:
    size_t Advance(std::string_view text) override { return splitter_.Advance(text); }
    uint64_t lines_before() const override { return splitter_.lines(); }

   private:
    RecordSplitter splitter_;
  };
  return std::make_unique<Cutter>();
}

std::shared_ptr<const Layout> FindLayout(const Dialect& dialect, std::string_view start) {
  if (!dialect.header_list.empty()) {
    auto layout = Layout::Make(dialect.header_list, dialect);
    return layout ? *std::move(layout) : nullptr;
  }
  base::StringSource source(start.substr(0, RecordSplitter().Advance(start)));
  ReaderOptions options;
  options.dialect = dialect;
  ItemReader reader(source, options);
  auto first = reader.Next();
  if (!first) return nullptr;
  return reader.layout();
}

}  // namespace dray::csv
