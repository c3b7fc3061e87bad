// SPDX-License-Identifier: Apache-2.0
// Any bytes; what is accepted must be the same after it was written and read again.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "format/json/json.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto value = dray::json::Parse({reinterpret_cast<const char*>(data), size});
  if (!value) return 0;
  std::string text;
  dray::json::AppendValue(*value, text);
  auto again = dray::json::Parse(text);
  if (!again) abort();
  std::string text_again;
  dray::json::AppendValue(*again, text_again);
  if (text_again != text) abort();
  return 0;
}
