// SPDX-License-Identifier: Apache-2.0
#include "storage/table/key_encoding.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/text_encoding.h"
#include "storage/table/catalog_record.h"
#include "storage/table/counters.h"
#include "storage/table/record.h"
#include "storage/table/table.h"

namespace dray::table {
namespace {

using base::HexEncode;

// The vectors of docs/formats/keys.md. These bytes are on people's disks.
TEST(KeyEncoding, HashOfPartitionKeyIsFixed) {
  EXPECT_EQ(HashOfPartitionKey(""), 0xefd01f60ba992926u);
  EXPECT_EQ(HashOfPartitionKey("a"), 0x82a2a958a9bece5bu);
  EXPECT_EQ(HashOfPartitionKey("foobar"), 0x2c22194922d1672bu);
  EXPECT_EQ(HashOfPartitionKey(std::string(2048, 0)), 0xfe5b50f7cfc22850u);
}

TEST(KeyEncoding, BytesOfKeysAreFixed) {
  const item::PrimaryKey key{"user", std::string("a\0b", 3)};
  EXPECT_EQ(HexEncode(ItemKey(7, key)),
            "69000000000000000737543de63aa9bac70004757365726100ff620001");
  EXPECT_EQ(HexEncode(ChangeKey(7, 0x0102030405060708, KeyTail(key))),
            "63000000000000000703010203040506070837543de63aa9bac70004757365726100ff620001");
  EXPECT_EQ(
      HexEncode(ChangeIndexKey(7, 0x01, KeyTail(key), 0x0102030405060708)),
      "780000000000000007000000000000000137543de63aa9bac70004757365726100ff6200010102030405060708");
  EXPECT_EQ(HexEncode(Counters::RecordKey(7, 0x0102)), "6d00000000000000070102");
  EXPECT_EQ(HexEncode(VersionKey(7, 9)), "747600000000000000070000000000000009");
  EXPECT_EQ(HexEncode(NameKey("1", "t")), "746e310074");
}

TEST(KeyEncoding, TailsSortAsHashPartitionKeySortKeyAndNoneIsAPrefix) {
  std::mt19937_64 random(1);
  std::vector<item::PrimaryKey> keys;
  for (int i = 0; i < 2000; ++i) {
    item::PrimaryKey key;
    key.partition = std::string(1, static_cast<char>('a' + random() % 2));
    for (size_t j = random() % 5; j > 0; --j) {
      key.sort.push_back(std::string("\x00\x01\x02\xfe\xff", 5)[random() % 5]);
    }
    keys.push_back(std::move(key));
  }
  auto by_tail = [](const auto& a, const auto& b) { return KeyTail(a) < KeyTail(b); };
  std::sort(keys.begin(), keys.end(), by_tail);
  for (size_t i = 1; i < keys.size(); ++i) {
    const auto &a = keys[i - 1], &b = keys[i];
    if (a == b) continue;
    EXPECT_FALSE(KeyTail(b).starts_with(KeyTail(a)));
    const auto hash_a = HashOfPartitionKey(a.partition), hash_b = HashOfPartitionKey(b.partition);
    EXPECT_TRUE(hash_a < hash_b || (hash_a == hash_b && a.sort < b.sort));
  }
}

TEST(KeyEncoding, TailIsReadBack) {
  for (const std::string& sort : {std::string(), std::string("s"), std::string(3, '\0'),
                                  std::string("\x00\xff\x00\x01", 4)}) {
    const item::PrimaryKey key{"partition", sort};
    auto back = PrimaryKeyOfTail(KeyTail(key));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, key);
  }
}

TEST(KeyEncoding, DamagedTailsAreRefused) {
  const std::string tail = KeyTail({"partition", "sort"});
  for (size_t cut = 0; cut < tail.size(); ++cut) EXPECT_FALSE(IsValidTail(tail.substr(0, cut)));
  std::string other_hash = tail;
  other_hash[0] = static_cast<char>(other_hash[0] + 1);
  EXPECT_FALSE(IsValidTail(other_hash));
  EXPECT_FALSE(IsValidTail(tail + std::string("\x00\x01", 2)));
}

TEST(KeyEncoding, HashSpreadsShortKeysOverPartitionsAndStripes) {
  std::vector<int> counts(kStripes);
  for (int i = 0; i < 16000; ++i) {
    ++counts[StripeOfHash(HashOfPartitionKey("user-" + std::to_string(i)))];
  }
  for (int count : counts) EXPECT_NEAR(count, 1000, 200);
}

TEST(Record, BytesAreFixed) {
  EXPECT_EQ(HexEncode(MakeItemRecord(0x0102030405060708, 300, "item")),
            "010102030405060708ac026974656d");
  EXPECT_EQ(HexEncode(MakeChangeRecord("image")), "0101696d616765");
  EXPECT_EQ(HexEncode(MakeChangeRecord(std::nullopt)), "0100");
  EXPECT_EQ(HexEncode(Counters::Encode({-1, 300})), "0101d804");
}

TEST(Record, IsReadBack) {
  const std::string record = MakeItemRecord(5, 123456, "encoded");
  auto parsed = ParseItemRecord(record);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->write_time_micros, 5);
  EXPECT_EQ(parsed->size_bytes, 123456u);
  EXPECT_EQ(parsed->encoded, "encoded");
  const std::string change = MakeChangeRecord(record);
  EXPECT_EQ(**ParseChangeRecord(change), record);
  EXPECT_FALSE(ParseChangeRecord(MakeChangeRecord(std::nullopt))->has_value());
}

