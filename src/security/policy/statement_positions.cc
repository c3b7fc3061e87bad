// SPDX-License-Identifier: Apache-2.0
// The text is known to be well-formed, so it is enough to know strings from brackets.
#include "security/policy/statement_positions.h"

#include "format/json/json.h"

namespace dray::policy {

namespace {

class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  TextPosition position() const { return position_; }
  // The next character that is no white space; 0 at the end.
  char Peek() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != text_.npos) Step();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  void Step() {
    if (at_ >= text_.size()) return;
    const char c = text_[at_++];
    if (c == '\n') {
      ++position_.line;
      position_.column = 1;
    } else if ((static_cast<unsigned char>(c) & 0xc0) != 0x80) {  // else it goes on
      ++position_.column;
    }
  }
  // The string at the cursor with its quotes.
  std::string_view ReadString() {
    const size_t from = at_;
    Step();
    while (at_ < text_.size() && text_[at_] != '"') {
      if (text_[at_] == '\\') Step();
      Step();
    }
    Step();
    return text_.substr(from, at_ - from);
  }
  void SkipValue() {
    int depth = 0;
    do {
      const char c = Peek();
      if (c == '\0') return;
      if (c == '"') {
        ReadString();
        continue;
      }
      if (c == '{' || c == '[') ++depth;
      if (c == '}' || c == ']') --depth;
      Step();
      if (depth == 0) SkipRestOfWord(c);
    } while (depth > 0);
  }

 private:
  void SkipRestOfWord(char first) {  // of a number, true, false, null
    if (first == '}' || first == ']') return;
    while (at_ < text_.size() && std::string_view(",]} \t\r\n").find(text_[at_]) == text_.npos)
      Step();
  }

  std::string_view text_;
  size_t at_ = 0;
  TextPosition position_;
};

std::vector<StatementPosition> PositionsInValue(Cursor& cursor) {
  std::vector<StatementPosition> found;
  if (cursor.Peek() == '{') {
    Cursor inside = cursor;
    inside.Step();
    cursor.SkipValue();
    found.push_back({inside.position(), cursor.position()});
    return found;
  }
  cursor.Step();  // '['
  TextPosition start = cursor.position();
  while (cursor.Peek() == '{' || cursor.Peek() == ',') {
    if (cursor.Peek() == ',') {
      cursor.Step();
      continue;
    }
    cursor.SkipValue();
    found.push_back({start, cursor.position()});
    start = cursor.position();
  }
  return found;
}

}  // namespace

std::vector<StatementPosition> PositionsOfStatements(std::string_view json) {
  Cursor cursor(json);
  cursor.Peek();
  cursor.Step();  // '{'
  while (cursor.Peek() == '"') {
    const std::string_view quoted = cursor.ReadString();
    const auto name = json::Parse(quoted);
    cursor.Peek();
    cursor.Step();  // ':'
    if (name && name->string() && *name->string() == "Statement") return PositionsInValue(cursor);
    cursor.SkipValue();
    if (cursor.Peek() == ',') cursor.Step();
  }
  return {};
}

}  // namespace dray::policy
