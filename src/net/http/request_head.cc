// SPDX-License-Identifier: Apache-2.0
#include "base/text_encoding.h"
#include "net/http/server.h"

namespace dray::http {

namespace {

// More than clients send; what a request with thousands of them took is given back.
constexpr size_t kHeadersKept = 64;

}  // namespace

void RequestHead::Clear() {
  auto kept = std::move(headers);
  kept.clear();
  *this = RequestHead();
  if (kept.capacity() <= kHeadersKept) headers = std::move(kept);
}

std::string_view RequestHead::Header(std::string_view name) const {
  for (const auto& [field, value] : headers) {
    if (base::EqualsIgnoreCase(field, name)) return value;
  }
  return {};
}

bool RequestHead::HasHeader(std::string_view name) const {
  for (const auto& [field, value] : headers) {
    if (base::EqualsIgnoreCase(field, name)) return true;
  }
  return false;
}

}  // namespace dray::http
