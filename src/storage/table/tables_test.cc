// SPDX-License-Identifier: Apache-2.0
#include "storage/table/table.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <thread>

#include "base/no_wait.h"
#include "storage/table/test_server.h"

namespace dray::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr int64_t kMinute = 60 * base::kMicrosPerSecond;

class TablesTest : public ::testing::TestWithParam<TestServer::EngineKind> {
 protected:
  TestServer server{GetParam()};
  Tables& tables() { return server.tables(); }
  static SortRange Between(std::string from, bool from_inclusive, std::string to,
                           bool to_inclusive) {
    SortRange range;
    range.from = std::move(from);
    range.from_inclusive = from_inclusive;
    range.to = std::move(to);
    range.to_inclusive = to_inclusive;
    return range;
  }
  static SortRange BeginsWith(std::string prefix) {
    SortRange range;
    range.prefix = std::move(prefix);
    return range;
  }
  std::vector<std::string> Encoded(const ItemPage& page) {
    std::vector<std::string> all;
    for (const StoredItem& item : page.items) all.emplace_back(item.encoded());
    return all;
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, TablesTest,
                         ::testing::Values(TestServer::EngineKind::kMemory,
                                           TestServer::EngineKind::kMemoryWithGuards,
                                           TestServer::EngineKind::kRocksDb));

// ---- catalog

TEST_P(TablesTest, FindsCreatesListsAndRefusesTakenNames) {
  TableRef table = server.MakeTable("b");
  server.MakeTable("a");
  server.MakeTable("c");
  TableDescriptor spec = tables().Describe(table);
  EXPECT_EQ(spec.status, TableStatus::kActive);
  EXPECT_EQ(spec.table_id.size(), 36u);
  auto again = tables().Create(spec, false);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().reason, reason::kTableExists);
  EXPECT_THAT(*tables().List("111122223333", "", 2), ElementsAre("a", "b"));
  EXPECT_THAT(*tables().List("111122223333", "b", 2), ElementsAre("c"));
  EXPECT_THAT(*tables().List("444455556666", "", 2), IsEmpty());
  auto unknown = tables().Find("444455556666", "a");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().reason, reason::kTableNotFound);
}

TEST_P(TablesTest, NumbersAreNeverUsedAgainAlsoAfterRestart) {
  uint64_t first = tables().Describe(server.MakeTable("a")).number;
  ASSERT_TRUE(tables().Delete(server.FindTable("a")));
  tables().PinsLoaded();
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_FALSE(tables().FindByNumber(first));
  server.Restart();
  EXPECT_FALSE(tables().Find("111122223333", "a"));
  EXPECT_GT(tables().Describe(server.MakeTable("a")).number, first);
}

TEST_P(TablesTest, DescriptorSurvivesRestartAndIsVersionedByTime) {
  TableRef table = server.MakeTable();
  auto before = server.clock().Issue();
  ASSERT_TRUE(tables().Update(table, [](TableDescriptor& descriptor) {
    descriptor.tags = {{"team", "red"}};
    descriptor.table_class = "STANDARD_INFREQUENT_ACCESS";
    descriptor.name = "not yours to change";
    return base::Ok();
  }));
  auto after = server.clock().Issue();
  table.reset();
  server.Restart();
  table = server.FindTable();
  TableDescriptor now = tables().Describe(table);
  EXPECT_EQ(now.name, "table");
  EXPECT_EQ(now.table_class, "STANDARD_INFREQUENT_ACCESS");
  EXPECT_EQ(now.tags.size(), 1u);
  EXPECT_EQ(now.key_schema.range.front().name, "sk");
  EXPECT_THAT(tables().DescriptorAt(table, *before)->tags, IsEmpty());
  EXPECT_EQ(tables().DescriptorAt(table, *after)->tags.size(), 1u);
  auto too_early = tables().DescriptorAt(table, now.created_at_micros);
  ASSERT_FALSE(too_early);
  EXPECT_EQ(too_early.error().reason, reason::kOutsideWindow);
  EXPECT_FALSE(tables().DescriptorAt(table, server.clock().NowMicros() + kMinute));
}

