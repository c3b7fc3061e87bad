// SPDX-License-Identifier: Apache-2.0
// Text that grows at its end, written through plain pointers into a string that is larger than its
// content meanwhile: what the text of items is rendered into. Not thread-safe.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

namespace dray::codec {

// Copies without calling memcpy for the short texts that names and most values are.
inline void CopyText(char* to, const char* from, size_t size) {
  if (size > 16) {
    std::memcpy(to, from, size);
  } else if (size >= 8) {
    std::memcpy(to, from, 8);
    std::memcpy(to + size - 8, from + size - 8, 8);
  } else if (size >= 4) {
    std::memcpy(to, from, 4);
    std::memcpy(to + size - 4, from + size - 4, 4);
  } else {
    for (size_t i = 0; i < size; ++i) to[i] = from[i];
  }
}

class TextBuffer {
 public:
  // Appends to `out`, which is not to be used until Finish.
  explicit TextBuffer(std::string& out)
      : out_(out), start_(out.size()), p_(out.data() + start_), end_(p_) {}
  void Finish() { out_.resize(size()); }
  // Content of `out` so far, what stood there before included.
  std::string_view content() const { return {out_.data(), size()}; }
  size_t size() const { return static_cast<size_t>(p_ - out_.data()); }
  void Clear() { p_ = out_.data(); }

  void Raw(std::string_view text) {
    Reserve(text.size());
    CopyText(p_, text.data(), text.size());
    p_ += text.size();
  }
  template <size_t N>
  void Constant(const char (&text)[N]) {
    Reserve(N - 1);
    std::memcpy(p_, text, N - 1);
    p_ += N - 1;
  }
  void Byte(char c) {
    Reserve(1);
    *p_++ = c;
  }

 protected:
  // Room for `count` more bytes at p_.
  void Reserve(size_t count) {
    if (static_cast<size_t>(end_ - p_) < count) Grow(count);
  }

 private:
  void Grow(size_t count);

  std::string& out_;
  const size_t start_;

 protected:
  char* p_;

 private:
  char* end_;
};

}  // namespace dray::codec
