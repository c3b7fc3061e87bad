// SPDX-License-Identifier: Apache-2.0
#include "storage/kv/engine.h"

namespace dray::kv {

std::string_view Page::key(size_t i) const {
  const Offsets& at = offsets_[i];
  return std::string_view(buffer_).substr(at.key_at, at.value_at - at.key_at);
}

std::string_view Page::value(size_t i) const {
  const Offsets& at = offsets_[i];
  return std::string_view(buffer_).substr(at.value_at, at.end - at.value_at);
}

void Page::Clear() {
  buffer_.clear();
  offsets_.clear();
  is_last_ = true;
}

void Page::Add(std::string_view key, std::string_view value) {
  size_t key_at = buffer_.size();
  buffer_.append(key).append(value);
  offsets_.push_back({key_at, key_at + key.size(), buffer_.size()});
}

std::string PrefixEnd(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xff) end.pop_back();
  if (!end.empty()) end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
  return end;
}

}  // namespace dray::kv
