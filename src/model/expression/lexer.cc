// SPDX-License-Identifier: Apache-2.0
#include "model/expression/lexer.h"

#include <algorithm>
#include <utility>

#include "base/text_encoding.h"

namespace dray::expression {

namespace {

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

constexpr std::pair<std::string_view, TokenKind> kKeywords[] = {
    {"AND", TokenKind::kAnd},         {"OR", TokenKind::kOr},   {"NOT", TokenKind::kNot},
    {"BETWEEN", TokenKind::kBetween}, {"IN", TokenKind::kIn},   {"SET", TokenKind::kSet},
    {"REMOVE", TokenKind::kRemove},   {"ADD", TokenKind::kAdd}, {"DELETE", TokenKind::kDelete},
};
constexpr std::pair<std::string_view, TokenKind> kSymbols[] = {
    // The longer ones first.
    {"<>", TokenKind::kNotEqual},
    {"<=", TokenKind::kLessOrEqual},
    {">=", TokenKind::kGreaterOrEqual},
    {"=", TokenKind::kEqual},
    {"<", TokenKind::kLess},
    {">", TokenKind::kGreater},
    {"(", TokenKind::kOpenParenthesis},
    {")", TokenKind::kCloseParenthesis},
    {"[", TokenKind::kOpenBracket},
    {"]", TokenKind::kCloseBracket},
    {",", TokenKind::kComma},
    {".", TokenKind::kDot},
    {"+", TokenKind::kPlus},
    {"-", TokenKind::kMinus},
};

// A whole UTF-8 character, so that error texts stay UTF-8.
size_t CharacterLength(std::string_view text, size_t at) {
  size_t end = at + 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
  return end - at;
}

TokenKind KindOfWord(std::string_view word) {
  for (const auto& [keyword, kind] : kKeywords) {
    if (word.size() == keyword.size() && base::EqualsIgnoreCase(word, keyword)) return kind;
  }
  return TokenKind::kIdentifier;
}

Token TakeToken(std::string_view text, size_t at) {
  auto token = [&](TokenKind kind, size_t length) {
    return Token{kind, static_cast<uint32_t>(at), text.substr(at, length)};
  };
  char c = text[at];
  size_t end = at + 1;
  if (IsLetter(c)) {
    while (end < text.size() && IsWordByte(text[end])) ++end;
    return token(KindOfWord(text.substr(at, end - at)), end - at);
  }
  if (c == '#' || c == ':') {
    while (end < text.size() && IsWordByte(text[end])) ++end;
    if (end == at + 1) return token(TokenKind::kUnknown, 1);
    return token(c == '#' ? TokenKind::kNamePlaceholder : TokenKind::kValuePlaceholder, end - at);
  }
  if (IsDigit(c)) {
    while (c != '0' && end < text.size() && IsDigit(text[end])) ++end;
    return token(TokenKind::kInteger, end - at);
  }
  for (const auto& [symbol, kind] : kSymbols) {
    if (text.substr(at).starts_with(symbol)) return token(kind, symbol.size());
  }
  return token(TokenKind::kUnknown, CharacterLength(text, at));
}

}  // namespace

std::vector<Token> Tokenize(std::string_view text) {
  std::vector<Token> tokens;
  size_t at = 0;
  while (at < text.size()) {
    if (IsBlank(text[at])) {
      ++at;
      continue;
    }
    tokens.push_back(TakeToken(text, at));
    at += tokens.back().text.size();
  }
  tokens.push_back({TokenKind::kEnd, static_cast<uint32_t>(text.size()), {}});
  return tokens;
}

std::string SyntaxErrorText(std::string_view text, const std::vector<Token>& tokens, size_t index) {
  const Token& token = tokens[index];
  const Token& next = tokens[std::min(index + 1, tokens.size() - 1)];
  size_t from = tokens[index == 0 ? 0 : index - 1].at;
  size_t to = next.at + next.text.size();
  std::string error = "Syntax error; token: \"";
  error += token.kind == TokenKind::kEnd ? "<EOF>" : token.text;
  error += "\", near: \"";
  error += text.substr(from, to - from);
  error += '"';
  return error;
}

}  // namespace dray::expression
