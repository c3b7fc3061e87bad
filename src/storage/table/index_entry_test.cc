// SPDX-License-Identifier: Apache-2.0
#include "storage/table/index_entry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "storage/table/expiry_time.h"
#include "storage/table/key_encoding.h"

namespace dray::table {
namespace {

using item::AttributeValue;
using item::Item;
using item::Number;
using item::Type;

const item::KeySchema kTableSchema = {{{"pk", Type::kString}}, {{"sk", Type::kString}}};

AttributeValue S(std::string text) { return {AttributeValue::Variant(std::move(text))}; }
AttributeValue N(std::string_view text) { return {AttributeValue::Variant(*Number::Parse(text))}; }

IndexDescriptor Index(std::vector<item::KeyElement> hash, std::vector<item::KeyElement> range,
                      Projection projection = {}) {
  IndexDescriptor index;
  index.name = "idx";
  index.key_schema = {std::move(hash), std::move(range)};
  index.projection = std::move(projection);
  return index;
}

base::Result<std::optional<IndexEntry>> Entry(const IndexDescriptor& index, const Item& item) {
  const std::string encoded = item::EncodeItem(item);
  return EntryOf(index, kTableSchema, item::ItemView(encoded));
}

std::string ErrorOf(const IndexDescriptor& index, const Item& item) {
  auto entry = Entry(index, item);
  return entry ? "no error" : entry.error().message;
}

TEST(IndexEntry, HoldsTheProjectedAttributesAndTheirSize) {
  const Item item = {{"pk", S("p")}, {"sk", S("s")}, {"a", S("v")}, {"b", N("1")}, {"c", S("cc")}};
  auto names_of = [&](Projection projection) {
    auto entry = Entry(Index({{"a", Type::kString}}, {}, std::move(projection)), item);
    EXPECT_TRUE(entry && *entry);
    const item::ItemView view((*entry)->encoded);
    EXPECT_EQ((*entry)->size_bytes, view.SizeBytes());
    std::string names;
    for (const auto& [name, value] : view.ToTree()) names += name + " ";
    return names;
  };
  EXPECT_EQ(names_of({}), "a b c pk sk ");
  EXPECT_EQ(names_of({Projection::Type::kKeysOnly, {}}), "a pk sk ");
  EXPECT_EQ(names_of({Projection::Type::kInclude, {"c", "none"}}), "a c pk sk ");
}

TEST(IndexEntry, IsMissingWhenAKeyAttributeIs) {
  const IndexDescriptor index = Index({{"a", Type::kString}}, {{"b", Type::kNumber}});
  auto entry = Entry(index, {{"pk", S("p")}, {"sk", S("s")}, {"a", S("v")}});
  ASSERT_TRUE(entry);
  EXPECT_FALSE(*entry);
}

TEST(IndexEntry, KeysThatDoNotFitAreErrorsWithAwsTexts) {
  const IndexDescriptor index = Index({{"a", Type::kString}}, {{"b", Type::kBinary}});
  const Item keys = {{"pk", S("p")}, {"sk", S("s")}};
  auto with = [&](const char* name, AttributeValue value) {
    Item item = keys;
    item[name] = std::move(value);
    return ErrorOf(index, item);
  };
  // Also when the item would have no entry, as the other key attribute is missing.
  EXPECT_EQ(with("a", N("1")),
            "One or more parameter values were invalid: Type mismatch for Index Key a Expected: S "
            "Actual: N IndexName: idx");
  EXPECT_EQ(with("a", AttributeValue()),
            "One or more parameter values were invalid: Type mismatch for Index Key a Expected: S "
            "Actual: NULL IndexName: idx");
  EXPECT_EQ(with("a", S("")),
            "One or more parameter values are not valid. A value specified for a secondary index "
            "key is not supported. The AttributeValue for a key attribute cannot contain an empty "
            "string value. IndexName: idx, IndexKey: a");
  EXPECT_EQ(with("b", {AttributeValue::Variant(AttributeValue::Binary{})}),
            "One or more parameter values are not valid. A value specified for a secondary index "
            "key is not supported. The AttributeValue for a key attribute cannot contain an empty "
            "binary value. IndexName: idx, IndexKey: b");
  EXPECT_EQ(with("a", S(std::string(2048, 'x'))), "no error");
  EXPECT_EQ(with("a", S(std::string(2049, 'x'))),
            "One or more parameter values were invalid: Size of hashkey has exceeded the maximum "
            "size limit of2048 bytes");
  EXPECT_EQ(with("b", {AttributeValue::Variant(AttributeValue::Binary{std::string(1025, 'x')})}),
            "One or more parameter values were invalid: Aggregated size of all range keys has "
            "exceeded the size limit of 1024 bytes");
}

TEST(IndexEntry, IndexesThatAreBeingDeletedAreNotChecked) {
  std::vector<IndexDescriptor> indexes = {Index({{"a", Type::kString}}, {})};
  const std::string encoded = item::EncodeItem({{"a", N("1")}});
  EXPECT_FALSE(CheckIndexKeys(indexes, item::ItemView(encoded)));
  indexes[0].status = IndexStatus::kDeleting;
  EXPECT_TRUE(CheckIndexKeys(indexes, item::ItemView(encoded)));
}

TEST(IndexEntry, KeyIsFoundAgainFromItsAttributes) {
  IndexDescriptor index =
      Index({{"a", Type::kString}}, {{"b", Type::kNumber}}, {Projection::Type::kKeysOnly, {}});
  for (IndexKind kind : {IndexKind::kGlobal, IndexKind::kLocal}) {
    index.kind = kind;
    auto entry = Entry(index, {{"pk", S("p")}, {"sk", S("s")}, {"a", S("v")}, {"b", N("7")}});
    ASSERT_TRUE(entry && *entry);
    auto key = EntryKeyOf(index, kTableSchema, item::ItemView((*entry)->encoded));
    ASSERT_TRUE(key);
    EXPECT_EQ(*key, (*entry)->key);
  }
  std::string names;
  for (const auto& element : KeyAttributesOf(index, kTableSchema)) names += element.name + " ";
  EXPECT_EQ(names, "pk sk a b ");
  const std::string partial = item::EncodeItem({{"pk", S("p")}, {"sk", S("s")}, {"a", S("v")}});
  EXPECT_FALSE(EntryKeyOf(index, kTableSchema, item::ItemView(partial)));
}

TEST(IndexEntry, OnePartitionPartStandsAsItIs) {
  EXPECT_EQ(IndexPartitionKey(std::vector<std::string>{std::string("a\0b", 3)}),
            std::string("a\0b", 3));
  EXPECT_EQ(IndexPartitionKey(std::vector<std::string>{"a", "b"}), std::string("a\0\1b\0\1", 6));
}

// docs/formats/keys.md
TEST(IndexEntry, KeyIsAsDocumented) {
  auto entry = Entry(Index({{"a", Type::kString}}, {{"b", Type::kString}}),
                     {{"pk", S("p")}, {"sk", S("s")}, {"a", S("user")}, {"b", S("r")}});
  ASSERT_TRUE(entry && *entry);
  EXPECT_EQ((*entry)->key.partition, "user");
  EXPECT_EQ((*entry)->key.sort, std::string("r\0\1p\0\1s", 7));
}

TEST(IndexEntry, JoinedPartsSortAsTuplesDo) {
  std::mt19937_64 random(7);
  auto part = [&] {
    std::string bytes(random() % 4, '\0');
    for (char& c : bytes)
      c = std::string_view(
          "\0\1\xff"
          "a",
          4)[random() % 4];
    return bytes;
  };
  for (int i = 0; i < 20000; ++i) {
    const size_t count = 1 + random() % 4;
    std::vector<std::string> a(count), b(count);
    for (size_t k = 0; k < count; ++k) {
      a[k] = part();
      b[k] = random() % 2 == 0 ? a[k] : part();
    }
    item::PrimaryKey left{"p", IndexSortPrefix(a) + part()};
    item::PrimaryKey right{"p", IndexSortPrefix(b) + part()};
    if (a != b) {
      ASSERT_EQ(KeyTail(left) < KeyTail(right), a < b);
    }
    // Leading values are a prefix of the whole key, and of no other one's.
    const size_t some = random() % (count + 1);
    std::string begin, joined = IndexSortPrefix(std::span(b).subspan(0, some));
    AppendPartitionKeyTail("p", begin);
    AppendEscapedSortKey(joined, begin);
    ASSERT_EQ(KeyTail(left).starts_with(begin),
              std::equal(a.begin(), a.begin() + static_cast<ptrdiff_t>(some), b.begin()));
  }
}

TEST(ExpiryTime, OnlyWholePositiveSecondsCount) {
  auto seconds_of = [](AttributeValue value) {
    const std::string encoded = item::EncodeItem({{"ttl", std::move(value)}});
    return ExpirySecondsOf(item::ItemView(encoded), "ttl").value_or(-1);
  };
  EXPECT_EQ(seconds_of(N("1700000000")), 1700000000);
  EXPECT_EQ(seconds_of(N("1.7e9")), 1700000000);
  EXPECT_EQ(seconds_of(N("9223372036854775807")), INT64_MAX);
  EXPECT_EQ(seconds_of(N("9223372036854775808")), -1);
  EXPECT_EQ(seconds_of(N("1e120")), -1);
  EXPECT_EQ(seconds_of(N("1700000000.5")), -1);
  EXPECT_EQ(seconds_of(N("0")), -1);
  EXPECT_EQ(seconds_of(N("-5")), -1);
  EXPECT_EQ(seconds_of(S("1700000000")), -1);
  EXPECT_FALSE(ExpirySecondsOf(item::ItemView(item::EncodeItem({})), "ttl"));
}

TEST(ExpiryTime, TimesLongAgoAreNotDue) {
  constexpr int64_t kNow = 1'800'000'000;
  EXPECT_TRUE(IsDue(kNow - 1, kNow));
  EXPECT_FALSE(IsDue(kNow, kNow));
  EXPECT_TRUE(IsDue(kNow - kExpiryYearsSeconds, kNow));
  EXPECT_FALSE(IsDue(kNow - kExpiryYearsSeconds - 1, kNow));
}

}  // namespace
}  // namespace dray::table
