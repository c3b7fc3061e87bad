// SPDX-License-Identifier: Apache-2.0
// Structured log lines: a message and key=value fields, one line each on standard error (text) or
// as JSON. Secrets never go in. Thread-safe: a line may be written by another thread that is at it,
// shortly after the call. spdlog stays inside log.cc.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>

namespace dray::base::log {

enum class Level { kDebug, kInfo, kWarning, kError };
enum class Format { kText, kJson };

// Borrows texts: it lives no longer than the call it is made for.
class Field {
 public:
  Field(std::string_view k, std::string_view v) : key(k), text_(v) {}
  Field(std::string_view k, const std::string& v) : key(k), text_(v) {}
  Field(std::string_view k, const char* v) : key(k), text_(v) {}
  Field(std::string_view k, int64_t v) : key(k) { SetNumber(v); }
  Field(std::string_view k, uint64_t v) : key(k) { SetNumber(v); }
  Field(std::string_view k, int v) : key(k) { SetNumber(v); }

  const std::string_view key;
  std::string_view value() const {
    return digit_count_ == 0 ? text_ : std::string_view(digits_, digit_count_);
  }

 private:
  template <class Integer>
  void SetNumber(Integer number) {
    digit_count_ =
        static_cast<size_t>(std::to_chars(digits_, std::end(digits_), number).ptr - digits_);
  }

  std::string_view text_;
  char digits_[20];
  size_t digit_count_ = 0;
};

void Configure(Level at_least, Format format);
void Write(Level level, std::string_view message, std::initializer_list<Field> fields = {});
// For a line a request: written within milliseconds, together with others, by a thread of its own.
// Lines of Write go out at once and take along what waits, so the order stays; a killed process
// loses what waited.
void WriteSoon(Level level, std::string_view message, std::initializer_list<Field> fields);
inline void Debug(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kDebug, m, f);
}
inline void Info(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kInfo, m, f);
}
inline void Warning(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kWarning, m, f);
}
inline void Error(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kError, m, f);
}

}  // namespace dray::base::log
