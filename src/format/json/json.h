// SPDX-License-Identifier: Apache-2.0
// JSON at the edge: a strict parser into a small owning tree (simdjson's DOM inside), and an
// appending writer. Not for items on hot paths: format/dynamodb_json reads those.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace dray::json {

class Value;
using Array = std::vector<Value>;
// Members in document order. Duplicate names are kept: Find gives the last one, HasDuplicates
// tells.
struct Object {
  std::vector<std::pair<std::string, Value>> members;
  const Value* Find(std::string_view name) const;
  bool HasDuplicates() const;  // in this object, not below
};

// Numbers keep their text, so that 64-bit integers and decimals lose nothing.
struct NumberText {
  std::string text;
};

class Value {
 public:
  using Variant = std::variant<std::nullptr_t, bool, NumberText, std::string, Array, Object>;
  Value() : value_(nullptr) {}
  Value(Variant value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor)
  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value_); }
  const bool* boolean() const { return std::get_if<bool>(&value_); }
  const std::string* string() const { return std::get_if<std::string>(&value_); }
  const NumberText* number() const { return std::get_if<NumberText>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  std::optional<int64_t> Int64() const;  // a number without fraction that fits
  std::optional<double> Double() const;  // any number
  const Variant& get() const { return value_; }

 private:
  Variant value_;
};

// One whole document, at most 128 levels deep, valid UTF-8. kInvalidArgument with the byte offset
// where it is known.
base::Result<Value> Parse(std::string_view text);

void AppendString(std::string_view utf8, std::string& out);  // quoted and escaped; '/' stays
void AppendValue(const Value& value, std::string& out);      // compact

// Compact objects and arrays with commas placed. Calls nest as the text does.
class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  Writer& StartObject();
  Writer& EndObject();
  Writer& StartArray();
  Writer& EndArray();
  Writer& Name(std::string_view name);
  Writer& String(std::string_view value);
  Writer& Int(int64_t value);
  Writer& Bool(bool value);
  Writer& Null();
  // Seconds since the epoch with at most six decimals, trailing zeros left away: AWS's timestamps.
  Writer& EpochSeconds(int64_t micros);
  Writer& Raw(std::string_view json);  // one value, as it is

 private:
  void Separate();
  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace dray::json