TEST_P(TablesTest, ResourcePolicyIsOfNowAndGoesWithTheTable) {
  TableRef table = server.MakeTable();
  auto put = [&](std::string json, int64_t revision) {
    return tables().Update(table, [&](TableDescriptor& descriptor) {
      descriptor.resource_policy =
          std::make_shared<const ResourcePolicy>(ResourcePolicy{json, revision});
      return base::Ok();
    });
  };
  ASSERT_TRUE(put("{}", 1));
  ASSERT_TRUE(put(R"({"x":1})", 2));
  auto after = server.clock().Issue();
  table.reset();
  server.Restart();
  table = server.FindTable();
  ASSERT_NE(tables().Describe(table).resource_policy, nullptr);
  EXPECT_EQ(tables().Describe(table).resource_policy->json, R"({"x":1})");
  EXPECT_EQ(tables().DescriptorOf(table)->resource_policy->revision, 2);
  EXPECT_EQ(tables().DescriptorAt(table, *after)->resource_policy, nullptr);
  ASSERT_TRUE(tables().Delete(table));
  EXPECT_EQ(tables().Describe(table).resource_policy, nullptr);
  table = server.MakeTable();
  EXPECT_EQ(tables().Describe(table).resource_policy, nullptr);
  // Created with one.
  TableDescriptor spec = tables().Describe(table);
  spec.name = "other";
  spec.resource_policy = std::make_shared<const ResourcePolicy>(ResourcePolicy{"{}", 3});
  ASSERT_TRUE(tables().Create(spec, false));
  server.Restart();
  EXPECT_EQ(tables().Describe(server.FindTable("other")).resource_policy->revision, 3);
}

TEST_P(TablesTest, FailedUpdateChangesNothing) {
  TableRef table = server.MakeTable();
  auto failed = tables().Update(table, [](TableDescriptor& descriptor) -> base::Status {
    descriptor.table_class = "x";
    return base::Error{base::ErrorKind::kInvalidArgument, "no", {}};
  });
  EXPECT_FALSE(failed);
  EXPECT_EQ(tables().Describe(table).table_class, "");
}

TEST_P(TablesTest, CreatingTableCanBeNeitherReadNorWrittenUntilActivated) {
  TableDescriptor spec = tables().Describe(server.MakeTable("like"));
  spec.name = "later";
  TableRef table = *tables().Create(spec, /*load_later=*/true);
  EXPECT_EQ(tables().Describe(table).status, TableStatus::kCreating);
  auto item = tables().Get(table, {"p", "s"});
  ASSERT_FALSE(item);
  EXPECT_EQ(item.error().reason, reason::kTableInUse);
  EXPECT_FALSE(tables().EnableRecovery(table, 35));
  table.reset();
  server.Restart();
  table = server.FindTable("later");
  EXPECT_EQ(tables().Describe(table).status, TableStatus::kCreating);
  ASSERT_TRUE(tables().Activate(table));
  server.Put(table, {"p", "s"}, "item");
  EXPECT_EQ(server.Get(table, {"p", "s"}), "item");
}

TEST_P(TablesTest, DeletedTableIsGoneForItsHoldersAndItsNameIsFree) {
  TableRef table = server.MakeTable();
  server.Put(table, {"p", "s"}, "old");
  ASSERT_TRUE(tables().Delete(table));
  EXPECT_EQ(tables().Get(table, {"p", "s"}).error().reason, reason::kTableNotFound);
  EXPECT_EQ(tables().Delete(table).error().reason, reason::kTableNotFound);
  TableRef next = server.MakeTable();
  EXPECT_EQ(server.Get(next, {"p", "s"}), "(absent)");
  tables().PinsLoaded();
  ASSERT_TRUE(tables().CollectGarbage());
  kv::Page page;
  ASSERT_TRUE(server.engine().ReadRange(0, "i", "j", kv::Direction::kForward, {}, page));
  EXPECT_EQ(page.size(), 0u);
}

// ---- items

