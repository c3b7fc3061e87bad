// SPDX-License-Identifier: Apache-2.0
// Encoded values as Ion text, in the way of Amazon's writers. Internal to this module.
#pragma once

#include <string>
#include <string_view>

#include "format/codec/text_buffer.h"
#include "model/item/item_encoding.h"

namespace dray::ion {

class IonText : public codec::TextBuffer {
 public:
  using TextBuffer::TextBuffer;

  void Value(const item::ValueView& value);
  void Struct(const item::MapView& attributes);                     // {a:"x",b:1.}
  void Field(std::string_view name, const item::ValueView& value);  // a:"x"

 private:
  void Symbol(std::string_view name);
  void String(std::string_view text);
  void Decimal(const item::Number& number);
  void Blob(std::string_view bytes);
  void List(const item::ListView& elements);
  // What has to be escaped in `text`, whose first `harmless` bytes are written as they are.
  void Escaped(std::string_view text, size_t harmless, char quote);

  std::string scratch_;  // base64 of one binary value
};

}  // namespace dray::ion
