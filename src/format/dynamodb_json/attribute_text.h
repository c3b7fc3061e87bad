// SPDX-License-Identifier: Apache-2.0
// Encoded values as DynamoDB JSON. Internal to this module.
#pragma once

#include <string>
#include <string_view>

#include "format/codec/text_buffer.h"
#include "model/item/item_encoding.h"

namespace dray::dynamodb_json {

class AttributeText : public codec::TextBuffer {
 public:
  using TextBuffer::TextBuffer;

  void Attributes(const item::MapView& attributes);
  void Value(const item::ValueView& value);                             // {"S":"x"}
  void Attribute(std::string_view name, const item::ValueView& value);  // "name":{"S":"x"}

 private:
  void Escaped(std::string_view text);
  void EscapedSlowly(std::string_view text, size_t harmless);
  void Scalar(const item::ValueView& value);       // only its text, unquoted
  void SetMembers(const item::ListView& members);  // and the brackets that end the set

  std::string scratch_;  // one number or binary value
};

}  // namespace dray::dynamodb_json
