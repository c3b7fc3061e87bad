// SPDX-License-Identifier: Apache-2.0
// Each rule of docs/decisions/0003 by itself; model_test.cc has them all at once.
#include "storage/table/history.h"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "storage/table/key_encoding.h"
#include "storage/table/test_server.h"

namespace dray::table {
namespace {

using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Holds whoever passes until it is opened.
class Barrier {
 public:
  void WaitUntilOpen() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_open_; });
  }
  void WaitUntilSomebodyWaits() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ > 0; });
  }
  void Open() {
    std::unique_lock lock(mutex_);
    is_open_ = true;
    changed_.notify_all();
  }
  bool is_open() {
    std::unique_lock lock(mutex_);
    return is_open_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool is_open_ = false;
};

bool HasItem(const kv::Batch& batch) {
  for (const auto& [key, value] : batch.puts) {
    if (key[0] == kItemFamily) return true;
  }
  return false;
}

class HistoryTest : public ::testing::Test {
 protected:
  TestServer server;
  Tables& tables() { return server.tables(); }
  TableRef MakeRecordedTable() {
    tables().PinsLoaded();
    TableRef table = server.MakeTable();
    EXPECT_TRUE(tables().EnableRecovery(table, 35));
    return table;
  }
  size_t CountChanges() {
    EXPECT_EQ(server.engine().CountKeys('c'), server.engine().CountKeys('x'));
    return server.engine().CountKeys('c');
  }
};

TEST_F(HistoryTest, TablesThatRecordNothingWriteNoChanges) {
  TableRef table = server.MakeTable();
  server.Put(table, {"p", "s"}, "1");
  server.Put(table, {"p", "s"}, "2");
  server.Delete(table, {"p", "s"});
  EXPECT_EQ(CountChanges(), 0u);
}

TEST_F(HistoryTest, EveryWriteIsRecordedInsertsAndDeletesToo) {
  TableRef table = MakeRecordedTable();
  server.Put(table, {"p", "s"}, "1");
  server.Put(table, {"p", "s"}, "2");
  server.Delete(table, {"p", "s"});
  ASSERT_TRUE(tables().WriteBatch(table, {{{"q", "s"}, "3", 1}, {{"r", "s"}, "4", 1}}));
  EXPECT_EQ(CountChanges(), 5u);
}

TEST_F(HistoryTest, CutHoldsTheWritesBelowItsTime) {
  TableRef table = MakeRecordedTable();
  server.Put(table, {"p", "s"}, "1");
  const int64_t second = server.Put(table, {"p", "s"}, "2");
  server.Put(table, {"p", "s"}, "3");
  EXPECT_THAT(ReadView(**tables().OpenView(table, second)), UnorderedElementsAre("1"));
  EXPECT_THAT(ReadView(**tables().OpenView(table, second + 1)), UnorderedElementsAre("2"));
}

TEST_F(HistoryTest, ViewOpensOnlyWhenNoWriteBeforeItIsInFlight) {
  TableRef table = MakeRecordedTable();
  Barrier barrier;
  server.engine().set_before_commit([&](const kv::Batch& batch) {
    if (HasItem(batch)) barrier.WaitUntilOpen();
    return base::Ok();
  });
  std::thread writer([&] { server.Put(table, {"p", "s"}, "in flight"); });
  barrier.WaitUntilSomebodyWaits();
  std::thread reader([&] {
    auto view = tables().OpenView(table, std::nullopt);
    EXPECT_TRUE(barrier.is_open());
    EXPECT_THAT(ReadView(**view), UnorderedElementsAre("in flight"));
  });
  barrier.Open();
  writer.join();
  reader.join();
}

TEST_F(HistoryTest, ViewOfAnEarlierTimeDoesNotWaitForLaterWrites) {
  TableRef table = MakeRecordedTable();
  const int64_t before = *server.clock().Issue();
  Barrier barrier;
  server.engine().set_before_commit([&](const kv::Batch& batch) {
    if (HasItem(batch)) barrier.WaitUntilOpen();
    return base::Ok();
  });
  std::thread writer([&] { server.Put(table, {"p", "s"}, "in flight"); });
  barrier.WaitUntilSomebodyWaits();
  EXPECT_THAT(ReadView(**tables().OpenView(table, before)), IsEmpty());
  barrier.Open();
  writer.join();
}

