// SPDX-License-Identifier: Apache-2.0
#include "model/item/item_encoding.h"

#include <gtest/gtest.h>

#include <random>

#include "base/file_system.h"
#include "base/text_encoding.h"

namespace dray::item {
namespace {

using std::string_literals::operator""s;

// Everything that a builder made must pass the checks for foreign bytes, and agree on the size.
std::string Finished(ItemBuilder& builder) {
  std::string encoded(builder.Finish());
  base::Status status = ItemView::Check(encoded);
  EXPECT_TRUE(status) << status.error().message;
  EXPECT_EQ(ItemView(encoded).SizeBytes(), builder.size_bytes());
  return encoded;
}

TEST(ItemBuilder, WritesEveryTypeAndTheViewReadsIt) {
  ItemBuilder builder;
  ASSERT_TRUE(builder.Name("s"));
  builder.String("text");
  ASSERT_TRUE(builder.Name("n"));
  ASSERT_TRUE(builder.NumberText("-01.50"));
  ASSERT_TRUE(builder.Name("b"));
  builder.Binary("\0\xff"s);
  ASSERT_TRUE(builder.Name("yes"));
  builder.Bool(true);
  ASSERT_TRUE(builder.Name("no"));
  builder.Bool(false);
  ASSERT_TRUE(builder.Name("null"));
  builder.Null();
  ASSERT_TRUE(builder.Name("l"));
  ASSERT_TRUE(builder.StartList());
  builder.String("");
  ASSERT_TRUE(builder.StartMap());
  ASSERT_TRUE(builder.Name("x"));
  ASSERT_TRUE(builder.NumberText("7"));
  builder.EndMap();
  builder.EndList();
  ASSERT_TRUE(builder.Name("ns"));
  builder.StartSet(Type::kNumberSet);
  ASSERT_TRUE(builder.NumberText("3"));
  ASSERT_TRUE(builder.NumberText("2"));
  ASSERT_TRUE(builder.EndSet());
  std::string encoded = Finished(builder);

  ItemView item(encoded);
  EXPECT_EQ(item.Find("s")->string(), "text");
  EXPECT_EQ(item.Find("n")->number().ToText(), "-1.5");
  std::string text = "n=";
  item.Find("n")->AppendNumberText(text);
  EXPECT_EQ(text, "n=-1.5");
  EXPECT_EQ(item.Find("b")->binary(), "\0\xff"s);
  EXPECT_TRUE(item.Find("yes")->boolean());
  EXPECT_FALSE(item.Find("no")->boolean());
  EXPECT_EQ(item.Find("null")->type(), Type::kNull);
  EXPECT_FALSE(item.Find("absent"));
  EXPECT_EQ(item.attributes().CountEntries(), 8u);
  auto element = item.Find("l")->list().begin();
  EXPECT_EQ(element.value().string(), "");
  element.Next();
  EXPECT_EQ(element.value().map().Find("x")->number(), Number::FromInt64(7));
  element.Next();
  EXPECT_FALSE(element.valid());
  // Members of sets keep the order in which they were given.
  EXPECT_EQ(item.Find("ns")->list().begin().value().number().ToText(), "3");
  EXPECT_EQ(item.Find("ns")->list().CountElements(), 2u);
  EXPECT_EQ(EncodeItem(item.ToTree()).size(), encoded.size());
}

TEST(ItemBuilder, CountsAwsSizes) {
  ItemBuilder builder;
  EXPECT_EQ(builder.size_bytes(), 0u);
  ASSERT_TRUE(builder.Name("shirt-color"));
  builder.String("R");
  ASSERT_TRUE(builder.Name("shirt-size"));
  builder.String("M");
  EXPECT_EQ(builder.size_bytes(), 23u);  // the example of AWS's guide
  builder.StartItem();
  ASSERT_TRUE(builder.Name("l"));
  ASSERT_TRUE(builder.StartList());
  builder.String("xy");
  builder.Null();
  builder.EndList();
  EXPECT_EQ(builder.size_bytes(), 1u + 3 + (1 + 2) + (1 + 1));
  ASSERT_TRUE(builder.Name("m"));
  ASSERT_TRUE(builder.StartMap());
  ASSERT_TRUE(builder.Name("key"));
  builder.Bool(true);
  builder.EndMap();
  EXPECT_EQ(builder.size_bytes(), 9u + 1 + 3 + (1 + 3 + 1));
  ASSERT_TRUE(builder.Name("ss"));
  builder.StartSet(Type::kStringSet);
  builder.String("");
  builder.String("abc");
  ASSERT_TRUE(builder.EndSet());
  EXPECT_EQ(builder.size_bytes(), 18u + 2 + 3);
  Finished(builder);
}

TEST(ItemBuilder, LetsTheLastOfEqualNamesWin) {
  ItemBuilder builder;
  for (std::string_view value : {"first", "second", "third"}) {
    ASSERT_TRUE(builder.Name("a"));
    builder.String(value);
    ASSERT_TRUE(builder.Name(value));
    ASSERT_TRUE(builder.StartMap());
    for (std::string_view inner : {"x", "y", "x"}) {
      ASSERT_TRUE(builder.Name(inner));
      builder.String(value);
    }
    builder.EndMap();
  }
  std::string encoded = Finished(builder);
  ItemView item(encoded);
  EXPECT_EQ(item.attributes().CountEntries(), 4u);
  EXPECT_EQ(item.Find("a")->string(), "third");
  EXPECT_EQ(item.Find("first")->map().CountEntries(), 2u);
}

TEST(ItemBuilder, FindsEqualNamesInBigMaps) {
  ItemBuilder builder;
  constexpr int kNames = 30'000;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < kNames; ++i) {
      ASSERT_TRUE(builder.Name("name" + std::to_string(i)));
      builder.NumberValue(Number::FromInt64(round));
    }
  }
  std::string encoded = Finished(builder);
  EXPECT_EQ(ItemView(encoded).attributes().CountEntries(), static_cast<size_t>(kNames));
  for (auto it = ItemView(encoded).attributes().begin(); it.valid(); it.Next()) {
    ASSERT_EQ(it.value().number(), Number::FromInt64(1));
  }
}

