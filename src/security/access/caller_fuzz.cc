// SPDX-License-Identifier: Apache-2.0
// Any bytes as the record of a caller, as job records and session tokens hold it: refused, or the
// same again after it was written and read.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "security/access/access.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto caller = dray::access::Deserialize({reinterpret_cast<const char*>(data), size});
  if (!caller) return 0;
  const std::string written = dray::access::Serialize(*caller);
  auto again = dray::access::Deserialize(written);
  if (!again || dray::access::Serialize(*again) != written) abort();
  const bool has_session = caller->session != nullptr;
  if (has_session != (again->session != nullptr)) abort();
  if (has_session && caller->session->documents.size() != caller->session->policies.size()) abort();
  return 0;
}
