// SPDX-License-Identifier: Apache-2.0
#include "format/dynamodb_json/attribute_text.h"

#include "base/text_encoding.h"
#include "format/codec/text_scan.h"

namespace dray::dynamodb_json {

using codec::CopyText;
using codec::FindSpecialIn;

inline void AttributeText::Escaped(std::string_view text) {
  Reserve(text.size());
  size_t harmless = FindSpecialIn(text.data(), text.size());
  CopyText(p_, text.data(), harmless);
  p_ += harmless;
  if (harmless != text.size()) [[unlikely]] {
    EscapedSlowly(text, harmless);
  }
}

void AttributeText::EscapedSlowly(std::string_view text, size_t harmless) {
  constexpr size_t kEscapeBytesMax = 6;
  constexpr char kHex[] = "0123456789abcdef";
  text.remove_prefix(harmless);
  while (!text.empty()) {
    Reserve(text.size() + kEscapeBytesMax);
    char c = text.front();
    text.remove_prefix(1);
    *p_++ = '\\';
    switch (c) {
      case '"':
      case '\\':
        *p_++ = c;
        break;
      case '\b':
        *p_++ = 'b';
        break;
      case '\f':
        *p_++ = 'f';
        break;
      case '\n':
        *p_++ = 'n';
        break;
      case '\r':
        *p_++ = 'r';
        break;
      case '\t':
        *p_++ = 't';
        break;
      default:
        Constant("u00");
        *p_++ = kHex[static_cast<unsigned char>(c) >> 4];
        *p_++ = kHex[c & 15];
    }
    size_t run = FindSpecialIn(text.data(), text.size());
    CopyText(p_, text.data(), run);
    p_ += run;
    text.remove_prefix(run);
  }
}

inline void AttributeText::Scalar(const item::ValueView& value) {
  if (value.type() == item::Type::kString) return Escaped(value.string());
  scratch_.clear();
  if (value.type() == item::Type::kNumber) {
    value.AppendNumberText(scratch_);
  } else {
    base::AppendBase64(value.binary(), scratch_);
  }
  Reserve(scratch_.size());
  CopyText(p_, scratch_.data(), scratch_.size());
  p_ += scratch_.size();
}

void AttributeText::Value(const item::ValueView& value) {
  switch (value.type()) {
    case item::Type::kString:
      Constant("{\"S\":\"");
      Escaped(value.string());
      return Constant("\"}");
    case item::Type::kNumber:
      Constant("{\"N\":\"");
      Scalar(value);
      return Constant("\"}");
    case item::Type::kBinary:
      Constant("{\"B\":\"");
      Scalar(value);
      return Constant("\"}");
    case item::Type::kBool:
      return value.boolean() ? Constant("{\"BOOL\":true}") : Constant("{\"BOOL\":false}");
    case item::Type::kNull:
      return Constant("{\"NULL\":true}");
    case item::Type::kMap:
      Constant("{\"M\":");
      Attributes(value.map());
      return Constant("}");
    case item::Type::kList: {
      Constant("{\"L\":[");
      for (auto it = value.list().begin(); it.valid();) {
        Value(it.value());
        it.Next();
        if (it.valid()) Constant(",");
      }
      return Constant("]}");
    }
    case item::Type::kStringSet:
      Constant("{\"SS\":[");
      return SetMembers(value.list());
    case item::Type::kNumberSet:
      Constant("{\"NS\":[");
      return SetMembers(value.list());
    case item::Type::kBinarySet:
      Constant("{\"BS\":[");
      return SetMembers(value.list());
  }
}

void AttributeText::SetMembers(const item::ListView& members) {
  for (auto it = members.begin(); it.valid();) {
    Constant("\"");
    Scalar(it.value());
    Constant("\"");
    it.Next();
    if (it.valid()) Constant(",");
  }
  Constant("]}");
}

void AttributeText::Attribute(std::string_view name, const item::ValueView& value) {
  Constant("\"");
  Escaped(name);
  Constant("\":");
  Value(value);
}

void AttributeText::Attributes(const item::MapView& attributes) {
  Constant("{");
  for (auto it = attributes.begin(); it.valid();) {
    Attribute(it.name(), it.value());
    it.Next();
    if (it.valid()) Constant(",");
  }
  Constant("}");
}

}  // namespace dray::dynamodb_json