TEST(Record, DamagedOrNewerIsRefused) {
  EXPECT_FALSE(ParseItemRecord(""));
  EXPECT_FALSE(ParseItemRecord(std::string("\x02") + std::string(20, 'x')));
  EXPECT_FALSE(ParseItemRecord(MakeItemRecord(5, 300, "").substr(0, 10)));
  EXPECT_FALSE(ParseChangeRecord("\x01"));
  EXPECT_FALSE(ParseChangeRecord(std::string("\x01\x00x", 3)));
  EXPECT_FALSE(ParseChangeRecord(std::string("\x01\x01", 2)));
  EXPECT_FALSE(ParseChangeRecord(std::string("\x02\x00", 2)));
  EXPECT_FALSE(Counters::Decode(""));
  EXPECT_FALSE(Counters::Decode(std::string("\x01\x01", 2)));
}

TEST(CatalogRecord, IsReadBackAndRefusedWhenCut) {
  TableRecord record;
  TableDescriptor& descriptor = record.descriptor;
  descriptor.account = "111122223333";
  descriptor.name = "table";
  descriptor.number = 7;
  descriptor.table_id = "id";
  descriptor.status = TableStatus::kActive;
  descriptor.created_at_micros = 8;
  descriptor.key_schema.hash = {{"pk", item::Type::kString}};
  descriptor.key_schema.range = {{"sk", item::Type::kNumber}};
  descriptor.attribute_definitions = {{"sk", item::Type::kNumber}, {"pk", item::Type::kString}};
  descriptor.billing_mode = BillingMode::kPayPerRequest;
  descriptor.provisioned = {3, 4};
  descriptor.recovery = {true, 12, 99};
  descriptor.is_deletion_protected = true;
  descriptor.table_class = "STANDARD";
  descriptor.tags = {{"k", "v"}};
  descriptor.pass_through_json = "{}";
  IndexDescriptor index;
  index.name = "by-a";
  index.kind = IndexKind::kGlobal;
  index.number = 8;
  index.key_schema = {{{"a", item::Type::kString}, {"b", item::Type::kNumber}}, {}};
  index.projection = {Projection::Type::kInclude, {"x", "y"}};
  index.status = IndexStatus::kCreating;
  index.is_backfilling = true;
  index.provisioned = {5, 6};
  descriptor.indexes = {index};
  descriptor.time_to_live.is_enabled = true;
  descriptor.time_to_live.attribute = "ttl";
  descriptor.time_to_live.number = 10;
  record.dropped_numbers = {9, 300};
  record.partitions = {{7 << 16, {0, UINT64_MAX}}};
  record.log_state = LogState::kRecording;
  record.log_since_micros = INT64_MAX;
  const std::string bytes = EncodeTableRecord(record);
  auto back = DecodeTableRecord(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(EncodeTableRecord(*back), bytes);
  EXPECT_EQ(back->descriptor.recovery.enabled_at_micros, 99);
  EXPECT_EQ(back->descriptor.attribute_definitions, descriptor.attribute_definitions);
  ASSERT_EQ(back->descriptor.indexes.size(), 1u);
  EXPECT_EQ(back->descriptor.indexes[0].key_schema, index.key_schema);
  EXPECT_EQ(back->descriptor.indexes[0].projection, index.projection);
  EXPECT_EQ(back->descriptor.time_to_live.number, 10u);
  EXPECT_EQ(back->dropped_numbers, record.dropped_numbers);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(DecodeTableRecord(bytes.substr(0, cut)));
  }
}

