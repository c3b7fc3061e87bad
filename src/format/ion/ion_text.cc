// SPDX-License-Identifier: Apache-2.0
#include "format/ion/ion_text.h"

#include <charconv>
#include <cstring>

#include "base/text_encoding.h"
#include "format/codec/text_scan.h"
#include "format/ion/ion_characters.h"

namespace dray::ion {

namespace {

using codec::CopyText;
using item::Uint128;

constexpr size_t kDigitsMax = 38;
// Where Amazon's writers turn from leading zeros to an exponent: 0.000001, but 1d-7.
constexpr int kPlainMagnitudeMin = -6;

bool IsBareSymbol(std::string_view name) {
  if (name.empty() || !IsOneOf(name[0], kIdentifierStart)) return false;
  for (char c : name) {
    if (!IsIdentifierPart(c)) return false;
  }
  return !IsKeyword(name) && !IsSymbolId(name);
}

// How many bytes stand before the first that has to be escaped between two `quote`s.
inline size_t HarmlessBytes(std::string_view text, char quote) {
  if (quote == '"') return codec::FindSpecialIn<true>(text.data(), text.size());
  size_t count = 0;
  while (count < text.size() && text[count] != quote && !IsOneOf(text[count], kEscapedFully)) {
    ++count;
  }
  return count;
}

// Decimal digits of `value` at `out`, which has room for kDigitsMax; returns the byte behind.
char* WriteDigits(Uint128 value, char* out) {
  constexpr uint64_t kHalf = 10'000'000'000'000'000'000u;  // 10^19: two halves make 38 digits
  constexpr size_t kHalfDigits = 19;
  char* end = out + kDigitsMax;
  if (value < kHalf) return std::to_chars(out, end, static_cast<uint64_t>(value)).ptr;
  out = std::to_chars(out, end, static_cast<uint64_t>(value / kHalf)).ptr;
  char low[kHalfDigits];
  size_t size = static_cast<size_t>(
      std::to_chars(low, low + kHalfDigits, static_cast<uint64_t>(value % kHalf)).ptr - low);
  std::memset(out, '0', kHalfDigits - size);
  std::memcpy(out + kHalfDigits - size, low, size);
  return out + kHalfDigits;
}

}  // namespace

void IonText::Value(const item::ValueView& value) {
  switch (value.type()) {
    case item::Type::kString:
      return String(value.string());
    case item::Type::kNumber:
      return Decimal(value.number());
    case item::Type::kBinary:
      return Blob(value.binary());
    case item::Type::kBool:
      return value.boolean() ? Constant("true") : Constant("false");
    case item::Type::kNull:
      return Constant("null");
    case item::Type::kMap:
      return Struct(value.map());
    case item::Type::kList:
      return List(value.list());
    case item::Type::kStringSet:
      Constant("$dynamodb_SS::");
      return List(value.list());
    case item::Type::kNumberSet:
      Constant("$dynamodb_NS::");
      return List(value.list());
    case item::Type::kBinarySet:
      Constant("$dynamodb_BS::");
      return List(value.list());
  }
}

void IonText::Struct(const item::MapView& attributes) {
  Byte('{');
  for (auto it = attributes.begin(); it.valid();) {
    Field(it.name(), it.value());
    it.Next();
    if (it.valid()) Byte(',');
  }
  Byte('}');
}

void IonText::List(const item::ListView& elements) {
  Byte('[');
  for (auto it = elements.begin(); it.valid();) {
    Value(it.value());
    it.Next();
    if (it.valid()) Byte(',');
  }
  Byte(']');
}

void IonText::Field(std::string_view name, const item::ValueView& value) {
  Symbol(name);
  Byte(':');
  Value(value);
}

void IonText::Symbol(std::string_view name) {
  if (IsBareSymbol(name)) return Raw(name);
  Byte('\'');
  Escaped(name, HarmlessBytes(name, '\''), '\'');
  Byte('\'');
}

void IonText::String(std::string_view text) {
  Reserve(text.size() + 2);
  *p_++ = '"';
  size_t harmless = HarmlessBytes(text, '"');
  if (harmless == text.size()) [[likely]] {
    CopyText(p_, text.data(), harmless);
    p_ += harmless;
    *p_++ = '"';
    return;
  }
  Escaped(text, harmless, '"');
  Byte('"');
}

void IonText::Escaped(std::string_view text, size_t harmless, char quote) {
  constexpr size_t kEscapeBytesMax = 4;
  constexpr char kHex[] = "0123456789abcdef";
  constexpr char kNamed[] = "0......abtnvfr";  // by code; a point where there is no name
  while (true) {
    Reserve(text.size() + kEscapeBytesMax);
    CopyText(p_, text.data(), harmless);
    p_ += harmless;
    text.remove_prefix(harmless);
    if (text.empty()) return;
    auto code = static_cast<unsigned char>(text.front());
    text.remove_prefix(1);
    *p_++ = '\\';
    if (code >= 0x20 && code != 0x7f) {
      *p_++ = static_cast<char>(code);  // a quote or a backslash
    } else if (code < sizeof kNamed - 1 && kNamed[code] != '.') {
      *p_++ = kNamed[code];
    } else {
      *p_++ = 'x';
      *p_++ = kHex[code >> 4];
      *p_++ = kHex[code & 15];
    }
    harmless = HarmlessBytes(text, quote);
  }
}

// The exponent stands in the text only where zeros behind the digits or many before them would have
// to be written out, so that a reader gets the coefficient as it is: 6d2, not 600.
void IonText::Decimal(const item::Number& number) {
  Reserve(kDigitsMax + 16);  // sign, "0.00000", or d and an exponent of three digits and its sign
  if (number.is_negative()) *p_++ = '-';
  int exponent = number.exponent();
  if (exponent >= 0) {
    p_ = WriteDigits(number.coefficient(), p_);
    if (exponent == 0) {
      *p_++ = '.';
    } else {
      *p_++ = 'd';
      p_ = std::to_chars(p_, p_ + 4, exponent).ptr;
    }
    return;
  }
  char digits[kDigitsMax];
  const int count = static_cast<int>(WriteDigits(number.coefficient(), digits) - digits);
  const int magnitude = count - 1 + exponent;  // of the first digit
  auto write = [&](int from, int to) {
    std::memcpy(p_, digits + from, static_cast<size_t>(to - from));
    p_ += to - from;
  };
  if (magnitude >= 0) {
    write(0, magnitude + 1);
    *p_++ = '.';
    write(magnitude + 1, count);
  } else if (magnitude >= kPlainMagnitudeMin) {
    *p_++ = '0';
    *p_++ = '.';
    for (int i = -1; i > magnitude; --i) *p_++ = '0';
    write(0, count);
  } else {
    write(0, count);
    *p_++ = 'd';
    p_ = std::to_chars(p_, p_ + 4, exponent).ptr;
  }
}

void IonText::Blob(std::string_view bytes) {
  scratch_.assign("{{");
  base::AppendBase64(bytes, scratch_);
  scratch_.append("}}");
  Raw(scratch_);
}

}  // namespace dray::ion
