// SPDX-License-Identifier: Apache-2.0
// The tokens of all kinds of expressions. Internal to this module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dray::expression {

enum class TokenKind : uint8_t {
  kIdentifier,        // [a-zA-Z][a-zA-Z0-9_]*, not a keyword
  kNamePlaceholder,   // #name
  kValuePlaceholder,  // :value
  kInteger,           // 0 or [1-9][0-9]*: a list index
  // Keywords, in any case. They are keywords in every kind of expression.
  kAnd,
  kOr,
  kNot,
  kBetween,
  kIn,
  kSet,
  kRemove,
  kAdd,
  kDelete,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kOpenParenthesis,
  kCloseParenthesis,
  kOpenBracket,
  kCloseBracket,
  kComma,
  kDot,
  kPlus,
  kMinus,
  kUnknown,  // a character that no token starts with
  kEnd,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t at = 0;        // offset in the text
  std::string_view text;  // empty for kEnd
};

// Views into `text`. Always ends with kEnd; blanks are space, tab, line feed, carriage return.
std::vector<Token> Tokenize(std::string_view text);

// AWS's report of a syntax error: the token, and the text from the token before it to the one
// after: Syntax error; token: "_", near: "SET _123". (Conformance suite: updateItem, getItem.)
std::string SyntaxErrorText(std::string_view text, const std::vector<Token>& tokens, size_t index);

inline bool IsWordByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace dray::expression
