// SPDX-License-Identifier: Apache-2.0
// Any bytes; what is accepted must be the same after it was written and read again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "format/xml/xml.h"

namespace {

// Children and text of an element are kept apart, so text goes first.
void Write(const dray::xml::Element& element, dray::xml::Writer& writer) {
  if (element.children.empty()) {
    writer.Leaf(element.name, element.text);
    return;
  }
  writer.Start(element.name);
  for (const auto& child : element.children) Write(child, writer);
  writer.End();
}

bool Equal(const dray::xml::Element& a, const dray::xml::Element& b) {
  if (a.name != b.name || a.children.size() != b.children.size()) return false;
  if (a.children.empty() && a.text != b.text) return false;
  for (size_t i = 0; i < a.children.size(); ++i) {
    if (!Equal(a.children[i], b.children[i])) return false;
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto root = dray::xml::Parse({reinterpret_cast<const char*>(data), size});
  if (!root) return 0;
  std::string text;
  dray::xml::Writer writer(text);
  Write(*root, writer);
  auto again = dray::xml::Parse(text);
  if (!again || !Equal(*root, *again)) abort();
  return 0;
}
