// SPDX-License-Identifier: Apache-2.0
// Sources and texts for the tests of decompression.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace dray::compression {

class FailingSource final : public base::ByteSource {
 public:
  base::Result<size_t> Read(char*, size_t) override {
    ++calls;
    return base::Error{base::ErrorKind::kIo, "disk on fire"};
  }
  int calls = 0;
};

// All of `source`, taken in pieces; it must stay at its end afterwards.
inline base::Result<std::string> ReadToEnd(base::ByteSource& source, size_t piece) {
  std::string out;
  std::string buffer(piece, '\0');
  while (true) {
    ASSIGN_OR_RETURN(size_t count, source.Read(buffer.data(), buffer.size()));
    if (count == 0) break;
    out.append(buffer, 0, count);
  }
  auto again = source.Read(buffer.data(), buffer.size());
  EXPECT_TRUE(again && *again == 0);
  return out;
}

inline std::string Lines(size_t bytes) {
  std::mt19937_64 random(7);
  std::string text;
  while (text.size() < bytes) {
    text += "{\"Item\":{\"pk\":{\"S\":\"" + std::to_string(random()) + "\"}}}\n";
  }
  return text;
}

inline std::string Noise(size_t bytes) {
  std::mt19937_64 random(11);
  std::string text;
  while (text.size() < bytes) text += static_cast<char>(random());
  return text;
}

}  // namespace dray::compression