TEST_F(HistoryTest, FailedWriteLeavesTheInFlightSet) {
  TableRef table = MakeRecordedTable();
  server.engine().set_before_commit([](const kv::Batch& batch) -> base::Status {
    if (HasItem(batch)) return base::Error{base::ErrorKind::kIo, "disk is gone", {}};
    return base::Ok();
  });
  auto failed = tables().Mutate(table, {"p", "s"}, [](const StoredItem*) {
    return base::Result<Decision>(Decision{Decision::Kind::kPut, "x", 1});
  });
  EXPECT_FALSE(failed);
  EXPECT_FALSE(tables().WriteBatch(table, {{{"p", "s"}, "x", 1}}));
  server.engine().set_before_commit({});
  auto view = tables().OpenView(table, std::nullopt);  // would wait for ever
  EXPECT_THAT(ReadView(**view), IsEmpty());
  EXPECT_EQ(tables().Metrics(table).item_count, 0u);
  EXPECT_TRUE(tables().Delete(table));
}

TEST_F(HistoryTest, TurningOnDrainsTheWritesInFlight) {
  TableRef table = server.MakeTable();
  Barrier barrier;
  server.engine().set_before_commit([&](const kv::Batch& batch) {
    if (HasItem(batch)) barrier.WaitUntilOpen();
    return base::Ok();
  });
  int64_t write_time = 0;
  std::thread writer([&] { write_time = server.Put(table, {"p", "s"}, "unrecorded"); });
  barrier.WaitUntilSomebodyWaits();
  std::thread admin([&] {
    EXPECT_TRUE(tables().EnableRecovery(table, 35));
    EXPECT_TRUE(barrier.is_open());
  });
  barrier.Open();
  writer.join();
  admin.join();
  const int64_t enabled_at = tables().Describe(table).recovery.enabled_at_micros;
  EXPECT_GT(enabled_at, write_time);
  EXPECT_THAT(ReadView(**tables().OpenView(table, enabled_at)), UnorderedElementsAre("unrecorded"));
}

