// SPDX-License-Identifier: Apache-2.0
// Fields of CSV text (RFC 4180), one after another, inside a padded text. Internal to this module.
//
// 64 bytes at a time are turned into bits, one for each byte that means something: the delimiter, a
// quote, CR, LF. Then fields are found by walking over the bits; inside quotes only those of quotes
// are looked at. Nothing is copied.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "format/codec/byte_block.h"

namespace dray::csv {

struct Field {
  const char* begin = nullptr;  // without the quotes around it
  const char* end = nullptr;
  size_t quote_pairs = 0;  // in it, each of which stands for one quote
  size_t size() const { return static_cast<size_t>(end - begin); }
};

enum class Fault {
  kNone,
  kEndOfText,  // the field may go on behind the end; in a complete text it misses its closing quote
  kQuoteInside,      // of a field that does not begin with one
  kTextBehindQuote,  // the one that closes a field
};

class FieldCursor {
 public:
  explicit FieldCursor(char delimiter) : delimiter_(delimiter) {}

  // Behind `end` stand 64 zero bytes. `is_complete`: nothing follows.
  void Reset(const char* begin, const char* end, bool is_complete) {
    end_ = end;
    is_complete_ = is_complete;
    Load(begin);
  }

  // Not before the end of an earlier row.
  void StartRow(const char* row) {
    p = row;
    fault = Fault::kNone;
    ends_row = false;
    has_lone_return = false;
    newlines_in_row = newlines_before_field = 0;
    if (row >= block_ && row < block_ + codec::kBlockBytes) {
      stops_ &= ~uint64_t{0} << (row - block_);
      has_non_ascii = block_has_non_ascii_;
    } else {
      has_non_ascii = false;
      Load(row);
    }
  }

  void StartRowAgain(const char* row) {
    Load(row);
    StartRow(row);
  }

  // The field at `p`; false: `fault` says what is wrong at `p`. Not behind the end of a row.
  bool Next(Field& field) {
    newlines_before_field = newlines_in_row;
    field.quote_pairs = 0;
    if (*p == '"') return NextQuoted(field);
    field.begin = p;
    while (true) {
      const char* stop = TakeStop();
      if (*stop == delimiter_) {
        field.end = stop;
        p = stop + 1;
        return true;
      }
      if (*stop == '"') return Fail(Fault::kQuoteInside, stop);
      field.end = stop;
      if (IsRowEnd(stop)) return true;
      if (fault != Fault::kNone) return false;
      has_lone_return = true;
    }
  }

  const char* p = nullptr;  // behind the field and what ended it
  Fault fault = Fault::kNone;
  bool ends_row = false;
  // About the row so far:
  bool has_lone_return = false;  // a CR outside of quotes without LF
  bool has_non_ascii = false;    // perhaps: said of 64 bytes
  uint64_t newlines_in_row = 0;  // inside quotes
  uint64_t newlines_before_field = 0;

 private:
  bool NextQuoted(Field& field) {
    TakeStop();
    field.begin = p + 1;
    while (true) {
      const char* quote = TakeQuote();
      if (quote == end_) return Fail(Fault::kEndOfText, quote);
      if (quote[1] == '"') {
        TakeQuote();
        ++field.quote_pairs;
        continue;
      }
      field.end = quote;
      const char* behind = quote + 1;
      if (*behind == delimiter_) {
        TakeStop();
        p = behind + 1;
        return true;
      }
      if (behind == end_ || *behind == '\n' || *behind == '\r') {
        if (TakeStop(); IsRowEnd(behind)) return true;
        if (fault != Fault::kNone) return false;
      }
      return Fail(Fault::kTextBehindQuote, behind);
    }
  }

  // `stop` is a LF, a CR or the end. Whether a row ends there; if so, takes all of its end.
  bool IsRowEnd(const char* stop) {
    if (*stop == '\n') {
      p = stop + 1;
    } else if (stop[0] == '\r' && stop[1] == '\n') {
      TakeStop();
      p = stop + 2;
    } else if (stop == end_ || stop + 1 == end_) {
      if (!is_complete_) return Fail(Fault::kEndOfText, stop);
      p = end_;
    } else {
      return false;
    }
    ends_row = true;
    return true;
  }

  bool Fail(Fault what, const char* where) {
    fault = what;
    p = where;
    return false;
  }

  // The next byte that means something, or the end.
  const char* TakeStop() {
    while (stops_ == 0) {
      if (!LoadNext()) return end_;
    }
    const char* stop = block_ + std::countr_zero(stops_);
    stops_ &= stops_ - 1;
    return stop;
  }

  // The next quote, or the end; counts the line feeds before it.
  const char* TakeQuote() {
    while ((stops_ & quotes_) == 0) {
      CountNewlines(stops_);
      if (!LoadNext()) return end_;
    }
    const uint64_t first = stops_ & quotes_ & -(stops_ & quotes_);
    CountNewlines(stops_ & (first - 1));
    stops_ &= ~(first | (first - 1));
    return block_ + std::countr_zero(first);
  }

  void CountNewlines(uint64_t among) {
    if (among &= newlines_; among != 0) {
      newlines_in_row += static_cast<uint64_t>(std::popcount(among));
    }
  }

  bool LoadNext() {
    if (end_ - block_ <= static_cast<ptrdiff_t>(codec::kBlockBytes)) {
      stops_ = 0;
      return false;
    }
    Load(block_ + codec::kBlockBytes);
    return true;
  }

  void Load(const char* at) {
    block_ = at;
    const codec::ByteBlock block(at);
    quotes_ = block.Matches('"');
    newlines_ = block.Matches('\n');
    stops_ = quotes_ | newlines_ | block.Matches(delimiter_) | block.Matches('\r');
    block_has_non_ascii_ = block.NonAscii() != 0;
    has_non_ascii |= block_has_non_ascii_;
  }

  const char delimiter_;
  const char* end_ = nullptr;
  bool is_complete_ = false;
  const char* block_ = nullptr;
  uint64_t stops_ = 0;  // of the block, those that were not taken
  uint64_t quotes_ = 0, newlines_ = 0;
  bool block_has_non_ascii_ = false;
};

}  // namespace dray::csv
