// SPDX-License-Identifier: Apache-2.0
// Indexes, item collections and expiry of tables; index_model_test.cc says the same of random ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "storage/table/index_entry.h"
#include "storage/table/key_encoding.h"
#include "storage/table/test_server.h"

namespace dray::table {
namespace {

using item::AttributeValue;
using item::Item;
using item::Number;
using item::Type;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using EngineKind = TestServer::EngineKind;

AttributeValue S(std::string text) { return {AttributeValue::Variant(std::move(text))}; }
AttributeValue N(int64_t value) { return {AttributeValue::Variant(Number::FromInt64(value))}; }

Item MakeItem(const std::string& sk, const std::map<std::string, AttributeValue>& more = {}) {
  Item item = {{"pk", S("p")}, {"sk", S(sk)}};
  for (auto& [name, value] : more) item[name] = value;
  return item;
}

IndexDescriptor Global(const std::string& name, const std::string& hash = "g") {
  IndexDescriptor index;
  index.name = name;
  index.key_schema.hash = {{hash, Type::kString}};
  return index;
}
IndexDescriptor Local(const std::string& name, const std::string& range = "l") {
  IndexDescriptor index;
  index.name = name;
  index.kind = IndexKind::kLocal;
  index.key_schema.hash = {{"pk", Type::kString}};
  index.key_schema.range = {{range, Type::kString}};
  return index;
}

class IndexTest : public ::testing::TestWithParam<EngineKind> {
 protected:
  TestServer server{GetParam()};
  Tables& tables() { return server.tables(); }
  TableRef MakeTable(std::vector<IndexDescriptor> indexes) {
    TableDescriptor spec = TestServer::Spec();
    spec.indexes = std::move(indexes);
    return server.MakeTable(std::move(spec));
  }
  bool has_global() const { return GetParam() != EngineKind::kMemoryWithGuards; }
  MutateResult Put(const TableRef& table, const Item& item) {
    auto done = server.PutItem(table, item);
    EXPECT_TRUE(done) << done.error().message;
    return done ? *done : MutateResult{};
  }
  void Finish() {
    for (;;) {
      auto is_more = tables().AdvanceIndexWork(1000);
      ASSERT_TRUE(is_more) << is_more.error().message;
      if (!*is_more) return;
    }
  }
  // The sort keys of the items that a query of an index gives.
  std::vector<std::string> Query(const TableRef& table, const std::string& index,
                                 const std::string& partition, const SortRange& sort = {}) {
    auto page = tables().Query(table, index, partition, sort, kv::Direction::kForward, {}, {});
    EXPECT_TRUE(page) << page.error().message;
    std::vector<std::string> keys;
    if (!page) return keys;
    for (const StoredItem& item : page->items) {
      keys.push_back(std::string(item::ItemView(item.encoded()).Find("sk").value().string()));
    }
    return keys;
  }
};

class GlobalIndexTest : public IndexTest {};

constexpr EngineKind kAll[] = {EngineKind::kMemory, EngineKind::kMemoryWithGuards,
                               EngineKind::kRocksDb};
constexpr EngineKind kWithGlobal[] = {EngineKind::kMemory, EngineKind::kRocksDb};
INSTANTIATE_TEST_SUITE_P(Engines, IndexTest, ::testing::ValuesIn(kAll));
INSTANTIATE_TEST_SUITE_P(Engines, GlobalIndexTest, ::testing::ValuesIn(kWithGlobal));

// ---- in the item's commit

TEST_P(IndexTest, LocalIndexFollowsItsItems) {
  TableRef table = MakeTable({Local("by-l")});
  Put(table, MakeItem("1", {{"l", S("b")}}));
  Put(table, MakeItem("2", {{"l", S("a")}}));
  Put(table, MakeItem("3"));
  EXPECT_THAT(Query(table, "by-l", "p"), ElementsAre("2", "1"));
  SortRange from_b;
  from_b.from = "b";
  EXPECT_THAT(Query(table, "by-l", "p", from_b), ElementsAre("1"));
  from_b.from_inclusive = false;
  EXPECT_THAT(Query(table, "by-l", "p", from_b), IsEmpty());
  Put(table, MakeItem("2", {{"l", S("c")}}));
  ASSERT_TRUE(server.DeleteItem(table, {"p", "1"}));
  EXPECT_THAT(Query(table, "by-l", "p"), ElementsAre("2"));
  EXPECT_EQ(tables().IndexMetrics(table, "by-l")->item_count, 1u);
  server.Restart();
  table = server.FindTable();
  EXPECT_THAT(Query(table, "by-l", "p"), ElementsAre("2"));
  EXPECT_EQ(tables().IndexMetrics(table, "by-l")->item_count, 1u);
}

TEST_P(GlobalIndexTest, AWriteTellsWhatItDidToEachIndex) {
  IndexDescriptor keys_only = Global("keys");
  keys_only.projection.type = Projection::Type::kKeysOnly;
  TableRef table = MakeTable({Global("all"), keys_only});
  MutateResult first = Put(table, MakeItem("1", {{"g", S("x")}, {"n", N(1)}}));
  ASSERT_EQ(first.index_writes.size(), 2u);
  EXPECT_EQ(first.index_writes[0].index, "all");
  EXPECT_EQ(first.index_writes[0].old_bytes, 0u);
  EXPECT_EQ(first.index_writes[0].new_bytes, 11u);
  EXPECT_EQ(first.index_writes[1].new_bytes, 8u);
  EXPECT_FALSE(first.collection_bytes);
  // Only what is projected counts.
  MutateResult second = Put(table, MakeItem("1", {{"g", S("x")}, {"n", N(222)}}));
  ASSERT_EQ(second.index_writes.size(), 1u);
  EXPECT_TRUE(second.index_writes[0].is_same_key);
  EXPECT_EQ(second.index_writes[0].old_bytes, 11u);
  EXPECT_EQ(second.index_writes[0].new_bytes, 12u);
  MutateResult third = Put(table, MakeItem("1", {{"g", S("y")}}));
  ASSERT_EQ(third.index_writes.size(), 2u);
  EXPECT_FALSE(third.index_writes[0].is_same_key);
  EXPECT_EQ(third.index_writes[0].old_bytes, 12u);
  EXPECT_EQ(third.index_writes[0].new_bytes, 8u);
  MutateResult fourth = *server.DeleteItem(table, {"p", "1"});
  ASSERT_EQ(fourth.index_writes.size(), 2u);
  EXPECT_EQ(fourth.index_writes[1].old_bytes, 8u);
  EXPECT_EQ(fourth.index_writes[1].new_bytes, 0u);
}

TEST_P(IndexTest, AWriteThatDoesNotFitAnIndexChangesNothing) {
  TableRef table = MakeTable({Local("by-l")});
  auto refused = server.PutItem(table, MakeItem("1", {{"l", N(1)}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::kInvalidArgument);
  EXPECT_EQ(tables().Metrics(table).item_count, 0u);
  Item large = MakeItem("1", {{"l", S("x")}, {"data", S(std::string(210'000, 'x'))}});
  auto too_large = server.PutItem(table, large);  // twice: as an item and as an entry
  ASSERT_FALSE(too_large);
  EXPECT_EQ(too_large.error().message, "Item size has exceeded the maximum allowed size");
}

TEST_P(IndexTest, EnginesWithoutCommitsOverPartitionsRefuseGlobalIndexes) {
  TableDescriptor spec = TestServer::Spec();
  spec.indexes = {Global("by-g")};
  EXPECT_EQ(tables().Create(spec, false).has_value(), has_global());
}

TEST_P(IndexTest, UnknownIndexesAreToldWithAwsText) {
  TableRef table = MakeTable({Local("by-l")});
  auto page = tables().Query(table, "none", "p", {}, kv::Direction::kForward, {}, {});
  ASSERT_FALSE(page);
  EXPECT_EQ(page.error().message, "The table does not have the specified index: none");
  EXPECT_FALSE(tables().IndexMetrics(table, "none"));
  EXPECT_FALSE(tables().DeleteIndex(table, "none"));
  EXPECT_FALSE(tables().DeleteIndex(table, "by-l"));
}

TEST_P(GlobalIndexTest, UpdateChangesOnlyWhatIsProvisioned) {
  TableRef table = MakeTable({Global("by-g")});
  const uint64_t number = tables().Describe(table).indexes[0].number;
  ASSERT_TRUE(tables().Update(table, [](TableDescriptor& descriptor) {
    descriptor.indexes[0].provisioned = {7, 8};
    descriptor.indexes[0].number = 99;
    descriptor.indexes[0].key_schema = {};
    descriptor.indexes.push_back(Global("other"));
    return base::Ok();
  }));
  const auto indexes = tables().Describe(table).indexes;
  ASSERT_EQ(indexes.size(), 1u);
  EXPECT_EQ(indexes[0].provisioned.write_units, 8);
  EXPECT_EQ(indexes[0].number, number);
  EXPECT_EQ(indexes[0].key_schema.hash.size(), 1u);
}

// ---- created and deleted later

TEST_P(GlobalIndexTest, IsBuiltFromTheItemsThatWereThere) {
  TableRef table = MakeTable({});
  for (int i = 0; i < 300; ++i) Put(table, MakeItem(std::to_string(i), {{"g", S("x")}}));
  Put(table, MakeItem("bad", {{"g", N(1)}}));  // left out, as on AWS
  int wakes = 0;
  tables().OnIndexWork([&] { ++wakes; });
  ASSERT_TRUE(tables().CreateIndex(table, Global("by-g")));
  EXPECT_EQ(wakes, 1);
  tables().OnIndexWork({});
  auto again = tables().CreateIndex(table, Global("by-g"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, reason::kIndexExists);
  EXPECT_TRUE(tables().Describe(table).indexes[0].is_backfilling);
  ASSERT_TRUE(*tables().AdvanceIndexWork(100));
  auto early = tables().Scan(table, "by-g", {}, {}, {});
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().message, "Cannot read from backfilling global secondary index: by-g");
  Finish();
  EXPECT_EQ(Query(table, "by-g", "x").size(), 300u);
  EXPECT_EQ(tables().IndexMetrics(table, "by-g")->item_count, 300u);
  EXPECT_FALSE(tables().Describe(table).indexes[0].is_backfilling);

  ASSERT_TRUE(tables().DeleteIndex(table, "by-g"));
  EXPECT_FALSE(tables().Scan(table, "by-g", {}, {}, {}));
  Finish();
  EXPECT_THAT(tables().Describe(table).indexes, IsEmpty());
  EXPECT_EQ(server.engine().CountKeys('i'), 301u);
}

TEST_P(GlobalIndexTest, BuildingUnderWritesGoesOnAfterRestarts) {
  constexpr int kItems = 600;
  TableRef table = MakeTable({});
  for (int i = 0; i < kItems; ++i) {
    Put(table, MakeItem(std::to_string(i), {{"g", S("x")}, {"n", N(0)}}));
  }
  ASSERT_TRUE(tables().CreateIndex(table, Global("by-g")));
  std::mt19937_64 random(11);
  bool is_more = true;
  for (int round = 0; is_more; ++round) {
    std::vector<std::thread> writers;
    for (int writer = 0; writer < 2; ++writer) {
      writers.emplace_back([&, writer, seed = random()] {
        std::mt19937_64 own(seed);
        for (int i = 0; i < 20; ++i) {
          const std::string sk = std::to_string(own() % (kItems / 2) * 2 + writer);
          if (own() % 3 == 0) {
            EXPECT_TRUE(server.DeleteItem(table, {"p", sk}));
          } else {
            Put(table, MakeItem(sk, {{"g", S(own() % 2 == 0 ? "x" : "y")}, {"n", N(round)}}));
          }
        }
      });
    }
    auto advanced = tables().AdvanceIndexWork(1 + random() % 100);
    for (std::thread& writer : writers) writer.join();
    ASSERT_TRUE(advanced);
    is_more = *advanced;
    if (random() % 3 == 0) {
      table.reset();
      server.Restart();
      table = server.FindTable();
    }
  }
  auto items = tables().Scan(table, {}, {}, {.bytes_max = SIZE_MAX});
  auto entries = tables().Scan(table, "by-g", {}, {}, {.bytes_max = SIZE_MAX});
  ASSERT_TRUE(items && entries) << entries.error().message;
  EXPECT_EQ(entries->items.size(), items->items.size());
  EXPECT_EQ(tables().IndexMetrics(table, "by-g")->item_count, items->items.size());
  EXPECT_EQ(tables().IndexMetrics(table, "by-g")->size_bytes, tables().Metrics(table).size_bytes);
}

TEST_P(IndexTest, ALoadBringsTheIndexesOfItsTable) {
  TableDescriptor spec = TestServer::Spec();
  spec.indexes = {Local("by-l")};
  if (has_global()) spec.indexes.push_back(Global("by-g"));
  TableRef table = *tables().Create(spec, /*load_later=*/true);
  size_t bytes = 0;
  // Twice: as after a kill between the end of the load and whatever its job notes of it.
  for (int round = 0; round < 2; ++round) {
    bytes = 0;
    auto loader = tables().StartBulkLoad(table, "load");
    ASSERT_TRUE(loader);
    auto add = [&](const Item& item, uint64_t sequence) {
      const std::string encoded = item::EncodeItem(item);
      const size_t size_bytes = item::ItemView(encoded).SizeBytes();
      EXPECT_TRUE((*loader)->Add({"p", std::get<std::string>(item.at("sk").get())}, encoded,
                                 size_bytes, sequence));
      return size_bytes;
    };
    for (int i = 0; i < 50; ++i) {
      // What is replaced leaves no entries.
      add(MakeItem(std::to_string(i), {{"g", S("old")}, {"l", S("old")}}), 1);
      bytes += add(MakeItem(std::to_string(i), {{"g", S("x")}, {"l", S("y")}}), 2);
    }
    ASSERT_TRUE((*loader)->Finish([](double) { return base::Ok(); }));
    loader->reset();
    EXPECT_EQ(tables().Describe(table).status, TableStatus::kCreating);
    for (const IndexDescriptor& index : tables().Describe(table).indexes) {
      EXPECT_EQ(index.status, IndexStatus::kActive) << index.name;
      EXPECT_EQ(tables().IndexMetrics(table, index.name)->item_count, 50u);
      EXPECT_EQ(tables().IndexMetrics(table, index.name)->size_bytes, bytes);
    }
    table.reset();
    server.Restart();
    table = *tables().Find(spec.account, spec.name);
  }
  ASSERT_TRUE(tables().Activate(table));
  EXPECT_FALSE(*tables().AdvanceIndexWork(100));
  EXPECT_EQ(Query(table, "by-l", "p").size(), 50u);
  for (const IndexDescriptor& index : tables().Describe(table).indexes) {
    EXPECT_EQ(tables().IndexMetrics(table, index.name)->item_count, 50u);
  }
  if (has_global()) {
    EXPECT_EQ(Query(table, "by-g", "x").size(), 50u);
    EXPECT_EQ(Query(table, "by-g", "old").size(), 0u);
  }
  // The collection's size is there, too.
  const size_t new_bytes = item::ItemView(item::EncodeItem(MakeItem("new"))).SizeBytes();
  EXPECT_EQ(Put(table, MakeItem("new")).collection_bytes, 2 * bytes + new_bytes);
  EXPECT_EQ(server.DeleteItem(table, {"p", "new"})->collection_bytes, 2 * bytes);
  const Item seventh = MakeItem("7", {{"g", S("x")}, {"l", S("y")}});
  const size_t seventh_bytes = item::ItemView(item::EncodeItem(seventh)).SizeBytes();
  EXPECT_EQ(server.DeleteItem(table, {"p", "7"})->collection_bytes, 2 * (bytes - seventh_bytes));
  EXPECT_EQ(Query(table, "by-l", "p").size(), 49u);
}

// ---- item collections

TEST(ItemCollection, MayNotGrowBeyondItsLimit) {
  for (EngineKind kind : kAll) {
    TestServer server(kind, {}, /*collection_bytes_max=*/100);
    TableDescriptor spec = TestServer::Spec();
    spec.indexes = {Local("by-l")};
    TableRef table = server.MakeTable(spec);
    auto put = server.PutItem(table, MakeItem("1", {{"l", S(std::string(30, 'x'))}}));
    ASSERT_TRUE(put);
    EXPECT_EQ(put->collection_bytes, 74u);  // twice 6 + 31
    auto refused = server.PutItem(table, MakeItem("2", {{"data", S(std::string(30, 'x'))}}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().reason, reason::kCollectionTooLarge);
    EXPECT_EQ(refused.error().message, "Collection size exceeded.");
    Item other = MakeItem("2", {{"data", S(std::string(30, 'x'))}});
    other["pk"] = S("q");
    EXPECT_TRUE(server.PutItem(table, other));
    EXPECT_EQ(server.PutItem(table, MakeItem("1"))->collection_bytes, 6u);
    EXPECT_EQ(server.DeleteItem(table, {"p", "1"})->collection_bytes, 0u);
    EXPECT_EQ(server.engine().CountKeys('s'), 1u);
  }
}

// ---- expiry

TEST_P(IndexTest, DueItemsAreDeletedByTheOrdinaryWritePath) {
  TableRef table = MakeTable({Local("by-l")});
  const int64_t now = server.clock().NowMicros() / 1000000;
  Put(table, MakeItem("old", {{"ttl", N(now - 10)}, {"l", S("x")}}));
  Put(table, MakeItem("ancient", {{"ttl", N(now - 6 * 365 * 86400)}}));
  Put(table, MakeItem("later", {{"ttl", N(now + 1000)}, {"l", S("x")}}));
  Put(table, MakeItem("text", {{"ttl", S("1")}}));
  ASSERT_TRUE(tables().EnableRecovery(table, 35));
  ASSERT_TRUE(tables().SetTimeToLive(table, {.is_enabled = true, .attribute = "ttl"}));
  Finish();
  EXPECT_FALSE(tables().Describe(table).time_to_live.is_backfilling);
  auto view = tables().OpenView(table, std::nullopt);
  ASSERT_TRUE(view);
  EXPECT_FALSE(*tables().ExpireItems(100));
  EXPECT_EQ(server.Get(table, {"p", "old"}), "(absent)");
  EXPECT_EQ(tables().Metrics(table).item_count, 3u);
  EXPECT_THAT(Query(table, "by-l", "p"), ElementsAre("later"));
  EXPECT_EQ(ReadView(**view).size(), 4u);  // it was recorded
  // One that is put with a time in the past is found by the next round.
  Put(table, MakeItem("past", {{"ttl", N(now - 500)}}));
  EXPECT_FALSE(*tables().ExpireItems(100));
  EXPECT_EQ(server.Get(table, {"p", "past"}), "(absent)");
  // A time that was moved is the one that counts.
  Put(table, MakeItem("later", {{"ttl", N(now + 5000)}}));
  server.MoveClock(2000 * base::kMicrosPerSecond);
  EXPECT_FALSE(*tables().ExpireItems(100));
  EXPECT_NE(server.Get(table, {"p", "later"}), "(absent)");
  ASSERT_TRUE(tables().SetTimeToLive(table, {}));
  server.MoveClock(9000 * base::kMicrosPerSecond);
  Finish();
  EXPECT_FALSE(*tables().ExpireItems(100));
  EXPECT_NE(server.Get(table, {"p", "later"}), "(absent)");
  EXPECT_EQ(server.engine().CountKeys('e'), 0u);
}

TEST_P(IndexTest, ManyDueItemsGoInSmallBatches) {
  constexpr int kItems = 50'000;
  TableRef table = MakeTable({});
  ASSERT_TRUE(tables().SetTimeToLive(table, {.is_enabled = true, .attribute = "ttl"}));
  const int64_t now = server.clock().NowMicros() / 1000000;
  std::vector<Tables::BatchEntry> batch;
  for (int i = 0; i < kItems; ++i) {
    Item item = MakeItem(std::to_string(i), {{"ttl", N(now - 1 - i % 7)}});
    item["pk"] = S("p" + std::to_string(i));
    const std::string encoded = item::EncodeItem(item);
    batch.push_back({{"p" + std::to_string(i), std::to_string(i)},
                     encoded,
                     item::ItemView(encoded).SizeBytes()});
    if (batch.size() < 500) continue;
    ASSERT_TRUE(tables().WriteBatch(table, batch));
    batch.clear();
  }
  Finish();
  std::atomic<size_t> largest = 0;
  server.engine().set_before_commit([&](const kv::Batch& commit) {
    size_t size = commit.deletes.size();
    for (size_t known = largest; known < size && !largest.compare_exchange_weak(known, size);) {
    }
    return base::Ok();
  });
  int rounds = 0;
  while (*tables().ExpireItems(4096)) ++rounds;
  server.engine().set_before_commit({});
  EXPECT_GE(rounds, kItems / 4096);
  EXPECT_LE(largest, 2 * 64u);  // an item and its time
  EXPECT_EQ(tables().Metrics(table).item_count, 0u);
  EXPECT_EQ(server.engine().CountKeys('e'), 0u);
}

}  // namespace
}  // namespace dray::table
