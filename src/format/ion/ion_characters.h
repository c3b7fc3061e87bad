// SPDX-License-Identifier: Apache-2.0
// Classes of bytes in Ion text (the Ion 1.0 specification, "Symbols" and "Text format"). Internal
// to this module.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace dray::ion {

enum CharacterClass : uint8_t {
  kSpace = 1,            // white space between tokens
  kDigit = 2,            // 0-9
  kIdentifierStart = 4,  // of a symbol without quotes
  kHexDigit = 8,
  kOperator = 16,     // of a symbol without quotes inside ( )
  kNumberStop = 32,   // what may stand behind a number
  kEscapedFully = 64  // written as an escape inside quotes, the quotes themselves apart
};

inline constexpr std::array<uint8_t, 256> kCharacterClasses = [] {
  std::array<uint8_t, 256> classes{};
  auto add = [&](std::string_view characters, unsigned character_class) {
    for (char c : characters) classes[static_cast<unsigned char>(c)] |= character_class;
  };
  add(" \t\n\r\v\f", kSpace | kNumberStop);
  add("{}[](),\"'", kNumberStop);
  add("<>=+-*&^%~/?.;!|@`#", kOperator);
  add("0123456789", kDigit | kHexDigit);
  add("abcdefABCDEF", kHexDigit);
  add("_$", kIdentifierStart);
  for (char c = 'a'; c <= 'z'; ++c) add({&c, 1}, kIdentifierStart);
  for (char c = 'A'; c <= 'Z'; ++c) add({&c, 1}, kIdentifierStart);
  for (unsigned c = 0; c < 0x20; ++c) classes[c] |= kEscapedFully;
  classes[0x7f] |= kEscapedFully;
  add("\\", kEscapedFully);
  return classes;
}();

inline bool IsOneOf(char c, unsigned character_classes) {
  return (kCharacterClasses[static_cast<unsigned char>(c)] & character_classes) != 0;
}
inline bool IsIdentifierPart(char c) { return IsOneOf(c, kIdentifierStart | kDigit); }

// $ and digits: a symbol named by its place in a symbol table.
inline bool IsSymbolId(std::string_view identifier) {
  if (identifier.size() < 2 || identifier[0] != '$') return false;
  for (char c : identifier.substr(1)) {
    if (!IsOneOf(c, kDigit)) return false;
  }
  return true;
}

// Identifiers that mean something else when they stand without quotes.
inline bool IsKeyword(std::string_view identifier) {
  switch (identifier.size()) {
    case 3:
      return identifier == "nan";
    case 4:
      return identifier == "null" || identifier == "true";
    case 5:
      return identifier == "false";
    default:
      return false;
  }
}

}  // namespace dray::ion
