// SPDX-License-Identifier: Apache-2.0
// Items and values in short, for this module's tests:
//   {pk: 'x', n: -1.5, b: b'bytes', t: true, f: false, z: null, l: [1, 'a'], m: {x: 1}, s:
//   <'a','b'>}
// A set's type is that of its members. Names are anything up to ":".
#pragma once

#include <string>
#include <string_view>

#include "base/check.h"
#include "model/item/item_encoding.h"

namespace dray::expression::test {

class NotationReader {
 public:
  NotationReader(std::string_view text, item::ItemBuilder& builder)
      : rest_(text), builder_(builder) {}

  void ReadItem() {
    builder_.StartItem();
    Expect('{');
    ReadEntries();
  }

 private:
  void SkipBlanks() {
    while (!rest_.empty() && rest_[0] == ' ') rest_.remove_prefix(1);
  }
  bool Take(char c) {
    SkipBlanks();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void Expect(char c) { CHECK(Take(c)); }
  bool TakeWord(std::string_view word) {
    SkipBlanks();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  std::string_view TakeUntil(std::string_view stops) {
    size_t end = rest_.find_first_of(stops);
    if (end == std::string_view::npos) end = rest_.size();
    std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return taken;
  }
  std::string_view TakeQuoted() {
    std::string_view text = TakeUntil("'");
    Expect('\'');
    return text;
  }

  void ReadEntries() {  // behind "{"
    if (Take('}')) return;
    do {
      SkipBlanks();
      size_t end = rest_.find(':', 1);  // a name may begin with ":", as placeholders do
      CHECK(builder_.Name(rest_.substr(0, end)));
      rest_.remove_prefix(end + 1);
      ReadValue();
    } while (Take(','));
    Expect('}');
  }
  void ReadValue() {
    if (Take('{')) {
      CHECK(builder_.StartMap());
      ReadEntries();
      builder_.EndMap();
    } else if (Take('[')) {
      CHECK(builder_.StartList());
      if (!Take(']')) {
        do ReadValue();
        while (Take(','));
        Expect(']');
      }
      builder_.EndList();
    } else if (Take('<')) {
      SkipBlanks();
      builder_.StartSet(rest_.starts_with("'")    ? item::Type::kStringSet
                        : rest_.starts_with("b'") ? item::Type::kBinarySet
                                                  : item::Type::kNumberSet);
      do ReadValue();
      while (Take(','));
      Expect('>');
      CHECK(builder_.EndSet());
    } else if (TakeWord("b'")) {
      builder_.Binary(TakeQuoted());
    } else if (Take('\'')) {
      builder_.String(TakeQuoted());
    } else if (TakeWord("true")) {
      builder_.Bool(true);
    } else if (TakeWord("false")) {
      builder_.Bool(false);
    } else if (TakeWord("null")) {
      builder_.Null();
    } else {
      SkipBlanks();
      CHECK(builder_.NumberText(TakeUntil(" ,]}>")));
    }
  }

  std::string_view rest_;
  item::ItemBuilder& builder_;
};

inline std::string Encode(std::string_view notation) {
  item::ItemBuilder builder;
  NotationReader(notation, builder).ReadItem();
  return std::string(builder.Finish());
}

inline void AppendText(const item::ValueView& value, std::string& out);

inline void AppendText(const item::MapView& map, std::string& out) {
  out += '{';
  for (auto it = map.begin(); it.valid(); it.Next()) {
    if (out.back() != '{') out += ", ";
    out += it.name();
    out += ": ";
    AppendText(it.value(), out);
  }
  out += '}';
}

inline void AppendText(const item::ValueView& value, std::string& out) {
  auto elements = [&](char open, char close) {
    out += open;
    bool is_first = true;
    for (auto it = value.list().begin(); it.valid(); it.Next()) {
      if (!is_first) out += ", ";
      is_first = false;
      AppendText(it.value(), out);
    }
    out += close;
  };
  switch (value.type()) {
    case item::Type::kString:
      out.append("'").append(value.string()).append("'");
      break;
    case item::Type::kNumber:
      value.AppendNumberText(out);
      break;
    case item::Type::kBinary:
      out.append("b'").append(value.binary()).append("'");
      break;
    case item::Type::kBool:
      out += value.boolean() ? "true" : "false";
      break;
    case item::Type::kNull:
      out += "null";
      break;
    case item::Type::kList:
      elements('[', ']');
      break;
    case item::Type::kMap: {
      std::string inner;
      AppendText(value.map(), inner);
      out += inner;
      break;
    }
    default:
      elements('<', '>');
  }
}

inline std::string ItemText(const item::ItemView& item) {
  std::string out;
  AppendText(item.attributes(), out);
  return out;
}

}  // namespace dray::expression::test
