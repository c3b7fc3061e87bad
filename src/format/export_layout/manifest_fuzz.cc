// SPDX-License-Identifier: Apache-2.0
// Any bytes as either manifest; what is accepted must be the same after it was rendered and parsed
// again. Manifests count time in milliseconds, so a first rendering may cut finer ones.
#include <cstdint>
#include <cstdlib>

#include "format/export_layout/export_layout.h"

namespace layout = dray::export_layout;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto files = layout::ParseManifestFiles(text)) {
    auto again = layout::ParseManifestFiles(layout::RenderManifestFiles(*files));
    if (!again || *again != *files) abort();
  }
  if (auto summary = layout::ParseSummary(text)) {
    std::string rendered = layout::RenderSummary(*summary);
    auto again = layout::ParseSummary(rendered);
    if (!again || layout::RenderSummary(*again) != rendered) abort();
  }
  return 0;
}
