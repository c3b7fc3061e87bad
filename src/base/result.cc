// SPDX-License-Identifier: Apache-2.0
#include "base/result.h"

namespace dray::base {

Error WithContext(Error error, std::string_view context) {
  std::string message;
  message.reserve(context.size() + 2 + error.message.size());
  message.append(context).append(": ").append(error.message);
  error.message = std::move(message);
  return error;
}

}  // namespace dray::base
