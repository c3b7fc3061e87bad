// SPDX-License-Identifier: Apache-2.0
// Random items through writer and reader; a small file cut at every byte and with every byte
// changed.
#include <gtest/gtest.h>

#include <random>

#include "base/file_system.h"
#include "format/ion/ion.h"
#include "testing/piecewise_source.h"

namespace dray::ion {
namespace {

using codec::Record;
using item::AttributeValue;

const item::KeySchema kKeys{.hash = {{"pk", item::Type::kString}},
                            .range = {{"sk", item::Type::kNumber}}};

class RandomItems {
 public:
  explicit RandomItems(uint64_t seed) : random_(seed) {}

  item::Item Next() {
    item::Item tree;
    tree["pk"] = AttributeValue(Text());
    tree["sk"] = AttributeValue(Decimal());
    for (size_t i = Below(6); i > 0; --i) tree[Name()] = Value(3);
    return tree;
  }

 private:
  size_t Below(size_t bound) { return random_() % bound; }

  std::string Text() {
    static const char* const pieces[] = {"a",    "Z9",   " ",    "'",  "\"",      "\\",
                                         "\n",   "\x7f", "\x01", "é",  "日",      "🦑",
                                         "null", "'''",  "{{",   "//", "$ion_1_0"};
    std::string text;
    for (size_t i = Below(12); i > 0; --i) text += pieces[Below(std::size(pieces))];
    if (Below(8) == 0) text += '\0';
    return text;
  }
  std::string Name() {
    static const char* const names[] = {"null", "true", "nan", "$7", "$x", "a", "b_1", "Item"};
    return Below(3) == 0 ? names[Below(std::size(names))] : "n" + Text();
  }
  item::Number Decimal() {
    std::string text = Below(2) == 0 ? "-" : "";
    size_t digits = 1 + Below(38);
    size_t point = Below(digits + 1);
    for (size_t i = 0; i < digits; ++i) {
      if (i == point) text += '.';
      text += static_cast<char>('0' + (Below(3) == 0 ? 0 : Below(10)));
    }
    text += "e" + std::to_string(static_cast<int>(Below(170)) - 85);
    auto number = item::Number::Parse(text);
    EXPECT_TRUE(number) << text;
    return number ? *number : item::Number();
  }
  std::string Bytes() {
    std::string bytes(Below(40), 0);
    for (char& c : bytes) c = static_cast<char>(random_());
    return bytes;
  }
  template <class Member, class Make>
  std::vector<Member> Set(Make make) {
    std::vector<Member> members;
    for (size_t i = 1 + Below(4); i > 0; --i) members.push_back(make());
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    return members;
  }
  AttributeValue Value(int levels) {
    switch (Below(levels > 0 ? 10 : 8)) {
      case 0:
        return AttributeValue(Text());
      case 1:
        return AttributeValue(Decimal());
      case 2:
        return AttributeValue(AttributeValue::Binary{Bytes()});
      case 3:
        return AttributeValue(Below(2) == 0);
      case 4:
        return AttributeValue(AttributeValue::Null{});
      case 5:
        return AttributeValue(
            AttributeValue::StringSet{Set<std::string>([this] { return Text(); })});
      case 6:
        return AttributeValue(
            AttributeValue::NumberSet{Set<item::Number>([this] { return Decimal(); })});
      case 7:
        return AttributeValue(
            AttributeValue::BinarySet{Set<std::string>([this] { return Bytes(); })});
      case 8: {
        AttributeValue::List list;
        for (size_t i = Below(4); i > 0; --i) list.push_back(Value(levels - 1));
        return AttributeValue(std::move(list));
      }
      default: {
        AttributeValue::Map map;
        for (size_t i = Below(4); i > 0; --i) map[Name()] = Value(levels - 1);
        return AttributeValue(std::move(map));
      }
    }
  }

