// SPDX-License-Identifier: Apache-2.0
// Any bytes as an item: readers must stay inside of them, and what the check accepts must survive
// being read and written again.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "model/item/item_encoding.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace dray::item;
  // A copy of exactly that size, so that the sanitizer sees the first byte too many.
  std::string encoded(reinterpret_cast<const char*>(data), size);
  ItemView view(encoded);
  if (!ItemView::Check(encoded)) {
    // Only the top level: depth is bounded by the check.
    for (auto it = view.attributes().begin(); it.valid(); it.Next()) {
      CHECK(it.value().encoded().data() + it.value().encoded().size() <=
            encoded.data() + encoded.size());
    }
    return 0;
  }
  Item tree = view.ToTree();
  std::string again = EncodeItem(tree);
  CHECK(ItemView::Check(again));
  CHECK(ItemView(again).ToTree() == tree);
  CHECK(ItemView(again).SizeBytes() == view.SizeBytes());

  ItemBuilder builder;
  for (auto it = view.attributes().begin(); it.valid(); it.Next()) {
    CHECK(builder.Name(it.name()));
    builder.Copy(it.value());
  }
  CHECK(builder.Finish() == encoded);
  CHECK(builder.size_bytes() == view.SizeBytes());
  return 0;
}
