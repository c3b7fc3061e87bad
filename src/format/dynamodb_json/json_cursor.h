// SPDX-License-Identifier: Apache-2.0
// A strict JSON tokenizer over a padded text (text_scan.h). Functions return false when they cannot
// go on, and then `fault` says why and `p` where. Internal to this module.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "format/codec/text_scan.h"

namespace dray::dynamodb_json {

enum class Fault {
  kNone,
  kEndOfText,          // the text ends before the value does: more text may help
  kSyntax,             // not JSON
  kNotAttributeValue,  // JSON, but a type that has no place here; AWS: SerializationException
  kInvalid,            // of the right shape, but no valid item; AWS: ValidationException
};

class JsonCursor {
 public:
  // `end` and the padding behind it as text_scan.h asks.
  JsonCursor(const char* begin, const char* end) : p(begin), end_(end) {}

  bool SkipSpace() {
    if (static_cast<unsigned char>(*p) > ' ') return true;
    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t') ++p;
    return p != end_;
  }
  // Skips space, then takes `c`.
  bool Take(char c) {
    if (*p == c) {
      ++p;
      return true;
    }
    SkipSpace();
    if (*p != c) return FailSyntax();
    ++p;
    return true;
  }
  // The same, but takes nothing and is no fault when another byte stands there.
  bool TakeIf(char c) {
    if (*p != c) {
      if (static_cast<unsigned char>(*p) > ' ') return false;
      SkipSpace();
      if (*p != c) return false;
    }
    ++p;
    return true;
  }

  // A string, `p` at its opening quote. `out` is valid until the next ReadString.
  bool ReadString(std::string_view& out) {
    if (*p != '"') {
      SkipSpace();
      if (*p != '"') return FailSyntax();
    }
    ++p;
    return ReadStringRest(out);
  }
  // The same, `p` behind the opening quote.
  bool ReadStringRest(std::string_view& out) {
    const char* begin = p;
    bool has_non_ascii = false;
    p = codec::FindSpecial(p, has_non_ascii);
    if (*p == '"' && !has_non_ascii) {
      out = {begin, static_cast<size_t>(p++ - begin)};
      return true;
    }
    return ReadStringSlowly(begin, has_non_ascii, out);
  }

  bool TakeLiteral(std::string_view literal);
  // Any JSON value, fully checked and thrown away. Not recursive: depth costs memory, not stack.
  bool SkipValue();

  bool FailSyntax() {
    fault = p == end_ ? Fault::kEndOfText : Fault::kSyntax;
    return false;
  }
  bool Fail(Fault why, std::string text) {
    fault = why;
    message = std::move(text);
    return false;
  }
  bool Fail(const base::Error& error) { return Fail(Fault::kInvalid, error.message); }
  bool AtEnd() const { return p == end_; }

  const char* p;
  Fault fault = Fault::kNone;
  std::string message;  // for kNotAttributeValue and kInvalid

 private:
  bool ReadStringSlowly(const char* begin, bool has_non_ascii, std::string_view& out);
  bool ReadEscape();
  bool ReadHex4(unsigned& unit);
  bool SkipNumber();

  const char* end_;
  std::string decoded_;  // of the last string that had escapes
};

}  // namespace dray::dynamodb_json
