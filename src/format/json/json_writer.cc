// SPDX-License-Identifier: Apache-2.0
#include <charconv>

#include "base/clock.h"
#include "format/json/json.h"

namespace dray::json {

namespace {

void AppendEscape(char c, std::string& out) {
  constexpr char kHex[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[c & 15];
  }
}

}  // namespace

void AppendString(std::string_view utf8, std::string& out) {
  out += '"';
  size_t written = 0;
  for (size_t i = 0; i < utf8.size(); ++i) {
    char c = utf8[i];
    if (c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20) continue;
    out.append(utf8, written, i - written);
    AppendEscape(c, out);
    written = i + 1;
  }
  out.append(utf8, written);
  out += '"';
}

void AppendValue(const Value& value, std::string& out) {
  if (const bool* boolean = value.boolean()) {
    out += *boolean ? "true" : "false";
  } else if (const NumberText* number = value.number()) {
    out += number->text;
  } else if (const std::string* string = value.string()) {
    AppendString(*string, out);
  } else if (const Array* array = value.array()) {
    out += '[';
    for (const Value& element : *array) {
      if (&element != array->data()) out += ',';
      AppendValue(element, out);
    }
    out += ']';
  } else if (const Object* object = value.object()) {
    out += '{';
    for (const auto& member : object->members) {
      if (&member != object->members.data()) out += ',';
      AppendString(member.first, out);
      out += ':';
      AppendValue(member.second, out);
    }
    out += '}';
  } else {
    out += "null";
  }
}

void Writer::Separate() {
  if (needs_comma_) out_ += ',';
  needs_comma_ = true;
}

Writer& Writer::StartObject() {
  Separate();
  out_ += '{';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::EndObject() {
  out_ += '}';
  needs_comma_ = true;
  return *this;
}

Writer& Writer::StartArray() {
  Separate();
  out_ += '[';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::EndArray() {
  out_ += ']';
  needs_comma_ = true;
  return *this;
}

Writer& Writer::Name(std::string_view name) {
  Separate();
  AppendString(name, out_);
  out_ += ':';
  needs_comma_ = false;
  return *this;
}

Writer& Writer::String(std::string_view value) {
  Separate();
  AppendString(value, out_);
  return *this;
}

Writer& Writer::Int(int64_t value) {
  Separate();
  out_ += std::to_string(value);
  return *this;
}

Writer& Writer::Bool(bool value) {
  Separate();
  out_ += value ? "true" : "false";
  return *this;
}

Writer& Writer::Null() {
  Separate();
  out_ += "null";
  return *this;
}

Writer& Writer::EpochSeconds(int64_t micros) {
  Separate();
  uint64_t magnitude =
      micros < 0 ? 0 - static_cast<uint64_t>(micros) : static_cast<uint64_t>(micros);
  if (micros < 0) out_ += '-';
  out_ += std::to_string(magnitude / base::kMicrosPerSecond);
  if (uint64_t fraction = magnitude % base::kMicrosPerSecond; fraction != 0) {
    std::string digits = std::to_string(base::kMicrosPerSecond + fraction);  // 1dddddd
    digits.erase(digits.find_last_not_of('0') + 1);
    digits[0] = '.';
    out_ += digits;
  }
  return *this;
}

Writer& Writer::Raw(std::string_view json) {
  Separate();
  out_ += json;
  return *this;
}

}  // namespace dray::json