TEST_F(HistoryTest, RetriedGuardTakesANewTime) {
  TestServer guarded(TestServer::EngineKind::kMemoryWithGuards);
  TableRef table = guarded.MakeTable();
  ASSERT_TRUE(guarded.tables().EnableRecovery(table, 35));
  const int64_t first_write = guarded.Put(table, {"p", "s"}, "first");
  // Another process writes the same item between our read and our commit, once.
  bool has_interfered = false;
  int64_t first_try = 0;
  guarded.engine().set_before_commit([&](const kv::Batch& batch) -> base::Status {
    if (!HasItem(batch) || has_interfered) return base::Ok();
    has_interfered = true;
    first_try = guarded.clock().NowMicros();
    kv::Batch other;
    for (const auto& put : batch.puts) {
      if (put.first[0] == kItemFamily) other.puts.push_back(put);
    }
    ASSIGN_OR_RETURN(auto outcome, guarded.engine().Commit(0, other));
    EXPECT_EQ(outcome, kv::CommitOutcome::kCommitted);
    return base::Ok();
  });
  int calls = 0;
  auto done = guarded.tables().Mutate(table, {"p", "s"}, [&](const StoredItem* old) {
    EXPECT_EQ(old->encoded(), ++calls == 1 ? "first" : "second");
    return base::Result<Decision>(Decision{Decision::Kind::kPut, "second", 6});
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(calls, 2);
  EXPECT_GT(done->write_time_micros, first_try);
  EXPECT_GT(first_try, first_write);
}

TEST_F(HistoryTest, ViewDoesNotReadTheHistoryBeforeIt) {
  TableRef table = MakeRecordedTable();
  for (int i = 0; i < 3000; ++i) {
    server.Put(table, {std::to_string(i % 50), "s"}, std::to_string(i));
  }
  auto view = tables().OpenView(table, std::nullopt);
  server.Put(table, {"1", "s"}, "changed");
  server.engine().change_index_entries_read = 0;
  EXPECT_EQ(ReadView(**view).size(), 50u);
  EXPECT_EQ(server.engine().change_index_entries_read, 1u);
  // After a restart as well.
  view->reset();
  table.reset();
  server.Restart();
  server.engine().change_index_entries_read = 0;
  view = tables().OpenView(server.FindTable(), std::nullopt);
  EXPECT_EQ(ReadView(**view).size(), 50u);
  EXPECT_EQ(server.engine().change_index_entries_read, 0u);
}

TEST_F(HistoryTest, RecordingGoesOnWhileAPinLivesAlthoughRecoveryIsOff) {
  TableRef table = MakeRecordedTable();
  server.Put(table, {"p", "s"}, "1");
  const int64_t time = *server.clock().Issue();
  const uint64_t number = tables().Describe(table).number;
  tables().Pin(number, "job", time);
  ASSERT_TRUE(tables().DisableRecovery(table));
  server.Put(table, {"p", "s"}, "2");
  ASSERT_TRUE(tables().CollectGarbage());
  server.Put(table, {"p", "s"}, "3");
  EXPECT_THAT(ReadView(**tables().OpenView(table, time)), UnorderedElementsAre("1"));
  EXPECT_EQ(tables().OpenView(table, time - 1).error().reason, reason::kRecoveryOff);
  // Restarts included, also before the pins are known again.
  table.reset();
  server.Restart();
  table = server.FindTable();
  server.Put(table, {"p", "s"}, "4");
  ASSERT_TRUE(tables().CollectGarbage());
  tables().Pin(number, "job", time);
  tables().PinsLoaded();
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_THAT(ReadView(**tables().OpenView(table, time)), UnorderedElementsAre("1"));
  tables().Unpin(number, "job");
  ASSERT_TRUE(tables().CollectGarbage());
  server.Put(table, {"p", "s"}, "5");
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_EQ(CountChanges(), 0u);
}

TEST_F(HistoryTest, PinOfNowRecordsWithoutRecoveryAndIsReadableWhateverHappens) {
  tables().PinsLoaded();
  TableRef table = server.MakeTable();
  server.Put(table, {"p", "before"}, "before");
  auto time = tables().PinNow(table, "backup");
  ASSERT_TRUE(time);
  EXPECT_FALSE(tables().Describe(table).recovery.is_enabled);
  EXPECT_EQ(tables().RestorableWindow(table).error().reason, reason::kRecoveryOff);
  EXPECT_EQ(tables().OpenView(table, *time - 1).error().reason, reason::kRecoveryOff);
  server.Put(table, {"p", "before"}, "changed");
  server.Put(table, {"p", "after"}, "after");
  EXPECT_EQ(CountChanges(), 2u);
  auto shows_the_cut = [&] {
    auto view = tables().OpenView(table, *time);
    ASSERT_TRUE(view) << view.error().message;
    EXPECT_THAT(ReadView(**view), UnorderedElementsAre("before"));
  };
  shows_the_cut();
  ASSERT_TRUE(tables().EnableRecovery(table, 1));
  server.MoveClock(40 * base::kMicrosPerDay);
  ASSERT_TRUE(tables().CollectGarbage());
  ASSERT_TRUE(tables().DisableRecovery(table));
  ASSERT_TRUE(tables().CollectGarbage());
  shows_the_cut();
  ASSERT_TRUE(tables().Delete(table));
  ASSERT_TRUE(tables().CollectGarbage());
  shows_the_cut();
  tables().Unpin(tables().Describe(table).number, "backup");
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_EQ(CountChanges(), 0u);
}

TEST_F(HistoryTest, RecordingForAPinEndsWithIt) {
  tables().PinsLoaded();
  TableRef table = server.MakeTable();
  ASSERT_TRUE(tables().PinNow(table, "backup"));
  server.Put(table, {"p", "a"}, "1");
  tables().Unpin(tables().Describe(table).number, "backup");
  ASSERT_TRUE(tables().CollectGarbage());
  ASSERT_TRUE(tables().CollectGarbage());  // the first round ends the recording, the next clears
  server.Put(table, {"p", "a"}, "2");
  EXPECT_EQ(CountChanges(), 0u);
}

TEST_F(HistoryTest, LiveViewKeepsWhatItNeeds) {
  TableRef table = MakeRecordedTable();
  server.Put(table, {"p", "s"}, "1");
  auto view = tables().OpenView(table, std::nullopt);
  auto cursor = (*view)->OpenCursor({}, {});
  view->reset();  // a cursor keeps it as well
  ASSERT_TRUE(tables().DisableRecovery(table));
  server.Put(table, {"p", "s"}, "2");
  server.MoveClock(100 * base::kMicrosPerDay);
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_EQ(**(*cursor)->Next(), "1");
  cursor->reset();
  ASSERT_TRUE(tables().CollectGarbage());
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_EQ(CountChanges(), 0u);
}

TEST_F(HistoryTest, ExpiryDropsWhatTheWindowHasLeftAndNothingElse) {
  TableRef table = MakeRecordedTable();
  ASSERT_TRUE(tables().EnableRecovery(table, 2));
  server.Put(table, {"p", "s"}, "old");
  server.MoveClock(base::kMicrosPerDay);
  server.Put(table, {"p", "s"}, "young");
  const int64_t pinned = *server.clock().Issue();
  server.MoveClock(base::kMicrosPerDay + base::kMicrosPerDay / 2);
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_EQ(server.engine().CountKeys('c'), 1u);
  EXPECT_THAT(ReadView(**tables().OpenView(table, pinned)), UnorderedElementsAre("young"));
  server.Put(table, {"p", "s"}, "youngest");
  tables().Pin(tables().Describe(table).number, "job", pinned);
  server.MoveClock(10 * base::kMicrosPerDay);
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_EQ(server.engine().CountKeys('c'), 1u);
  EXPECT_THAT(ReadView(**tables().OpenView(table, pinned)), UnorderedElementsAre("young"));
  tables().Unpin(tables().Describe(table).number, "job");
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_EQ(server.engine().CountKeys('c'), 0u);
  EXPECT_EQ(tables().OpenView(table, pinned).error().reason, reason::kOutsideWindow);
}

TEST_F(HistoryTest, NothingIsDroppedBeforeThePinsAreLoaded) {
  TableRef table = MakeRecordedTable();
  server.Put(table, {"p", "s"}, "1");
  table.reset();
  server.Restart();
  table = server.FindTable();
  ASSERT_TRUE(tables().DisableRecovery(table));
  ASSERT_TRUE(tables().Delete(table));
  table.reset();
  server.MoveClock(100 * base::kMicrosPerDay);
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_EQ(CountChanges(), 1u);
  EXPECT_EQ(server.engine().CountKeys('i'), 1u);
  tables().PinsLoaded();
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_EQ(CountChanges(), 0u);
  EXPECT_EQ(server.engine().CountKeys('i'), 0u);
}

TEST_F(HistoryTest, DeletedTableStaysReadableForItsPinsAlsoAfterRestart) {
  TableRef table = MakeRecordedTable();
  const uint64_t number = tables().Describe(table).number;
  server.Put(table, {"p", "s"}, "1");
  const int64_t time = *server.clock().Issue();
  server.Put(table, {"p", "s"}, "2");
  tables().Pin(number, "job", time);
  ASSERT_TRUE(tables().Delete(table));
  server.Put(server.MakeTable(), {"p", "s"}, "of another table of that name");
  ASSERT_TRUE(tables().CollectGarbage());
  table.reset();
  server.Restart();
  tables().Pin(number, "job", time);
  tables().PinsLoaded();
  ASSERT_TRUE(tables().CollectGarbage());
  table = *tables().FindByNumber(number);
  EXPECT_THAT(ReadView(**tables().OpenView(table, time)), UnorderedElementsAre("1"));
  EXPECT_EQ(tables().DescriptorAt(table, time)->name, "table");
  EXPECT_EQ(tables().OpenView(table, std::nullopt).has_value(), true);
  tables().Unpin(number, "job");
  EXPECT_EQ(tables().OpenView(table, std::nullopt).error().reason, reason::kTableNotFound);
  ASSERT_TRUE(tables().CollectGarbage());
  EXPECT_FALSE(tables().FindByNumber(number));
  EXPECT_EQ(server.engine().CountKeys('i'), 1u);
  EXPECT_EQ(CountChanges(), 0u);
}

TEST_F(HistoryTest, FailureWhileTurningOnLeavesNothingHalf) {
  TableRef table = server.MakeTable();
  int commits = 0;
  server.engine().set_before_commit([&](const kv::Batch&) -> base::Status {
    if (++commits == 2) return base::Error{base::ErrorKind::kIo, "disk is gone", {}};
    return base::Ok();
  });
  EXPECT_FALSE(tables().EnableRecovery(table, 35));
  server.engine().set_before_commit({});
  EXPECT_EQ(tables().OpenView(table, std::nullopt).error().reason, reason::kRecoveryOff);
  server.Put(table, {"p", "s"}, "1");
  table.reset();
  server.Restart();
  table = server.FindTable();
  ASSERT_TRUE(tables().EnableRecovery(table, 35));
  EXPECT_THAT(ReadView(**tables().OpenView(table, std::nullopt)), UnorderedElementsAre("1"));
}

// n goes into A, then into B of another partition: every cut has B <= A <= B + 1.
TEST_F(HistoryTest, ViewIsACutThroughConcurrentWrites) {
  ViewOptions small;
  small.changed_keys_max = 2;
  small.images_max = 1;
  TestServer busy(TestServer::EngineKind::kMemory, small);
  busy.engine().page_entries_max = 3;
  TableRef table = busy.MakeTable();
  ASSERT_TRUE(busy.tables().EnableRecovery(table, 35));
  constexpr int kPairs = 4, kRounds = 300;
  std::vector<std::pair<std::string, std::string>> pairs;
  for (int i = 0; i < kPairs; ++i) {
    std::string a = "a" + std::to_string(i), b;
    for (int j = 0; b.empty(); ++j) {
      std::string candidate = "b" + std::to_string(i) + "-" + std::to_string(j);
      if (HashOfPartitionKey(a) >> 62 != HashOfPartitionKey(candidate) >> 62) b = candidate;
    }
    pairs.emplace_back(a, b);
  }
  std::atomic<int> writing{kPairs};
  std::vector<std::thread> threads;
  for (int pair = 0; pair < kPairs; ++pair) {
    threads.emplace_back([&, pair] {
      const auto& [a, b] = pairs[static_cast<size_t>(pair)];
      for (int n = 1; n <= kRounds; ++n) {
        busy.Put(table, {a, "s"}, a + "=" + std::to_string(n));
        busy.Put(table, {b, "s"}, b + "=" + std::to_string(n));
      }
      --writing;
    });
  }
  int views = 0;
  for (; writing > 0 || views == 0; ++views) {
    auto view = busy.tables().OpenView(table, std::nullopt);
    ASSERT_TRUE(view);
    std::map<std::string, int> values;
    for (const std::string& item : ReadView(**view)) {
      const size_t equals = item.find('=');
      values[item.substr(0, equals)] = std::stoi(item.substr(equals + 1));
    }
    for (const auto& [a, b] : pairs) {
      EXPECT_LE(values[b], values[a]);
      EXPECT_LE(values[a], values[b] + 1);
    }
  }
  for (std::thread& thread : threads) thread.join();
  RecordProperty("views", views);
}

}  // namespace
}  // namespace dray::table
