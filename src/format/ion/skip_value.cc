// SPDX-License-Identifier: Apache-2.0
// Ion values that nobody wants, checked to their end.
#include "format/ion/ion_cursor.h"

namespace dray::ion {

bool IonCursor::SkipValue() {
  std::string open;  // the closing bracket of each open container
  std::string_view ignored;
  while (true) {
    SkipSpace();
    char opened = 0;
    bool is_value = true;
    if (!SkipToken(!open.empty() && open.back() == ')', opened, is_value)) return false;
    if (!is_value) continue;  // what the annotation belongs to follows
    if (opened != 0) open += opened;
    while (opened == 0) {  // behind a complete value: close what it completes
      if (open.empty()) return true;
      if (TakeIf(open.back())) {
        open.pop_back();
        continue;
      }
      if (open.back() == ')') break;
      if (!Take(',')) return false;
      if (!TakeIf(open.back())) break;
      open.pop_back();  // a comma may stand behind the last element
    }
    if (open.back() != '}') continue;
    SkipSpace();
    if (!ReadFieldName(ignored)) {
      if (fault != Fault::kInvalid) return false;
      fault = Fault::kNone;
    }
  }
}

bool IonCursor::SkipToken(bool is_in_sexp, char& opened, bool& is_value) {
  std::string_view ignored;
  bool is_clob;
  NumberToken number;
  auto open = [&](char closing) {
    ++p;
    if (!TakeIf(closing)) opened = closing;
    return true;
  };
  switch (*p) {
    case '{':
      return p[1] == '{' ? ReadLob(ignored, is_clob) : open('}');
    case '[':
      return open(']');
    case '(':
      return open(')');
    case '"':
      return ReadString(ignored);
    case '\'':
      if (IsAtLongQuote()) return ReadLongStrings(ignored);
      if (!ReadQuotedSymbol(ignored)) return false;
      is_value = !TakeAnnotationMark();
      return true;
    default:
      break;
  }
  if (IsOneOf(*p, kIdentifierStart)) {
    std::string_view word = ReadIdentifier();
    if (word == "null" && *p == '.') return TakeNullType();
    is_value = !TakeAnnotationMark();
    return is_value || !IsKeyword(word) || FailSyntax();
  }
  bool is_signed = *p == '-' || *p == '+';
  if (IsOneOf(*p, kDigit) || (is_signed && (!is_in_sexp || IsOneOf(p[1], kDigit) || p[1] == 'i'))) {
    return ReadNumber(number);
  }
  if (!is_in_sexp || !IsOneOf(*p, kOperator)) return FailSyntax();
  while (IsOneOf(*p, kOperator) && !IsAt('/', '/') && !IsAt('/', '*')) ++p;
  return true;
}

}  // namespace dray::ion
