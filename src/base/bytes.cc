// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <algorithm>
#include <cstring>

namespace dray::base {

Result<size_t> StringSource::Read(char* out, size_t capacity) {
  size_t count = std::min(capacity, rest_.size());
  if (count > 0) std::memcpy(out, rest_.data(), count);  // an empty view may point nowhere
  rest_.remove_prefix(count);
  return count;
}

Result<std::string> ReadAll(ByteSource& source, size_t bytes_max) {
  std::string all;
  char buffer[64 * 1024];
  for (;;) {
    ASSIGN_OR_RETURN(size_t count, source.Read(buffer, sizeof buffer));
    if (count == 0) return all;
    if (all.size() + count > bytes_max) {
      return Error{ErrorKind::kLimitExceeded,
                   "the input is longer than " + std::to_string(bytes_max) + " bytes"};
    }
    all.append(buffer, count);
  }
}

}  // namespace dray::base
