// SPDX-License-Identifier: Apache-2.0
#include "format/dynamodb_json/json_cursor.h"

#include "base/text_encoding.h"

namespace dray::dynamodb_json {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

// `p` is at the first byte that needs a look: a quote behind non-ASCII text, a backslash, or a byte
// that must not be there.
bool JsonCursor::ReadStringSlowly(const char* begin, bool has_non_ascii, std::string_view& out) {
  if (*p == '"') {
    out = {begin, static_cast<size_t>(p - begin)};
    if (!base::IsValidUtf8(out)) return FailSyntax();
    ++p;
    return true;
  }
  decoded_.clear();
  while (true) {
    decoded_.append(begin, p);
    if (*p == '"') break;
    if (*p != '\\') return FailSyntax();
    ++p;
    if (!ReadEscape()) return false;
    begin = p;
    p = codec::FindSpecial(p, has_non_ascii);
  }
  // Escapes stand alone, so they cannot complete or break a sequence of raw bytes unnoticed.
  if (has_non_ascii && !base::IsValidUtf8(decoded_)) return FailSyntax();
  ++p;
  out = decoded_;
  return true;
}

bool JsonCursor::ReadEscape() {
  switch (*p) {
    case '"':
    case '\\':
    case '/':
      decoded_ += *p++;
      return true;
    case 'b':
      decoded_ += '\b';
      break;
    case 'f':
      decoded_ += '\f';
      break;
    case 'n':
      decoded_ += '\n';
      break;
    case 'r':
      decoded_ += '\r';
      break;
    case 't':
      decoded_ += '\t';
      break;
    case 'u': {
      ++p;
      unsigned unit;
      if (!ReadHex4(unit)) return false;
      if (unit >= 0xD800 && unit < 0xE000) {  // half of a pair
        if (unit >= 0xDC00) return FailSyntax();
        if (*p != '\\') return FailSyntax();
        ++p;
        if (*p != 'u') return FailSyntax();
        ++p;
        unsigned low;
        if (!ReadHex4(low)) return false;
        if (low < 0xDC00 || low > 0xDFFF) return FailSyntax();
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      }
      base::AppendUtf8(unit, decoded_);
      return true;
    }
    default:
      return FailSyntax();
  }
  ++p;
  return true;
}

bool JsonCursor::ReadHex4(unsigned& unit) {
  unit = 0;
  for (int i = 0; i < 4; ++i, ++p) {
    char c = *p;
    unsigned digit;
    if (IsDigit(c)) {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A' + 10);
    } else {
      return FailSyntax();
    }
    unit = unit << 4 | digit;
  }
  return true;
}

bool JsonCursor::TakeLiteral(std::string_view literal) {
  for (char c : literal) {
    if (*p != c) return FailSyntax();
    ++p;
  }
  return true;
}

bool JsonCursor::SkipNumber() {
  if (*p == '-') ++p;
  if (!IsDigit(*p)) return FailSyntax();
  if (*p == '0') {
    ++p;
  } else {
    while (IsDigit(*p)) ++p;
  }
  if (*p == '.') {
    ++p;
    if (!IsDigit(*p)) return FailSyntax();
    while (IsDigit(*p)) ++p;
  }
  if (*p == 'e' || *p == 'E') {
    ++p;
    if (*p == '+' || *p == '-') ++p;
    if (!IsDigit(*p)) return FailSyntax();
    while (IsDigit(*p)) ++p;
  }
  return true;
}

bool JsonCursor::SkipValue() {
  std::string open;  // the closing bracket of each open container
  std::string_view ignored;
  while (true) {
    SkipSpace();
    bool is_opened = false;
    switch (*p) {
      case '{':
        ++p;
        if (!TakeIf('}')) {
          open += '}';
          is_opened = true;
        }
        break;
      case '[':
        ++p;
        if (!TakeIf(']')) {
          open += ']';
          is_opened = true;
        }
        break;
      case '"':
        if (!ReadString(ignored)) return false;
        break;
      case 't':
        if (!TakeLiteral("true")) return false;
        break;
      case 'f':
        if (!TakeLiteral("false")) return false;
        break;
      case 'n':
        if (!TakeLiteral("null")) return false;
        break;
      default:
        if (!SkipNumber()) return false;
    }
    if (!is_opened) {  // behind a complete value: close what it completes
      while (!open.empty() && TakeIf(open.back())) open.pop_back();
      if (open.empty()) return true;
      if (!Take(',')) return false;
    }
    if (open.back() == '}' && !(ReadString(ignored) && Take(':'))) return false;
  }
}

}  // namespace dray::dynamodb_json