  std::mt19937_64 random_;
};

TEST(IonRoundTrip, RandomItemsComeBackEqual) {
  uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomItems random(seed);
  std::vector<item::Item> trees;
  std::string text;
  base::StringSink sink(text);
  auto writer = MakeItemWriter(kKeys, sink);
  for (int i = 0; i < 3000; ++i) {
    trees.push_back(random.Next());
    std::string encoded = item::EncodeItem(trees.back());
    ASSERT_TRUE(writer->Write(item::ItemView(encoded)));
  }
  ASSERT_TRUE(writer->Finish());
  for (size_t piece : {size_t{1}, text.size()}) {
    testing::PiecewiseSource source(text, piece);
    auto reader = MakeItemReader(source, {.buffer_bytes = piece == 1 ? size_t{16} : 1 << 18});
    for (const item::Item& tree : trees) {
      auto record = reader->Next();
      ASSERT_TRUE(record);
      ASSERT_EQ(record->outcome, Record::Outcome::kItem) << record->message << record->head;
      ASSERT_EQ(item::ItemView(record->item).ToTree(), tree) << record->head;
    }
    auto end = reader->Next();
    ASSERT_TRUE(end && end->outcome == Record::Outcome::kEnd);
    EXPECT_EQ(reader->consumed_bytes(), text.size());
  }
}

std::string SmallFile() {
  return "$ion_1_0 {Item:{pk:\"a\\n\",sk:1.5,'q n':[{{AAH+/w==}},6d2,null,true]}}\n"
         "$ion_1_0 {Item:{pk:\"é\",sk:-2d3,m:{s:$dynamodb_SS::[\"x\",\"y\"],n:{}}}}\n"
         "[{Item:{pk:'''l''',sk:0x1F}}, /* c */ {Item:{pk:sym,sk:1_0}}] // end\n";
}

// Every record of `text`, whose bad ones must say where they are and why, and at most one of them
// abandons it, as the last. Returns how many items there are.
size_t ReadCarefully(std::string_view text, size_t piece) {
  testing::PiecewiseSource source(text, piece);
  auto reader = MakeItemReader(source, {.buffer_bytes = 16});
  size_t items = 0;
  uint64_t index = 0, last_offset = 0;
  bool is_abandoned = false;
  while (true) {
    auto record = reader->Next();
    EXPECT_TRUE(record);
    if (!record || record->outcome == Record::Outcome::kEnd) break;
    EXPECT_FALSE(is_abandoned);
    EXPECT_EQ(record->index, index++);
    EXPECT_GE(record->offset_bytes, last_offset);
    EXPECT_LE(record->offset_bytes, text.size());
    last_offset = record->offset_bytes;
    if (record->outcome == Record::Outcome::kItem) {
      EXPECT_TRUE(item::ItemView::Check(record->item));
      ++items;
    } else {
      EXPECT_NE(record->message, "");
    }
    is_abandoned = record->outcome == Record::Outcome::kBadObject;
  }
  EXPECT_TRUE(is_abandoned || reader->consumed_bytes() == text.size());
  return items;
}

TEST(IonRoundTrip, EveryCutIsNoticedOrFallsBetweenRecords) {
  std::string text = SmallFile();
  ASSERT_EQ(ReadCarefully(text, text.size()), 4u);
  size_t items_before = 0;
  for (size_t size = 0; size <= text.size(); ++size) {
    size_t items = ReadCarefully(std::string_view(text).substr(0, size), 7);
    EXPECT_GE(items, items_before) << size;
    EXPECT_LE(items, items_before + 1) << size;
    items_before = items;
  }
}

TEST(IonRoundTrip, EveryChangedByteGivesCountedRecords) {
  std::string text = SmallFile();
  for (size_t at = 0; at < text.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = text;
      changed[at] = static_cast<char>(changed[at] ^ 1 << bit);
      SCOPED_TRACE(changed);
      EXPECT_EQ(ReadCarefully(changed, 1), ReadCarefully(changed, changed.size()));
    }
  }
}

}  // namespace
}  // namespace dray::ion
