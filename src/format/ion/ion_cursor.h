// SPDX-License-Identifier: Apache-2.0
// A tokenizer of Ion text over a padded text (codec/text_scan.h). Functions return false when they
// cannot go on, and then `fault` says why and `p` where. Internal to this module.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "format/codec/text_scan.h"
#include "format/ion/ion_characters.h"

namespace dray::ion {

enum class Fault {
  kNone,
  kEndOfText,  // the text ends before the value does: more text may help
  kSyntax,     // not Ion
  kInvalid,    // Ion, but no valid item
};

// What a number, a timestamp or one of the words among them is.
enum class NumberKind {
  kDecimal,  // and a decimal integer
  kRadix,    // an integer in hexadecimal or binary
  kFloat,
  kTimestamp,
};

struct NumberToken {
  NumberKind kind = NumberKind::kDecimal;
  std::string_view text;       // as it stands
  bool needs_rewrite = false;  // a kDecimal with underscores or `d`
};

class IonCursor {
 public:
  // `end` and the padding behind it as text_scan.h asks. Forgets faults.
  void Reset(const char* begin, const char* end) {
    p = begin;
    end_ = end;
    fault = Fault::kNone;
  }

  // White space and comments. False at the end of the text, also when that cuts a comment.
  bool SkipSpace() {
    if (static_cast<unsigned char>(*p) > ' ' && *p != '/') return true;
    return SkipSpaceSlowly();
  }
  // Skips one comment, `p` at its slash. A comment to the end of its line ends at its newline or
  // the end of the text; false for one that is cut, and for a slash that starts none.
  bool SkipComment();
  // Skips space, then takes `c`.
  bool Take(char c) {
    if (*p == c) {
      ++p;
      return true;
    }
    SkipSpace();
    if (*p != c) return FailSyntax();
    ++p;
    return true;
  }
  // The same, but takes nothing and is no fault when another byte stands there.
  bool TakeIf(char c) {
    if (*p != c) {
      SkipSpace();
      if (*p != c) return false;
    }
    ++p;
    return true;
  }
  bool IsAt(char first, char second) const { return *p == first && p[1] == second; }
  bool IsAtLongQuote() const { return IsAt('\'', '\'') && p[2] == '\''; }

  // What follows is valid until the next call of one of these.
  // "text", `p` at the quote.
  bool ReadString(std::string_view& out) {
    ++p;
    const char* begin = p;
    bool has_non_ascii = false;
    p = codec::FindSpecial(p, has_non_ascii);
    if (*p == '"' && !has_non_ascii) {
      out = {begin, static_cast<size_t>(p++ - begin)};
      return true;
    }
    p = begin;
    return ReadQuoted('"', out);
  }
  // 'symbol', `p` at the quote.
  bool ReadQuotedSymbol(std::string_view& out) {
    ++p;
    return ReadQuoted('\'', out);
  }
  // '''text''' '''more''', `p` at the first quote.
  bool ReadLongStrings(std::string_view& out);
  // A symbol without quotes, `p` at its first character.
  std::string_view ReadIdentifier() {
    const char* begin = p;
    while (IsIdentifierPart(*p)) ++p;
    return {begin, static_cast<size_t>(p - begin)};
  }
  // The name of a struct's field in any of its forms, with the colon.
  bool ReadFieldName(std::string_view& out) {
    if (IsOneOf(*p, kIdentifierStart)) {
      out = ReadIdentifier();
      if (*p == ':' && out.size() > 5 && out[0] != '$') [[likely]] {
        ++p;
        return true;
      }
      return EndBareFieldName(out);
    }
    return ReadQuotedFieldName(out);
  }
  // A number or timestamp, `p` at its first character, which is a digit, a minus or a plus.
  bool ReadNumber(NumberToken& out);
  // What stands behind `null`: nothing, or a point and the name of a type.
  bool TakeNullType();
  // {{ base64 }} decoded, or {{ "text" }} with `is_clob`. `p` at the first brace.
  bool ReadLob(std::string_view& out, bool& is_clob);
  // Behind a symbol: whether `::` makes it an annotation; takes that.
  bool TakeAnnotationMark();

  // Any Ion value with its annotations, fully checked and thrown away. Not recursive: depth costs
  // memory, not stack.
  bool SkipValue();

  bool FailSyntax() {
    fault = p == end_ ? Fault::kEndOfText : Fault::kSyntax;
    return false;
  }
  bool Invalid(std::string_view text) {
    fault = Fault::kInvalid;
    message = text;
    return false;
  }
  bool AtEnd() const { return p == end_; }

  const char* p = nullptr;
  Fault fault = Fault::kNone;
  std::string message;  // for kInvalid

 private:
  bool SkipSpaceSlowly();
  bool ReadQuoted(char quote, std::string_view& out);
  bool ReadLongString();
  bool ReadEscape();
  bool ReadHex(int digits, unsigned& code);
  bool EndBareFieldName(std::string_view name);
  bool ReadQuotedFieldName(std::string_view& out);
  bool ReadTimestamp();
  bool TakeDigits(bool (*is_digit)(char), bool& has_underscores);
  bool EndNumber();
  bool ReadBase64();
  // One value without what it contains; `opened` is the closing bracket of a container that has
  // content, else 0. `is_value` becomes false when it was an annotation.
  bool SkipToken(bool is_in_sexp, char& opened, bool& is_value);

  const char* end_ = nullptr;
  std::string decoded_;  // of the last string that was not plain, or of the last blob
};

}  // namespace dray::ion
