// SPDX-License-Identifier: Apache-2.0
// Encoded values as DynamoDB JSON, written through plain pointers into a string that is larger than
// its content meanwhile. Internal to this module.
#pragma once

#include <string>
#include <string_view>

#include "model/item/item_encoding.h"

namespace dray::dynamodb_json {

class AttributeText {
 public:
  // Appends to `out`, which is not to be used until Finish.
  explicit AttributeText(std::string& out)
      : out_(out), start_(out.size()), p_(out.data() + start_), end_(p_) {}
  void Finish() { out_.resize(size()); }
  // Content of `out` so far, what stood there before included.
  std::string_view content() const { return {out_.data(), size()}; }
  size_t size() const { return static_cast<size_t>(p_ - out_.data()); }
  void Clear() { p_ = out_.data(); }

  void Raw(std::string_view text);
  void Attributes(const item::MapView& attributes);
  void Value(const item::ValueView& value);                             // {"S":"x"}
  void Attribute(std::string_view name, const item::ValueView& value);  // "name":{"S":"x"}

 private:
  // Room for `count` more bytes.
  void Reserve(size_t count) {
    if (static_cast<size_t>(end_ - p_) < count) Grow(count);
  }
  void Grow(size_t count);
  template <size_t N>
  void Constant(const char (&text)[N]);
  void Escaped(std::string_view text);
  void EscapedSlowly(std::string_view text, size_t harmless);
  void Scalar(const item::ValueView& value);       // only its text, unquoted
  void SetMembers(const item::ListView& members);  // and the brackets that end the set

  std::string& out_;
  const size_t start_;
  char* p_;
  char* end_;
  std::string scratch_;  // one number or binary value
};

}  // namespace dray::dynamodb_json