TEST_P(TablesTest, MutationSeesTheOldItemAndDecides) {
  TableRef table = server.MakeTable();
  server.Put(table, {"p", "s"}, "one");
  auto done = tables().Mutate(table, {"p", "s"}, [](const StoredItem* old) {
    EXPECT_EQ(old->encoded(), "one");
    EXPECT_EQ(old->size_bytes(), 3u);
    return base::Result<Decision>(Decision{Decision::Kind::kConditionFailed, {}, 0});
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(done->done, Decision::Kind::kConditionFailed);
  EXPECT_EQ(done->old_item->encoded(), "one");
  EXPECT_EQ(done->write_time_micros, 0);
  EXPECT_EQ(server.Get(table, {"p", "s"}), "one");
  auto failed = tables().Mutate(table, {"p", "s"}, [](const StoredItem*) {
    return base::Result<Decision>(base::Error{base::ErrorKind::kInvalidArgument, "no", {}});
  });
  EXPECT_FALSE(failed);
  EXPECT_EQ(server.Get(table, {"p", "s"}), "one");
  EXPECT_GT(server.Delete(table, {"p", "s"}), 0);
  EXPECT_EQ(server.Delete(table, {"p", "s"}), 0);  // nothing there: no write
}

TEST_P(TablesTest, MutationThatMayNotWaitRefusesAnItemThatIsBeingWritten) {
  TableRef table = server.MakeTable();
  server.Put(table, {"p", "s"}, "one");
  bool is_refused = false;
  auto write = [](std::string_view text) {
    return [text](const StoredItem*) {
      return base::Result<Decision>(Decision{Decision::Kind::kPut, std::string(text), text.size()});
    };
  };
  auto done = tables().Mutate(table, {"p", "s"}, [&](const StoredItem* old) {
    std::thread([&] {
      base::NoWait no_wait;
      EXPECT_FALSE(tables().Mutate(table, {"p", "s"}, write("other")));
      is_refused = base::NoWait::has_refused();
    }).join();
    return write("two")(old);
  });
  EXPECT_TRUE(done);
  EXPECT_TRUE(is_refused);
  EXPECT_EQ(server.Get(table, {"p", "s"}), "two");
}

TEST_P(TablesTest, MetricsAreExactAlsoAfterRestart) {
  TableRef table = server.MakeTable();
  for (int i = 0; i < 100; ++i) server.Put(table, {std::to_string(i), "s"}, "12345");
  server.Put(table, {"7", "s"}, "123");
  server.Delete(table, {"8", "s"});
  std::vector<Tables::BatchEntry> batch;
  for (int i = 90; i < 110; ++i) batch.push_back({{std::to_string(i), "s"}, "1234567", 7});
  batch.push_back({{"9", "s"}, std::nullopt, 0});
  batch.push_back({{"absent", "s"}, std::nullopt, 0});
  ASSERT_TRUE(tables().WriteBatch(table, batch));
  EXPECT_EQ(tables().Metrics(table).item_count, 108u);
  EXPECT_EQ(tables().Metrics(table).size_bytes, 87u * 5 + 3 + 20 * 7);
  table.reset();
  server.Restart();
  EXPECT_EQ(tables().Metrics(server.FindTable()).item_count, 108u);
  EXPECT_EQ(tables().Metrics(server.FindTable()).size_bytes, 87u * 5 + 3 + 20 * 7);
}

TEST_P(TablesTest, BatchRefusesDuplicateKeys) {
  TableRef table = server.MakeTable();
  auto done = tables().WriteBatch(table, {{{"p", "s"}, "1", 1}, {{"p", "s"}, "2", 1}});
  EXPECT_FALSE(done);
  EXPECT_EQ(server.Get(table, {"p", "s"}), "(absent)");
}

TEST_P(TablesTest, QueryReadsSortRangesInBothDirections) {
  TableRef table = server.MakeTable();
  const std::string zero(1, '\0');
  for (const std::string& sort : {std::string("a"), "a" + zero, "a" + zero + "b", std::string("ab"),
                                  std::string("b"), std::string("c"), std::string("\xff")}) {
    server.Put(table, {"p", sort}, "p/" + sort);
    server.Put(table, {"q", sort}, "q/" + sort);
  }
  auto query = [&](const SortRange& range, kv::Direction direction = kv::Direction::kForward,
                   const std::optional<item::PrimaryKey>& start = {}, PageLimits limits = {}) {
    auto page = tables().Query(table, "p", range, direction, start, limits);
    EXPECT_TRUE(page);
    return Encoded(*page);
  };
  const auto kReverse = kv::Direction::kReverse;
  const auto kForward = kv::Direction::kForward;
  EXPECT_THAT(query({}),
              ElementsAre("p/a", "p/a" + zero, "p/a" + zero + "b", "p/ab", "p/b", "p/c", "p/\xff"));
  EXPECT_THAT(query({}, kReverse),
              ElementsAre("p/\xff", "p/c", "p/b", "p/ab", "p/a" + zero + "b", "p/a" + zero, "p/a"));
  EXPECT_THAT(query(Between("a", false, "b", true)),
              ElementsAre("p/a" + zero, "p/a" + zero + "b", "p/ab", "p/b"));
  EXPECT_THAT(query(Between("b", true, "c", false)), ElementsAre("p/b"));
  EXPECT_THAT(query(Between("a", true, "a", true)), ElementsAre("p/a"));
  EXPECT_THAT(query(Between("c", true, "a", true)), IsEmpty());
  EXPECT_THAT(query(BeginsWith("a" + zero)), ElementsAre("p/a" + zero, "p/a" + zero + "b"));
  EXPECT_THAT(query(BeginsWith("\xff")), ElementsAre("p/\xff"));
  EXPECT_THAT(query({}, kForward, item::PrimaryKey{"p", "b"}), ElementsAre("p/c", "p/\xff"));
  EXPECT_THAT(query({}, kReverse, item::PrimaryKey{"p", "ab"}),
              ElementsAre("p/a" + zero + "b", "p/a" + zero, "p/a"));
  EXPECT_THAT(query({}, kReverse, {}, {.items_max = 2}), ElementsAre("p/\xff", "p/c"));
}

TEST_P(TablesTest, PageHoldsTheItemThatCrossesTheLimit) {
  TableRef table = server.MakeTable();
  for (int i = 0; i < 10; ++i) server.Put(table, {"p", std::to_string(i)}, std::string(100, 'x'));
  PageLimits limits;
  limits.bytes_max = 250;
  auto page = tables().Query(table, "p", {}, kv::Direction::kForward, {}, limits);
  EXPECT_EQ(page->items.size(), 3u);
  EXPECT_FALSE(page->is_last);
  // A limit that ends with the last item has been reached nevertheless, as on AWS.
  page = tables().Query(table, "p", {}, kv::Direction::kForward, {}, {.items_max = 10});
  EXPECT_EQ(page->items.size(), 10u);
  EXPECT_FALSE(page->is_last);
  page = tables().Query(table, "p", {}, kv::Direction::kForward, {}, {.items_max = 11});
  EXPECT_TRUE(page->is_last);
}

TEST_P(TablesTest, SegmentsOfAScanAreDisjointAndComplete) {
  TableRef table = server.MakeTable();
  std::vector<std::string> all;
  for (int i = 0; i < 300; ++i) {
    all.push_back("item" + std::to_string(i));
    server.Put(table, {std::to_string(i), "s"}, all.back());
  }
  std::vector<std::string> found;
  for (uint64_t segment = 0; segment < 3; ++segment) {
    const uint64_t step = UINT64_MAX / 3;
    HashRange range{segment * step, segment == 2 ? UINT64_MAX : (segment + 1) * step - 1};
    std::optional<item::PrimaryKey> start;
    for (;;) {
      auto page = tables().Scan(table, range, start, {.items_max = 7});
      ASSERT_TRUE(page);
      for (const std::string& item : Encoded(*page)) {
        start = item::PrimaryKey{item.substr(4), "s"};
        EXPECT_GE(HashOfPartitionKey(start->partition), range.first);
        EXPECT_LE(HashOfPartitionKey(start->partition), range.last);
        found.push_back(item);
      }
      if (page->is_last) break;
    }
  }
  std::sort(all.begin(), all.end());
  std::sort(found.begin(), found.end());
  EXPECT_EQ(found, all);
}

TEST_P(TablesTest, KeyOfGivesThePrimaryKeyOfAStoredItem) {
  TableRef table = server.MakeTable();
  item::Item tree;
  tree["pk"] = item::AttributeValue(std::string("p"));
  tree["sk"] = item::AttributeValue(std::string("s"));
  tree["x"] = item::AttributeValue(true);
  server.Put(table, {"p", "s"}, item::EncodeItem(tree));
  auto item = tables().Get(table, {"p", "s"});
  ASSERT_TRUE(item && *item);
  EXPECT_EQ(*tables().KeyOf(table, **item), (item::PrimaryKey{"p", "s"}));
}

// ---- recovery and views

TEST_P(TablesTest, ViewShowsTheItemsAsOfItsTime) {
  TableRef table = server.MakeTable();
  server.Put(table, {"kept", "s"}, "kept");
  server.Put(table, {"changed", "s"}, "before");
  server.Put(table, {"deleted", "s"}, "deleted later");
  ASSERT_TRUE(tables().EnableRecovery(table, 35));
  auto view = tables().OpenView(table, std::nullopt);
  ASSERT_TRUE(view);
  server.Put(table, {"changed", "s"}, "after");
  server.Put(table, {"changed", "s"}, "after all");
  server.Delete(table, {"deleted", "s"});
  server.Put(table, {"new", "s"}, "new");
  EXPECT_THAT(ReadView(**view), UnorderedElementsAre("kept", "before", "deleted later"));
  auto now = tables().OpenView(table, std::nullopt);
  EXPECT_THAT(ReadView(**now), UnorderedElementsAre("kept", "after all", "new"));
}

TEST_P(TablesTest, ViewsNeedRecoveryAndAPastTimeInsideTheWindow) {
  TableRef table = server.MakeTable();
  EXPECT_EQ(tables().OpenView(table, std::nullopt).error().reason, reason::kRecoveryOff);
  EXPECT_EQ(tables().RestorableWindow(table).error().reason, reason::kRecoveryOff);
  ASSERT_TRUE(tables().EnableRecovery(table, 35));
  auto window = tables().RestorableWindow(table);
  EXPECT_EQ(window->earliest_micros, window->latest_micros);
  EXPECT_EQ(tables().OpenView(table, window->earliest_micros - 1).error().reason,
            reason::kOutsideWindow);
  EXPECT_TRUE(tables().OpenView(table, window->earliest_micros));
  EXPECT_EQ(tables().OpenView(table, server.clock().NowMicros() + kMinute).error().reason,
            reason::kOutsideWindow);
  EXPECT_TRUE(tables().OpenView(table, server.clock().NowMicros()));
}

TEST_P(TablesTest, WindowFollowsThePeriod) {
  TableRef table = server.MakeTable();
  ASSERT_TRUE(tables().EnableRecovery(table, 10));
  const int64_t enabled = tables().RestorableWindow(table)->earliest_micros;
  server.MoveClock(4 * base::kMicrosPerDay);
  EXPECT_EQ(tables().RestorableWindow(table)->earliest_micros, enabled);
  EXPECT_NEAR(static_cast<double>(tables().RestorableWindow(table)->latest_micros),
              static_cast<double>(server.clock().NowMicros() - 5 * kMinute), 1e6 * 30);
  // A shorter period gives the older part up at once, a longer one does not bring it back.
  ASSERT_TRUE(tables().EnableRecovery(table, 2));
  const int64_t shorter = tables().RestorableWindow(table)->earliest_micros;
  EXPECT_GE(shorter, enabled + 2 * base::kMicrosPerDay - kMinute);
  ASSERT_TRUE(tables().EnableRecovery(table, 35));
  EXPECT_GE(tables().RestorableWindow(table)->earliest_micros, shorter);
  // Turning off and on starts anew.
  ASSERT_TRUE(tables().DisableRecovery(table));
  ASSERT_TRUE(tables().EnableRecovery(table, 35));
  EXPECT_GT(tables().RestorableWindow(table)->earliest_micros, enabled + 4 * base::kMicrosPerDay);
}

}  // namespace
}  // namespace dray::table
