// SPDX-License-Identifier: Apache-2.0
// What every engine must do, run over each of them; then random operations on both, compared after
// every step. The seed is printed; DRAY_TEST_SEED sets it.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <thread>

#include "base/no_wait.h"
#include "storage/kv/memory/memory_engine.h"
#include "storage/kv/rocksdb/rocksdb_engine.h"

namespace dray::kv {
namespace {

struct TempFolder {
  TempFolder() {
    char name[] = "/tmp/dray-kv-test-XXXXXX";
    path = mkdtemp(name);
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  std::string path;
};

std::unique_ptr<Engine> OpenRocks(const std::string& folder, const std::string& logs = "") {
  auto engine = kv_rocksdb::OpenRocksDbEngine({.folder = folder, .logs = logs});
  EXPECT_TRUE(engine.has_value()) << (engine ? "" : engine.error().message);
  return std::move(*engine);
}

class EngineTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    engine_ = std::string_view(GetParam()) == "memory" ? kv_memory::MakeMemoryEngine()
                                                       : OpenRocks(folder_.path);
  }
  void Put(std::string key, std::string value) {
    Batch batch;
    batch.puts.emplace_back(std::move(key), std::move(value));
    auto outcome = engine_->Commit(0, batch);
    ASSERT_TRUE(outcome.has_value());
    ASSERT_EQ(*outcome, CommitOutcome::kCommitted);
  }
  std::string Read(std::string_view from, std::string_view to, Direction direction,
                   ReadLimits limits = {}) {
    Page page;
    EXPECT_TRUE(engine_->ReadRange(0, from, to, direction, limits, page).has_value());
    std::string text;
    for (size_t i = 0; i < page.size(); ++i) {
      text.append(page.key(i)).append("=").append(page.value(i)).append(" ");
    }
    return text + (page.is_last() ? "." : "+");
  }
  TempFolder folder_;
  std::unique_ptr<Engine> engine_;
};

TEST_P(EngineTest, ReadsWhatWasCommittedAndNothingElse) {
  Put("a", "1");
  EXPECT_EQ(*engine_->Get(0, "a"), "1");
  EXPECT_EQ(*engine_->Get(0, "b"), std::nullopt);
  Batch batch;
  batch.puts.emplace_back("b", "2");
  batch.deletes.push_back("a");
  ASSERT_TRUE(engine_->Commit(0, batch).has_value());
  std::vector<std::string> keys = {"a", "b", "c"};
  auto values = engine_->MultiGet(0, keys);
  ASSERT_TRUE(values.has_value());
  EXPECT_EQ(*values, (std::vector<std::optional<std::string>>{std::nullopt, "2", std::nullopt}));
}

TEST_P(EngineTest, AFailedGuardChangesNothing) {
  Put("a", "1");
  Batch batch;
  batch.guards.push_back({"a", "1"});
  batch.guards.push_back({"b", std::nullopt});
  batch.puts.emplace_back("b", "2");
  EXPECT_EQ(*engine_->Commit(0, batch), CommitOutcome::kCommitted);
  EXPECT_EQ(*engine_->Commit(0, batch), CommitOutcome::kGuardFailed);  // b is there now
  batch.guards = {{"a", "other"}};
  batch.puts = {{"b", "3"}};
  batch.deletes = {"a"};
  EXPECT_EQ(*engine_->Commit(0, batch), CommitOutcome::kGuardFailed);
  EXPECT_EQ(Read("", "", Direction::kForward), "a=1 b=2 .");
}

TEST_P(EngineTest, RangesAreHalfOpenOrderedByBytesAndPaged) {
  for (const char* key : {"b", "a", "c", "\xff", "aa"}) Put(key, "v");
  EXPECT_EQ(Read("a", "c", Direction::kForward), "a=v aa=v b=v .");
  EXPECT_EQ(Read("a", "c", Direction::kReverse), "b=v aa=v a=v .");
  EXPECT_EQ(Read("", "", Direction::kForward), "a=v aa=v b=v c=v \xff=v .");
  EXPECT_EQ(Read("", "", Direction::kForward, {.entries_max = 2}), "a=v aa=v +");
  EXPECT_EQ(Read("", "", Direction::kReverse, {.entries_max = 2}), "\xff=v c=v +");
  EXPECT_EQ(Read("", "", Direction::kForward, {.bytes_max = 1}), "a=v +");
  EXPECT_EQ(Read("c", "c", Direction::kForward), ".");
  EXPECT_EQ(Read("x", "a", Direction::kForward), ".");
}

TEST_P(EngineTest, DeleteRangeRemovesItsRangeOnly) {
  for (const char* key : {"a", "b", "c", "d"}) Put(key, "v");
  ASSERT_TRUE(engine_->DeleteRange(0, "b", "d").has_value());
  EXPECT_EQ(Read("", "", Direction::kForward), "a=v d=v .");
  ASSERT_TRUE(engine_->DeleteRange(0, "b", "").has_value());
  EXPECT_EQ(Read("", "", Direction::kForward), "a=v .");
  ASSERT_TRUE(engine_->DeleteRange(0, "", "").has_value());
  EXPECT_EQ(Read("", "", Direction::kForward), ".");
}

TEST_P(EngineTest, ABulkLoadIsVisibleAfterFinishAndLeavesNothingWithoutIt) {
  Put("m5", "mine");
  {
    auto load = engine_->StartBulkLoad(0);
    ASSERT_TRUE(load.has_value());
    ASSERT_TRUE((*load)->Add("k1", "v").has_value());
  }
  EXPECT_EQ(Read("", "", Direction::kForward), "m5=mine .");
  auto load = engine_->StartBulkLoad(0);
  auto other = engine_->StartBulkLoad(0);
  ASSERT_TRUE(load.has_value() && other.has_value());
  ASSERT_TRUE((*other)->Add("n1", "v").has_value());
  ASSERT_TRUE((*load)->Add("k1", "v").has_value());
  ASSERT_TRUE((*load)->Add("k2", "v").has_value());
  EXPECT_EQ(Read("", "", Direction::kForward), "m5=mine .");
  ASSERT_TRUE((*load)->Finish().has_value());
  ASSERT_TRUE((*other)->Finish().has_value());
  EXPECT_EQ(Read("", "", Direction::kForward), "k1=v k2=v m5=mine n1=v .");
  auto empty = engine_->StartBulkLoad(0);
  ASSERT_TRUE((*empty)->Finish().has_value());
}

TEST_P(EngineTest, GuardedIncrementsFromManyThreadsLoseNone) {
  Put("n", "0");
  std::atomic<int> failures = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int done = 0; done < 50;) {
        auto current = engine_->Get(0, "n");
        Batch batch;
        batch.guards.push_back({"n", **current});
        batch.puts.emplace_back("n", std::to_string(std::stoi(**current) + 1));
        auto outcome = engine_->Commit(0, batch);
        if (!outcome) {
          ++failures;
          return;
        }
        if (*outcome == CommitOutcome::kCommitted) ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(*engine_->Get(0, "n"), "200");
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineTest, testing::Values("memory", "rocksdb"),
                         [](const auto& test) { return std::string(test.param); });

TEST(RocksDbEngine, KeepsEverythingAcrossReopening) {
  TempFolder folder;
  {
    auto engine = OpenRocks(folder.path);
    Batch batch;
    batch.puts.emplace_back("a", "1");
    ASSERT_TRUE(engine->Commit(0, batch).has_value());
    auto load = engine->StartBulkLoad(0);
    ASSERT_TRUE((*load)->Add("b", "2").has_value());
    ASSERT_TRUE((*load)->Finish().has_value());
  }
  auto engine = OpenRocks(folder.path);
  EXPECT_EQ(*engine->Get(0, "a"), "1");
  EXPECT_EQ(*engine->Get(0, "b"), "2");
}

TEST(RocksDbEngine, RefusesUnderNoWaitWhatIsNotInMemory) {
  TempFolder folder;
  {
    auto engine = OpenRocks(folder.path);
    auto load = engine->StartBulkLoad(0);  // a file, so that reading needs the disk
    ASSERT_TRUE((*load)->Add("on_disk", "1").has_value());
    ASSERT_TRUE((*load)->Finish().has_value());
  }
  auto engine = OpenRocks(folder.path);
  Batch batch;
  batch.puts.emplace_back("in_memory", "2");
  ASSERT_TRUE(engine->Commit(0, batch).has_value());
  auto is_refused = [](const auto& work) {
    base::NoWait no_wait;
    auto result = work();
    EXPECT_EQ(result.has_value(), !base::NoWait::has_refused());
    return base::NoWait::has_refused();
  };
  auto get = [&](std::string_view key) { return [&, key] { return engine->Get(0, key); }; };
  EXPECT_FALSE(is_refused(get("in_memory")));
  EXPECT_TRUE(is_refused(get("on_disk")));
  EXPECT_EQ(*engine->Get(0, "on_disk"), "1");
  EXPECT_FALSE(is_refused(get("on_disk")));  // now its block is in the cache
  EXPECT_TRUE(is_refused([&] { return engine->Commit(0, batch); }));
  EXPECT_TRUE(is_refused([&] { return engine->DeleteRange(0, "a", "z"); }));
  EXPECT_TRUE(is_refused([&] {
    Page page;
    return engine->ReadRange(0, "a", "z", Direction::kForward, {}, page);
  }));
  EXPECT_EQ(*engine->Get(0, "in_memory"), "2");
}

TEST(RocksDbEngine, CommitsUnderNoWaitWhereCommitsAreNotSynced) {
  TempFolder folder;
  auto engine = *kv_rocksdb::OpenRocksDbEngine({.folder = folder.path, .sync_commits = false});
  Batch batch;
  batch.puts.emplace_back("a", "1");
  {
    base::NoWait no_wait;
    auto outcome = engine->Commit(0, batch);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(*outcome, CommitOutcome::kCommitted);
    EXPECT_FALSE(base::NoWait::has_refused());
  }
  EXPECT_EQ(*engine->Get(0, "a"), "1");
  batch.puts.front().second = "2";
  batch.guards.push_back({"a", "1"});  // a guard's latch may be held by one who waits
  {
    base::NoWait no_wait;
    EXPECT_FALSE(engine->Commit(0, batch).has_value());
    EXPECT_TRUE(base::NoWait::has_refused());
  }
  EXPECT_EQ(*engine->Get(0, "a"), "1");
}

// Half of its keys lie in files apart. From some reopening on only, so that what is there is moved.
TEST(Engines, AgreeOnRandomOperations) {
  const char* given = std::getenv("DRAY_TEST_SEED");
  uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  SCOPED_TRACE("DRAY_TEST_SEED=" + std::to_string(seed));
  std::printf("DRAY_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  TempFolder folder;
  auto model = kv_memory::MakeMemoryEngine();
  auto engine = OpenRocks(folder.path);
  const int divided_from = static_cast<int>(random() % 1500);
  auto key = [&] {
    std::string bytes;
    for (size_t n = random() % 4; n > 0; --n) bytes.push_back("ab\xff"[random() % 3]);
    return "klmo"[random() % 4] + bytes;
  };
  for (int step = 0; step < 1500; ++step) {
    switch (random() % 8) {
      case 0: {
        std::string from = key(), to = random() % 5 == 0 ? "" : key();
        ASSERT_TRUE(model->DeleteRange(0, from, to).has_value());
        ASSERT_TRUE(engine->DeleteRange(0, from, to).has_value());
        break;
      }
      case 1: {
        if (random() % 20 == 0) {
          engine.reset();
          engine = OpenRocks(folder.path, step < divided_from ? "" : "lm");
        }
        break;
      }
      default: {
        Batch batch;
        std::map<std::string, std::string> puts;
        for (size_t n = random() % 4; n > 0; --n) puts[key()] = std::to_string(step);
        for (auto& put : puts) batch.puts.push_back(put);
        if (std::string gone = key(); !puts.contains(gone)) batch.deletes.push_back(gone);
        if (random() % 3 == 0) batch.guards.push_back({key(), std::nullopt});
        ASSERT_EQ(*model->Commit(0, batch), *engine->Commit(0, batch));
      }
    }
    std::string from = key(), to = random() % 3 == 0 ? "" : key();
    Direction direction = random() % 2 == 0 ? Direction::kForward : Direction::kReverse;
    ReadLimits limits{.entries_max = 1 + random() % 10};
    const std::vector<std::string> keys = {key(), key(), key()};
    ASSERT_EQ(*model->MultiGet(0, keys), *engine->MultiGet(0, keys));
    ASSERT_EQ(*model->Get(0, from), *engine->Get(0, from));
    Page expected, actual;
    ASSERT_TRUE(model->ReadRange(0, from, to, direction, limits, expected).has_value());
    ASSERT_TRUE(engine->ReadRange(0, from, to, direction, limits, actual).has_value());
    ASSERT_EQ(expected.size(), actual.size()) << "step " << step;
    ASSERT_EQ(expected.is_last(), actual.is_last()) << "step " << step;
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(expected.key(i), actual.key(i));
      ASSERT_EQ(expected.value(i), actual.value(i));
    }
  }
}

TEST(RocksDbEngine, LoadsIntoBothFamiliesAtOnce) {
  TempFolder folder;
  auto engine = OpenRocks(folder.path, "bd");
  auto load = *engine->StartBulkLoad(0);
  const std::vector<std::string> keys = {"a", "a1", "b", "b1", "c", "d", "e"};
  for (const std::string& key : keys) ASSERT_TRUE(load->Add(key, "value of " + key).has_value());
  EXPECT_EQ(*engine->Get(0, "a"), std::nullopt);
  ASSERT_TRUE(load->Finish().has_value());
  load.reset();
  for (bool is_reopened : {false, true}) {
    SCOPED_TRACE(is_reopened);
    Page page;
    ASSERT_TRUE(engine->ReadRange(0, "", "", Direction::kForward, {}, page).has_value());
    ASSERT_EQ(page.size(), keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
      EXPECT_EQ(page.key(i), keys[i]);
      EXPECT_EQ(page.value(i), "value of " + keys[i]);
    }
    engine.reset();
    engine = OpenRocks(folder.path, "bd");
  }
}

// What an older Dray wrote, more than a sorted file holds, is found after the division, and the
// space of where it was is given back.
TEST(RocksDbEngine, DividesALargeDatabase) {
  TempFolder folder;
  std::mt19937_64 random(1);
  auto engine = *kv_rocksdb::OpenRocksDbEngine(
      {.folder = folder.path, .sync_commits = false, .write_buffer_bytes = 4 << 20});
  std::string value(64 << 10, ' ');
  constexpr int kCount = 1200;
  for (int i = 0; i < kCount; ++i) {
    for (char& byte : value) byte = static_cast<char>(random());
    Batch batch;
    batch.puts.emplace_back("c" + std::to_string(1000 + i), value);
    batch.puts.emplace_back("i" + std::to_string(1000 + i), "item");
    ASSERT_TRUE(engine->Commit(0, batch).has_value());
  }
  for (int start = 0; start < 2; ++start) {
    engine.reset();
    engine = OpenRocks(folder.path, "c");
    EXPECT_LT(engine->statistics().bytes_on_disk, kCount * value.size() * 3 / 2);
    Page page;
    for (const auto& [from, to] : {std::pair("c", "d"), std::pair("i", "j")}) {
      ASSERT_TRUE(engine
                      ->ReadRange(0, from, to, Direction::kForward,
                                  {.entries_max = kCount + 1, .bytes_max = 1u << 30}, page)
                      .has_value());
      EXPECT_EQ(page.size(), static_cast<size_t>(kCount));
    }
    EXPECT_EQ(*engine->Get(0, "c" + std::to_string(1000 + kCount - 1)), value);
  }
}

TEST(PrefixEnd, IsTheSmallestKeyBehindAllWithThePrefix) {
  EXPECT_EQ(PrefixEnd("a"), "b");
  EXPECT_EQ(PrefixEnd("a\xff"), "b");
  EXPECT_EQ(PrefixEnd("\xff\xff"), "");
  EXPECT_EQ(PrefixEnd(""), "");
}

}  // namespace
}  // namespace dray::kv
