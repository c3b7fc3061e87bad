// SPDX-License-Identifier: Apache-2.0
// A fuzz target that must fail: it shows that fuzzing finds something here at all (tools/fuzz.sh).
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.starts_with("dray")) std::abort();
  return 0;
}
