// SPDX-License-Identifier: Apache-2.0
// Tokens in their rarer forms. What looks ahead must not decide by the end of the text: where a
// decision needs a byte that is not there yet, `p` goes to the end, and the next step fails with
// kEndOfText.
#include "format/ion/ion_cursor.h"

#include <algorithm>

#include "base/text_encoding.h"

namespace dray::ion {

namespace {

bool IsDecimalDigit(char c) { return IsOneOf(c, kDigit); }
bool IsHexadecimalDigit(char c) { return IsOneOf(c, kHexDigit); }
bool IsBinaryDigit(char c) { return c == '0' || c == '1'; }
bool IsRawControl(char c) { return c == '\t' || c == '\v' || c == '\f'; }

// As codec::FindSpecial, for text between single quotes.
const char* FindSymbolSpecial(const char* p, bool& has_non_ascii) {
  for (; static_cast<unsigned char>(*p) >= 0x20 && *p != '\'' && *p != '\\'; ++p) {
    if (static_cast<unsigned char>(*p) >= 0x80) has_non_ascii = true;
  }
  return p;
}

}  // namespace

bool IonCursor::SkipSpaceSlowly() {
  while (true) {
    while (IsOneOf(*p, kSpace)) ++p;
    if (*p != '/') return p != end_;
    // A slash that starts no comment is an operator, or wrong: the next step sees.
    if (!SkipComment()) return p != end_;
  }
}

bool IonCursor::SkipComment() {
  if (p + 1 == end_) {
    p = end_;
    return false;
  }
  if (p[1] == '/') {
    p = std::find_if(p, end_, [](char c) { return c == '\n' || c == '\r'; });
    return true;
  }
  if (p[1] != '*') return false;
  constexpr std::string_view kClosing = "*/";
  p = std::search(p + 2, end_, kClosing.begin(), kClosing.end());
  if (p == end_) return false;
  p += kClosing.size();
  return true;
}

// `p` behind the opening quote.
bool IonCursor::ReadQuoted(char quote, std::string_view& out) {
  decoded_.clear();
  bool has_non_ascii = false, is_plain = true;
  const char* begin = p;
  while (true) {
    p = quote == '"' ? codec::FindSpecial(p, has_non_ascii) : FindSymbolSpecial(p, has_non_ascii);
    if (*p == quote) break;
    if (IsRawControl(*p)) {
      ++p;
      continue;
    }
    if (*p != '\\') return FailSyntax();
    decoded_.append(begin, p);
    is_plain = false;
    ++p;
    if (!ReadEscape()) return false;
    begin = p;
  }
  out = {begin, static_cast<size_t>(p - begin)};
  if (!is_plain) {
    decoded_.append(out);
    out = decoded_;
  }
  // Escapes stand alone, so they cannot complete or break a sequence of raw bytes unnoticed.
  if (has_non_ascii && !base::IsValidUtf8(out)) return FailSyntax();
  ++p;
  return true;
}

bool IonCursor::ReadLongStrings(std::string_view& out) {
  decoded_.clear();
  do {
    p += 3;
    if (!ReadLongString()) return false;
    SkipSpace();
    // Perhaps the first quotes of another piece.
    if (*p == '\'' && end_ - p < 3) {
      p = end_;
      return FailSyntax();
    }
  } while (IsAtLongQuote());
  if (!base::IsValidUtf8(decoded_)) return FailSyntax();
  out = decoded_;
  return true;
}

// One piece, behind its opening quotes; takes the closing ones.
bool IonCursor::ReadLongString() {
  const char* begin = p;
  while (true) {
    if (static_cast<unsigned char>(*p) >= 0x20 && *p != '\'' && *p != '\\') {
      ++p;
      continue;
    }
    decoded_.append(begin, p);
    if (IsAtLongQuote()) {
      p += 3;
      return true;
    }
    if (*p == '\\') {
      ++p;
      if (!ReadEscape()) return false;
    } else if (*p == '\r') {  // every kind of newline is one \n
      decoded_ += '\n';
      if (*++p == '\n') ++p;
    } else if (*p == '\'' || *p == '\n' || IsRawControl(*p)) {
      decoded_ += *p++;
    } else {
      return FailSyntax();
    }
    begin = p;
  }
}

bool IonCursor::ReadEscape() {
  constexpr std::string_view kNames = "0abtnfrv\"'?\\/", kValues{"\0\a\b\t\n\f\r\v\"'?\\/", 13};
  if (size_t at = kNames.find(*p); at != kNames.npos) {
    decoded_ += kValues[at];
    ++p;
    return true;
  }
  switch (*p) {
    case '\r':  // a line that goes on in the next one
      if (*++p == '\n') ++p;
      return true;
    case '\n':
      ++p;
      return true;
    case 'x':
    case 'u':
    case 'U': {
      int digits = *p == 'x' ? 2 : *p == 'u' ? 4 : 8;
      ++p;
      unsigned code;
      if (!ReadHex(digits, code)) return false;
      if (digits == 4 && code >= 0xD800 && code < 0xDC00) {  // half of a pair
        if (*p != '\\') return FailSyntax();
        if (*++p != 'u') return FailSyntax();
        ++p;
        unsigned low;
        if (!ReadHex(4, low)) return false;
        if (low < 0xDC00 || low > 0xDFFF) return FailSyntax();
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
      }
      if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return FailSyntax();
      base::AppendUtf8(code, decoded_);
      return true;
    }
    default:
      return FailSyntax();
  }
}

bool IonCursor::ReadHex(int digits, unsigned& code) {
  code = 0;
  for (; digits > 0; --digits, ++p) {
    if (!IsHexadecimalDigit(*p)) return FailSyntax();
    unsigned letter = static_cast<unsigned char>(*p) | 0x20u;
    code = code << 4 | (IsDecimalDigit(*p) ? static_cast<unsigned>(*p - '0') : letter - 'a' + 10);
  }
  return true;
}

bool IonCursor::EndBareFieldName(std::string_view name) {
  if (!Take(':')) return false;
  if (IsKeyword(name)) return FailSyntax();
  if (IsSymbolId(name)) return Invalid("A field is named by a symbol identifier");
  return true;
}

bool IonCursor::ReadQuotedFieldName(std::string_view& out) {
  if (IsAtLongQuote()) {
    if (!ReadLongStrings(out)) return false;
  } else if (*p == '\'') {
    if (!ReadQuotedSymbol(out)) return false;
  } else if (*p == '"') {
    if (!ReadString(out)) return false;
  } else {
    return FailSyntax();
  }
  return Take(':');
}

bool IonCursor::ReadNumber(NumberToken& out) {
  const char* begin = p;
  out.kind = NumberKind::kDecimal;
  out.needs_rewrite = false;
  bool has_sign = *p == '-' || *p == '+';
  if (has_sign) {
    char sign = *p++;
    if (*p == 'i') {
      out.kind = NumberKind::kFloat;
      for (char c : std::string_view("inf")) {
        if (*p != c) return FailSyntax();
        ++p;
      }
      return EndNumber();
    }
    if (sign == '+') return FailSyntax();
  }
  if (*p == '0' && ((p[1] | 0x20) == 'x' || (p[1] | 0x20) == 'b')) {
    bool is_hex = (p[1] | 0x20) == 'x';
    p += 2;
    out.kind = NumberKind::kRadix;
    if (!TakeDigits(is_hex ? IsHexadecimalDigit : IsBinaryDigit, out.needs_rewrite)) return false;
    out.text = {begin, static_cast<size_t>(p - begin)};
    return EndNumber();
  }
  const char* digits = p;
  if (!TakeDigits(IsDecimalDigit, out.needs_rewrite)) return false;
  if (*p == '-' || *p == 'T') {
    if (has_sign || out.needs_rewrite || p - digits != 4) return FailSyntax();
    out.kind = NumberKind::kTimestamp;
    return ReadTimestamp();
  }
  if (*digits == '0' && p - digits > 1) return FailSyntax();
  if (*p == '.') {
    ++p;
    if (IsDecimalDigit(*p) && !TakeDigits(IsDecimalDigit, out.needs_rewrite)) return false;
  }
  char letter = static_cast<char>(*p | 0x20);
  if (letter == 'd' || letter == 'e') {
    if (letter == 'e') out.kind = NumberKind::kFloat;
    out.needs_rewrite = true;
    ++p;
    if (*p == '-' || *p == '+') ++p;
    if (!IsDecimalDigit(*p)) return FailSyntax();
    while (IsDecimalDigit(*p)) ++p;
  }
  out.text = {begin, static_cast<size_t>(p - begin)};
  return EndNumber();
}

// At least one digit; single underscores may stand between two.
bool IonCursor::TakeDigits(bool (*is_digit)(char), bool& has_underscores) {
  if (!is_digit(*p)) return FailSyntax();
  while (true) {
    while (is_digit(*p)) ++p;
    if (*p != '_') return true;
    has_underscores = true;
    ++p;
    if (!is_digit(*p)) return FailSyntax();
  }
}

// Behind the year. No item can hold one, so only its characters are looked at.
bool IonCursor::ReadTimestamp() {
  while (IsDecimalDigit(*p) || *p == '-' || *p == ':' || *p == '.' || *p == '+' || *p == 'T' ||
         *p == 'Z') {
    ++p;
  }
  return EndNumber();
}

bool IonCursor::EndNumber() {
  if (IsOneOf(*p, kNumberStop)) return true;
  if (*p == '/') {
    if (p + 1 == end_)
      p = end_;
    else if (p[1] == '/' || p[1] == '*')
      return true;
  }
  return FailSyntax();
}

bool IonCursor::TakeNullType() {
  if (*p != '.') return true;
  ++p;
  std::string_view type = ReadIdentifier();
  if (p == end_) return FailSyntax();
  for (std::string_view name : {"null", "bool", "int", "float", "decimal", "timestamp", "symbol",
                                "string", "clob", "blob", "struct", "list", "sexp"}) {
    if (type == name) return true;
  }
  return FailSyntax();
}

bool IonCursor::ReadLob(std::string_view& out, bool& is_clob) {
  p += 2;
  while (IsOneOf(*p, kSpace)) ++p;
  is_clob = *p == '"' || *p == '\'';
  if (is_clob) {
    if (*p == '\'' && !IsAtLongQuote()) {
      if (end_ - p < 3) p = end_;
      return FailSyntax();
    }
    if (*p == '"' ? !ReadString(out) : !ReadLongStrings(out)) return false;
    while (IsOneOf(*p, kSpace)) ++p;
  } else {
    if (!ReadBase64()) return false;
    out = decoded_;
  }
  if (*p == '}' && p + 1 == end_) p = end_;
  if (!IsAt('}', '}')) return FailSyntax();
  p += 2;
  return true;
}

bool IonCursor::TakeAnnotationMark() {
  SkipSpace();
  if (*p != ':') return false;
  if (p + 1 == end_) p = end_;
  if (!IsAt(':', ':')) return false;
  p += 2;
  return true;
}

}  // namespace dray::ion
