// SPDX-License-Identifier: Apache-2.0
// Any bytes as a form, its first line as the query and the rest as the body: refused, or read by
// every getter; and what a form holds is what its parameters say when they are written anew.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "api/query/parameters.h"
#include "base/text_encoding.h"

namespace {

using dray::query::Parameters;

constexpr dray::query::TextRule kAny{.min = 0, .max = 1 << 20};

void Read(Parameters& in) {
  in.Text("Action", {});
  in.RequiredText("UserName", {});
  in.Number("MaxItems", 1, 1000);
  in.Flag("OnlyAttached");
  in.Texts("ActionNames", {});
  in.Texts("PolicyArns", {}, ".arn");
  in.Tags();
  auto checked = in.Check();
  // An error repeats at most 1,000 bytes of a value; a form has at most 10,000 parameters.
  if (!checked && checked.error().message.empty()) abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = std::min(text.find('\n'), size);
  auto parsed = Parameters::Parse(text.substr(0, line), text.substr(std::min(line + 1, size)));
  if (!parsed) return 0;
  const auto value = parsed->Text("UserName", kAny);
  if (value) {
    if (!dray::base::IsValidUtf8(*value)) abort();
    auto again = Parameters::Parse(
        "", "UserName=" + dray::base::PercentEncode(*value, /*keep_slash=*/false));
    if (!again || again->Text("UserName", kAny) != value) abort();
  }
  Read(*parsed);
  return 0;
}