TEST(CatalogRecord, WithAPolicyHasAVersionOfItsOwn) {
  TableRecord record;
  record.descriptor.name = "table";
  record.partitions = {{7 << 16, {0, UINT64_MAX}}};
  const std::string without = EncodeTableRecord(record);
  EXPECT_EQ(without[0], 2);
  record.descriptor.resource_policy =
      std::make_shared<const ResourcePolicy>(ResourcePolicy{R"({"a":1})", 1791506149206});
  const std::string bytes = EncodeTableRecord(record);
  // Its place and form: docs/formats/records.md.
  const std::string tail("\xac\xbd\xb3\xe1\xa3\x68\x07{\"a\":1}", 14);
  EXPECT_EQ(bytes, "\x03" + without.substr(1) + tail);
  auto back = DecodeTableRecord(bytes);
  ASSERT_TRUE(back);
  ASSERT_NE(back->descriptor.resource_policy, nullptr);
  EXPECT_EQ(back->descriptor.resource_policy->json, R"({"a":1})");
  EXPECT_EQ(back->descriptor.resource_policy->revision, 1791506149206);
  EXPECT_EQ(EncodeTableRecord(*back), bytes);
  for (size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_FALSE(DecodeTableRecord(bytes.substr(0, cut)));
  }
  EXPECT_FALSE(DecodeTableRecord("\x03" + without.substr(1) + std::string("\x00\x01x", 3)));
  EXPECT_FALSE(DecodeTableRecord("\x03" + without.substr(1) + std::string("\x02\x00", 2)));
}

TEST(ExpiryKey, SortsByTimeAndTellsTheItem) {
  const std::string tail = KeyTail({"p", "s"});
  const unsigned stripe = StripeOfHash(HashOfTail(tail));
  const std::string key = ExpiryKey(7, 1000, tail);
  EXPECT_LT(ExpiryStripeBound(7, stripe, 1000), key);
  EXPECT_GT(ExpiryStripeBound(7, stripe, 1001), key);
  EXPECT_EQ(*TailOfExpiryKey(key), tail);
  EXPECT_FALSE(TailOfExpiryKey(key.substr(0, 20)));
}

TEST(CollectionRecord, IsReadBackAndRefusedWhenDamaged) {
  EXPECT_EQ(*ParseCollectionRecord(MakeCollectionRecord(10'000'000'000)), 10'000'000'000);
  EXPECT_FALSE(ParseCollectionRecord(""));
  EXPECT_FALSE(ParseCollectionRecord(std::string("\x01\x80", 2)));
  EXPECT_FALSE(ParseCollectionRecord(std::string("\x02\x01", 2)));
  EXPECT_EQ(CollectionKey(7, KeyTail({"p", "a"})), CollectionKey(7, KeyTail({"p", "b"})));
}

TEST(CatalogRecord, VersionOneIsStillRead) {
  TableDescriptor descriptor;
  descriptor.account = "111122223333";
  descriptor.name = "table";
  descriptor.number = 7;
  descriptor.pass_through_json = "{}";
  // It ended before the indexes; what stands behind is five bytes when there is nothing to tell.
  std::string bytes = EncodeDescriptor(descriptor);
  bytes.resize(bytes.size() - 5);
  bytes[0] = 1;
  auto back = DecodeDescriptor(bytes);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->pass_through_json, "{}");
  EXPECT_TRUE(back->indexes.empty());
  EXPECT_FALSE(back->time_to_live.is_enabled);
}

}  // namespace
}  // namespace dray::table
