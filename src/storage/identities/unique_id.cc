// SPDX-License-Identifier: Apache-2.0
#include "storage/identities/unique_id.h"

#include <algorithm>

#include "base/random.h"
#include "base/text_encoding.h"

namespace dray::identities {

namespace {

std::string RandomCharacters(size_t count) {
  std::string text = base::Base32LowerUnpadded(base::RandomBytes(count)).substr(0, count);
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return text;
}

}  // namespace

std::string NewUniqueId(std::string_view prefix) {
  return std::string(prefix) + RandomCharacters(17);
}

std::string NewAccessKeyId(std::string_view prefix) {
  return std::string(prefix) + RandomCharacters(16);
}

}  // namespace dray::identities
