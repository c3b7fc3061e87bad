// SPDX-License-Identifier: Apache-2.0
#include "model/expression/value_text.h"

#include <compare>

#include "model/expression/value_order.h"

namespace dray::expression {

namespace {

base::Error Bounds(std::string_view rule, const item::ValueView& lower,
                   const item::ValueView& upper) {
  return {base::ErrorKind::kInvalidArgument, "The BETWEEN operator requires " + std::string(rule) +
                                                 "; lower bound operand: " + ValueText(lower) +
                                                 ", upper bound operand: " + ValueText(upper)};
}

}  // namespace

std::string ValueText(const item::ValueView& value) {
  std::string text = "AttributeValue: {";
  text += item::TypeName(value.type());
  text += ':';
  switch (value.type()) {
    case item::Type::kString:
      text += value.string();
      break;
    case item::Type::kNumber:
      value.AppendNumberText(text);
      break;
    case item::Type::kBinary: {
      // AWS prints the Java buffer.
      std::string size = std::to_string(value.binary().size());
      text += "java.nio.HeapByteBuffer[pos=0 lim=";
      text += size;
      text += " cap=";
      text += size;
      text += ']';
      break;
    }
    default:
      break;  // bounds of other types were refused before
  }
  text += '}';
  return text;
}

base::Status CheckBetweenBounds(const item::ValueView& lower, const item::ValueView& upper) {
  if (lower.type() != upper.type()) {
    return Bounds("same data type for lower and upper bounds", lower, upper);
  }
  std::optional<std::strong_ordering> order = Order(lower, upper);
  if (order && std::is_gt(*order)) {
    return Bounds("upper bound to be greater than or equal to lower bound", lower, upper);
  }
  return base::Ok();
}

}  // namespace dray::expression
