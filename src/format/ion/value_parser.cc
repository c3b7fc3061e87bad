// SPDX-License-Identifier: Apache-2.0
#include "format/ion/value_parser.h"

#include <algorithm>

namespace dray::ion {

namespace {

using item::Uint128;

// Of `annotation`, when it says that a list is a set.
bool SetTypeOf(std::string_view annotation, item::Type& type) {
  constexpr std::string_view kPrefix = "$dynamodb_";
  if (!annotation.starts_with(kPrefix)) return false;
  annotation.remove_prefix(kPrefix.size());
  return annotation.size() == 2 && annotation[1] == 'S' && item::TypeFromName(annotation, type);
}

}  // namespace

bool ValueParser::Fields() {
  while (!cursor_.TakeIf('}')) {
    std::string_view name;
    if (!cursor_.ReadFieldName(name) || !Check(builder_.Name(name)) || !Value()) return false;
    if (!cursor_.TakeIf(',')) return cursor_.Take('}');
  }
  return true;
}

bool ValueParser::Value() {
  cursor_.SkipSpace();
  std::string_view text;
  switch (*cursor_.p) {
    case '"':
      if (!cursor_.ReadString(text)) return false;
      builder_.String(text);
      return true;
    case '{':
      return cursor_.p[1] == '{' ? Blob() : Struct();
    case '[':
      return List();
    case '\'':
      if (!cursor_.IsAtLongQuote()) return Symbol(/*is_member=*/false);
      if (!cursor_.ReadLongStrings(text)) return false;
      builder_.String(text);
      return true;
    case '(':
      return NoType("sexp");
    case '-':
    case '+':
      return Number();
    default:
      if (IsOneOf(*cursor_.p, kDigit)) return Number();
      if (IsOneOf(*cursor_.p, kIdentifierStart)) return Symbol(/*is_member=*/false);
      return cursor_.FailSyntax();
  }
}

bool ValueParser::Number() {
  NumberToken token;
  if (!cursor_.ReadNumber(token)) return false;
  switch (token.kind) {
    case NumberKind::kDecimal:
      break;
    case NumberKind::kRadix:
      return RadixNumber(token.text);
    case NumberKind::kFloat:
      return NoType("float");
    case NumberKind::kTimestamp:
      return NoType("timestamp");
  }
  if (!token.needs_rewrite) return Check(builder_.NumberText(token.text));
  scratch_ = token.text;
  std::erase(scratch_, '_');
  for (char& c : scratch_) {
    if (c == 'd' || c == 'D') c = 'e';
  }
  return Check(builder_.NumberText(scratch_));
}

// 0x1F, -0b101.
bool ValueParser::RadixNumber(std::string_view text) {
  bool is_negative = text.front() == '-';
  if (is_negative) text.remove_prefix(1);
  const Uint128 radix = (text[1] | 0x20) == 'x' ? 16 : 2;
  text.remove_prefix(2);
  Uint128 value = 0;
  for (char c : text) {
    if (c == '_') continue;
    auto digit = static_cast<unsigned>(IsOneOf(c, kDigit) ? c - '0' : (c | 0x20) - 'a' + 10);
    if (value > (~Uint128{0} - digit) / radix) {
      return cursor_.Invalid("An integer in hexadecimal or binary has more than 128 bits");
    }
    value = value * radix + digit;
  }
  scratch_.clear();
  do {
    scratch_ += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  if (is_negative) scratch_ += '-';
  std::reverse(scratch_.begin(), scratch_.end());
  return Check(builder_.NumberText(scratch_));
}

bool ValueParser::Blob() {
  std::string_view bytes;
  bool is_clob;
  if (!cursor_.ReadLob(bytes, is_clob)) return false;
  if (is_clob) return NoType("clob");
  builder_.Binary(bytes);
  return true;
}

bool ValueParser::Struct() {
  ++cursor_.p;
  if (!Check(builder_.StartMap()) || !Fields()) return false;
  builder_.EndMap();
  return true;
}

bool ValueParser::List() {
  ++cursor_.p;
  if (!Check(builder_.StartList())) return false;
  while (!cursor_.TakeIf(']')) {
    if (!Value()) return false;
    if (cursor_.TakeIf(',')) continue;
    if (!cursor_.Take(']')) return false;
    break;
  }
  builder_.EndList();
  return true;
}

// A symbol, which stands for its text; a word that means something; or an annotation.
// A member of a set can be the first only.
bool ValueParser::Symbol(bool is_member) {
  std::string_view text;
  if (*cursor_.p == '\'') {
    if (!cursor_.ReadQuotedSymbol(text)) return false;
  } else {
    text = cursor_.ReadIdentifier();
    if (is_member && IsKeyword(text)) return WrongMember();
    if (text == "true" || text == "false") {
      builder_.Bool(text == "true");
      return true;
    }
    if (text == "null") {
      if (!cursor_.TakeNullType()) return false;
      builder_.Null();
      return true;
    }
    if (text == "nan") return NoType("float");
    if (IsSymbolId(text)) return cursor_.Invalid("A symbol identifier stands for no text");
  }
  // Space behind the text may hold a comment, but nothing that would overwrite it.
  if (cursor_.TakeAnnotationMark()) return is_member ? WrongMember() : Annotated(text);
  builder_.String(text);
  return true;
}

bool ValueParser::Annotated(std::string_view annotation) {
  item::Type set_type;
  if (!SetTypeOf(annotation, set_type)) {
    return cursor_.Invalid("An annotation names no DynamoDB type: " + std::string(annotation));
  }
  if (!cursor_.SkipSpace()) return cursor_.FailSyntax();
  if (*cursor_.p != '[') {
    return cursor_.Invalid("The annotation of a set does not stand before a list");
  }
  ++cursor_.p;
  builder_.StartSet(set_type);
  item::Type member_type = set_type == item::Type::kStringSet   ? item::Type::kString
                           : set_type == item::Type::kNumberSet ? item::Type::kNumber
                                                                : item::Type::kBinary;
  while (!cursor_.TakeIf(']')) {
    if (!cursor_.SkipSpace()) return cursor_.FailSyntax();
    if (!SetMember(member_type)) return false;
    if (cursor_.TakeIf(',')) continue;
    if (!cursor_.Take(']')) return false;
    break;
  }
  return Check(builder_.EndSet());
}

bool ValueParser::SetMember(item::Type type) {
  const char first = *cursor_.p;
  switch (type) {
    case item::Type::kString:
      if (IsOneOf(first, kIdentifierStart)) return Symbol(/*is_member=*/true);
      if (first == '\'' && !cursor_.IsAtLongQuote()) return Symbol(/*is_member=*/true);
      return first == '"' || first == '\'' ? Value() : WrongMember();
    case item::Type::kNumber:
      return IsOneOf(first, kDigit) || first == '-' || first == '+' ? Number() : WrongMember();
    default:
      return first == '{' && cursor_.p[1] == '{' ? Blob() : WrongMember();
  }
}

bool ValueParser::WrongMember() {
  return cursor_.Invalid("A member of a set has another type than its set");
}

bool ValueParser::NoType(std::string_view ion_type) {
  return cursor_.Invalid("An Ion " + std::string(ion_type) + " has no DynamoDB type");
}

}  // namespace dray::ion
