// SPDX-License-Identifier: Apache-2.0
// First byte: 0 number text, 1 compact bytes, 2 ordered bytes; the rest is the input. Whatever is
// accepted must have one form only.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "model/item/number.h"

namespace dray::item {
namespace {

void CheckOneForm(const Number& number) {
  std::string text = number.ToText();
  auto parsed = Number::Parse(text);
  CHECK(parsed && *parsed == number);

  std::string compact;
  number.AppendCompact(compact);
  std::string_view rest = compact;
  auto from_compact = Number::TakeCompact(rest);
  CHECK(from_compact && *from_compact == number && rest.empty());
  CHECK(Number::FromTrustedCompact(compact) == number);

  std::string ordered;
  number.AppendOrdered(ordered);
  rest = ordered;
  auto from_ordered = Number::TakeOrdered(rest);
  CHECK(from_ordered && *from_ordered == number && rest.empty());

  auto doubled = Number::Add(number, number);
  if (doubled) {
    auto half = Number::Subtract(*doubled, number);
    CHECK(half && *half == number);
    CHECK(number.is_zero() || (*doubled < number) == number.is_negative());
  }
  auto nothing = Number::Subtract(number, number);
  CHECK(nothing && nothing->is_zero());
}

}  // namespace
}  // namespace dray::item

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using dray::item::Number;
  if (size == 0) return 0;
  std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string_view rest = input;
  switch (data[0] % 3) {
    case 0:
      if (auto number = Number::Parse(input)) dray::item::CheckOneForm(*number);
      break;
    case 1:
      if (auto number = Number::TakeCompact(rest)) {
        std::string again;
        number->AppendCompact(again);
        CHECK(again == input.substr(0, input.size() - rest.size()));
        dray::item::CheckOneForm(*number);
      }
      break;
    default:
      if (auto number = Number::TakeOrdered(rest)) {
        std::string again;
        number->AppendOrdered(again);
        CHECK(again == input.substr(0, input.size() - rest.size()));
        dray::item::CheckOneForm(*number);
      }
  }
  return 0;
}
