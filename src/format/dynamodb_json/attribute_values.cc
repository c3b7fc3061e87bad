// SPDX-License-Identifier: Apache-2.0
// The functions of the table API: one value or one map of attributes at a time.
#include "format/dynamodb_json/attribute_parser.h"
#include "format/dynamodb_json/attribute_text.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/dynamodb_json/json_cursor.h"

namespace dray::dynamodb_json {

namespace {

using base::Error;
using base::ErrorKind;
using base::Status;

// The whole text is one map of attributes; what is wrong with it stays in `cursor`.
template <class Builder>
bool ParseWhole(JsonCursor& cursor, Builder& builder) {
  if (!AttributeParser<Builder>(cursor, builder).ParseAttributes()) return false;
  return !cursor.SkipSpace() || cursor.FailSyntax();
}

}  // namespace

void AppendValue(const item::ValueView& value, std::string& out) {
  AttributeText text(out);
  text.Value(value);
  text.Finish();
}

void AppendAttributes(const item::MapView& attributes, std::string& out) {
  AttributeText text(out);
  text.Attributes(attributes);
  text.Finish();
}

Status ParseAttributes(std::string_view json_object, item::ItemBuilder& builder) {
  std::string padded;
  padded.reserve(json_object.size() + codec::kPaddingBytes);
  padded.append(json_object).append(codec::kPaddingBytes, '\0');
  const char* end = padded.data() + json_object.size();
  JsonCursor cursor(padded.data(), end);
  builder.StartItem();
  if (ParseWhole(cursor, builder)) return base::Ok();
  Error invalid{ErrorKind::kInvalidArgument, std::move(cursor.message)};
  if (cursor.fault == Fault::kInvalid) {
    // AWS builds its request objects from the whole text before it looks at any value.
    ShapeOnly shape;
    cursor = JsonCursor(padded.data(), end);
    if (ParseWhole(cursor, shape) || cursor.fault == Fault::kInvalid) return invalid;
    invalid.message = std::move(cursor.message);
  }
  invalid.reason = kNotAttributeValue;
  if (cursor.fault != Fault::kNotAttributeValue) {
    invalid.message = "invalid JSON at byte " + std::to_string(cursor.p - padded.data());
  }
  return invalid;
}

}  // namespace dray::dynamodb_json