TEST(ItemBuilder, RefusesWhatAwsRefuses) {
  ItemBuilder builder;
  auto message = [](const base::Status& status) { return status ? "" : status.error().message; };
  const std::string prefix = "One or more parameter values were invalid: ";
  EXPECT_EQ(message(builder.Name("")), prefix + "Empty attribute name");
  EXPECT_EQ(message(builder.Name(std::string(65'536, 'n'))),
            prefix + "Attribute name is too large, must be less than 65536 bytes");
  EXPECT_EQ(message(builder.Name(std::string(65'535, 'n'))), "");
  EXPECT_EQ(message(builder.NumberText("x")),
            "The parameter cannot be converted to a numeric value: x");

  auto set_of = [&](Type type, const std::vector<std::string>& members) {
    builder.StartItem();
    EXPECT_TRUE(builder.Name("set"));
    builder.StartSet(type);
    for (const auto& member : members) {
      if (type == Type::kNumberSet) {
        EXPECT_TRUE(builder.NumberText(member));
      } else if (type == Type::kBinarySet) {
        builder.Binary(member);
      } else {
        builder.String(member);
      }
    }
    return message(builder.EndSet());
  };
  EXPECT_EQ(set_of(Type::kStringSet, {}), prefix + "An string set  may not be empty");
  EXPECT_EQ(set_of(Type::kNumberSet, {}), prefix + "An number set  may not be empty");
  EXPECT_EQ(set_of(Type::kBinarySet, {}), prefix + "Binary sets should not be empty");
  EXPECT_EQ(set_of(Type::kStringSet, {"a", "a"}),
            prefix + "Input collection [a, a] contains duplicates.");
  EXPECT_EQ(set_of(Type::kBinarySet, {"b", "b"}),
            prefix + "Input collection [Yg==, Yg==]of type BS contains duplicates.");
  EXPECT_EQ(set_of(Type::kNumberSet, {"1", "1.0"}), "Input collection contains duplicates");
  EXPECT_EQ(set_of(Type::kStringSet, {"a", "b", ""}), "");
  std::vector<std::string> many;
  for (int i = 0; i < 1000; ++i) many.push_back(std::to_string(i));
  EXPECT_EQ(set_of(Type::kNumberSet, many), "");
  many.push_back("500");
  EXPECT_NE(set_of(Type::kNumberSet, many), "");
}

TEST(ItemBuilder, TakesThirtyTwoNestingLevels) {
  ItemBuilder builder;
  ASSERT_TRUE(builder.Name("deep"));
  for (int i = 0; i < 31; ++i) ASSERT_TRUE(builder.StartList());
  base::Status status = builder.StartMap();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message,
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
            "levels beyond supported limit");
  builder.StartSet(Type::kStringSet);  // a leaf on level 32
  builder.String("leaf");
  ASSERT_TRUE(builder.EndSet());
  for (int i = 0; i < 31; ++i) builder.EndList();
  Finished(builder);
}

TEST(ItemBuilder, CopiesValuesBetweenItems) {
  ItemBuilder builder;
  ASSERT_TRUE(builder.Name("l"));
  ASSERT_TRUE(builder.StartList());
  builder.String("x");
  builder.NumberValue(Number::FromInt64(5));
  builder.EndList();
  ASSERT_TRUE(builder.Name("ss"));
  builder.StartSet(Type::kStringSet);
  builder.String("member");
  ASSERT_TRUE(builder.EndSet());
  std::string source = Finished(builder);
  builder.StartItem();
  ASSERT_TRUE(builder.Name("copy"));
  builder.Copy(*ItemView(source).Find("l"));
  ASSERT_TRUE(builder.Name("member"));
  builder.Copy(ItemView(source).Find("ss")->list().begin().value());
  std::string copy = Finished(builder);
  EXPECT_EQ(ItemView(copy).Find("copy")->ToTree(), ItemView(source).Find("l")->ToTree());
  EXPECT_EQ(ItemView(copy).Find("member")->string(), "member");
}

TEST(ItemBuilder, MovesWithWhatItHoldsAndLeavesAStartableOne) {
  ItemBuilder first;
  ASSERT_TRUE(first.Name("a"));
  ItemBuilder second = std::move(first);
  second.String("x");
  EXPECT_EQ(ItemView(second.Finish()).Find("a")->string(), "x");
  first.StartItem();  // NOLINT: use after a move is what is tested
  ASSERT_TRUE(first.Name("b"));
  first.Null();
  EXPECT_EQ(ItemView(Finished(first)).attributes().CountEntries(), 1u);
}

TEST(ItemBuilder, GivesNothingForAContainerPastItsLengthField) {
  ItemBuilder builder;
  ASSERT_TRUE(builder.Name("l"));
  ASSERT_TRUE(builder.StartList());
  std::string megabyte(1 << 20, 'x');
  for (int i = 0; i < 16; ++i) builder.String(megabyte);
  builder.EndList();
  EXPECT_TRUE(builder.Finish().empty());
  EXPECT_GT(builder.size_bytes(), kItemBytesMax);
}

// ---- random trees

class RandomTrees {
 public:
  explicit RandomTrees(uint64_t seed) : random_(seed) {}

  Item NextItem() {
    Item item;
    for (uint64_t i = Below(12); i > 0; --i) item[Name()] = Value(0);
    return item;
  }

 private:
  uint64_t Below(uint64_t limit) { return random_() % limit; }
  std::string Name() { return std::string(1 + Below(3), static_cast<char>('a' + Below(26))); }
  std::string Text() {
    static const char* const kPieces[] = {"", "a", "\"", "é", "東京", "\n", "😀", "long"};
    std::string text;
    for (uint64_t i = Below(Below(20) == 0 ? 200 : 4); i > 0; --i) text += kPieces[Below(8)];
    return text;
  }
  std::string Bytes() {
    std::string bytes(Below(Below(20) == 0 ? 500 : 8), '\0');
    for (char& byte : bytes) byte = static_cast<char>(Below(256));
    return bytes;
  }
  Number Numeric() {
    std::string digits;
    for (uint64_t i = 1 + Below(38); i > 0; --i) digits += static_cast<char>('0' + Below(10));
    auto number = Number::Parse((Below(2) == 0 ? "-" : "") + digits + "e" +
                                std::to_string(static_cast<int>(Below(200)) - 110));
    return number ? *number : Number();
  }
  template <class T, class Make>
  std::vector<T> SetOf(Make make) {
    std::vector<T> members;
    for (uint64_t i = 1 + Below(20); i > 0; --i) members.push_back(make());
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    return members;
  }
  AttributeValue Value(int depth) {
    switch (Below(depth < 6 ? 10 : 8)) {
      case 0:
        return AttributeValue(Text());
      case 1:
        return AttributeValue(Numeric());
      case 2:
        return AttributeValue(AttributeValue::Binary{Bytes()});
      case 3:
        return AttributeValue(Below(2) == 0);
      case 4:
        return {};
      case 5:
        return AttributeValue(
            AttributeValue::StringSet{SetOf<std::string>([&] { return Text(); })});
      case 6:
        return AttributeValue(AttributeValue::NumberSet{SetOf<Number>([&] { return Numeric(); })});
      case 7:
        return AttributeValue(
            AttributeValue::BinarySet{SetOf<std::string>([&] { return Bytes(); })});
      case 8: {
        AttributeValue::List list;
        for (uint64_t i = Below(5); i > 0; --i) list.push_back(Value(depth + 1));
        return AttributeValue(std::move(list));
      }
      default: {
        AttributeMap map;
        for (uint64_t i = Below(5); i > 0; --i) map[Name()] = Value(depth + 1);
        return AttributeValue(std::move(map));
      }
    }
  }

  std::mt19937_64 random_;
};

TEST(ItemEncoding, RoundTripsRandomTrees) {
  uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomTrees trees(seed);
  ItemBuilder builder;
  for (int i = 0; i < 2000; ++i) {
    Item tree = trees.NextItem();
    std::string encoded = EncodeItem(tree);
    ASSERT_TRUE(ItemView::Check(encoded));
    ASSERT_EQ(ItemView(encoded).ToTree(), tree);
    builder.StartItem();
    for (const auto& [name, value] : tree) {
      ASSERT_TRUE(builder.Name(name));
      builder.Tree(value);
    }
    ASSERT_EQ(builder.Finish(), encoded);
    ASSERT_EQ(builder.size_bytes(), ItemView(encoded).SizeBytes());
  }
}

TEST(ItemCheck, NeverAcceptsDamageThatChangesTheStructure) {
  uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  RandomTrees trees(seed);
  std::mt19937_64 random(seed);
  for (int i = 0; i < 1000; ++i) {
    std::string encoded = EncodeItem(trees.NextItem());
    std::string damaged = encoded;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    // What passes the check must survive every reader.
    if (ItemView::Check(damaged)) {
      Item tree = ItemView(damaged).ToTree();
      EXPECT_EQ(ItemView(EncodeItem(tree)).ToTree(), tree);
    }
    // What does not must still not lead a reader outside of the bytes (the sanitizer watches).
    std::string cut = damaged.substr(0, random() % (damaged.size() + 1));
    (void)ItemView(cut).SizeBytes();
    (void)ItemView(damaged).SizeBytes();
  }
}

TEST(ItemCheck, NamesTheDefectAndTheByte) {
  auto message = [](const std::string& bytes) {
    base::Status status = ItemView::Check(bytes);
    return status ? "ok" : status.error().message;
  };
  EXPECT_EQ(message("\1"s), "ok");
  EXPECT_EQ(message(""), "malformed item: no bytes at byte 0");
  EXPECT_EQ(message("\2"s), "malformed item: unknown version at byte 0");
  EXPECT_EQ(message("\1\1a\1\1x\1b"s), "malformed item: a malformed value at byte 8");
  EXPECT_EQ(message("\1\0\5"s), "malformed item: a name of illegal length at byte 1");
  EXPECT_EQ(message("\1\5a"s), "malformed item: a name that is cut off at byte 1");
  EXPECT_EQ(message("\1\1a\5\1a\5"s), "malformed item: a name given twice in the map at byte 1");
  EXPECT_EQ(message("\1\1a\1\1\xff"s), "malformed item: a string that is not UTF-8 at byte 3");
  EXPECT_EQ(message("\1\1\xff\5"s), "malformed item: a name that is not UTF-8 at byte 1");
  EXPECT_EQ(message("\1\1a\4\2"s), "malformed item: a malformed boolean at byte 3");
  EXPECT_EQ(message("\1\1a\2\1\x0a"s), "malformed item: a malformed number at byte 3");
  EXPECT_EQ(message("\1\1a\x08\0\0\0"s), "malformed item: an empty set at byte 3");
  EXPECT_EQ(message("\1\1a\x08\1\0\0\5"s),
            "malformed item: a set member of another type at byte 7");
  EXPECT_EQ(message("\1\1a\x08\4\0\0\1\0\1\0"s),
            "malformed item: a set with a repeated member at byte 7");
  EXPECT_EQ(message("\1\1a\x0b"s), "malformed item: a malformed value at byte 3");
  EXPECT_EQ(message("\1\1a\1\x80\0"s), "malformed item: a malformed value at byte 3");
}

// ---- bytes of released versions

TEST(ItemEncoding, DecodesTheGoldenItems) {
  auto text = base::ReadFile(base::PosixFileSystem(),
                             std::string(DRAY_SOURCE_DIR) + "/tests/golden/item/items.txt");
  ASSERT_TRUE(text) << text.error().message;
  std::string_view rest = *text;
  int count = 0;
  while (!rest.empty()) {
    size_t end = rest.find('\n');
    ASSERT_NE(end, std::string_view::npos);
    std::string line(rest.substr(0, end));
    rest.remove_prefix(end + 1);
    if (line.empty() || line[0] == '#') continue;
    // name, AWS's size, hex
    size_t first = line.find(' '), second = line.find(' ', first + 1);
    auto encoded = base::HexDecode(line.substr(second + 1));
    ASSERT_TRUE(encoded) << line;
    base::Status status = ItemView::Check(*encoded);
    ASSERT_TRUE(status) << line << ": " << status.error().message;
    EXPECT_EQ(std::to_string(ItemView(*encoded).SizeBytes()),
              line.substr(first + 1, second - first - 1))
        << line;
    // The attribute of that name holds the value that its text says.
    EXPECT_TRUE(ItemView(*encoded).Find("pk")) << line;
    // Written again, the same bytes: names stand in order in these items.
    EXPECT_EQ(base::HexEncode(EncodeItem(ItemView(*encoded).ToTree())), line.substr(second + 1));
    ++count;
  }
  EXPECT_GE(count, 6);
}

}  // namespace
}  // namespace dray::item
