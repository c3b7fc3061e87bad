// SPDX-License-Identifier: Apache-2.0
#include "storage/table/bulk_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <thread>

#include "storage/kv/memory/memory_engine.h"
#include "storage/table/index_entry.h"
#include "storage/table/key_encoding.h"
#include "storage/table/record.h"
#include "storage/table/sorted_run.h"
#include "testing/faulty_file_system.h"

namespace dray::table {
namespace {

constexpr uint64_t kTable = 7;
constexpr int64_t kTime = 1731672000000000;

item::PrimaryKey Key(const std::string& partition, uint64_t sort) {
  return {partition, "s" + std::to_string(1'000'000 + sort)};
}

class BulkLoaderTest : public ::testing::Test {
 protected:
  BulkLoaderTest() {
    folder_ = ::testing::TempDir() + "bulk_loader_" +
              ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(folder_);
  }
  ~BulkLoaderTest() override { std::filesystem::remove_all(folder_); }

  BulkLoadOptions Options(size_t memory_bytes = 192 << 20, unsigned threads = 2) {
    return {folder_, memory_bytes, threads, nullptr};
  }
  BulkLoadTarget Target() { return {*engine_, kTable, kTime}; }
  std::unique_ptr<TableLoader> Make(BulkLoadOptions options) {
    auto loader = TableLoader::Make(Target(), std::move(options));
    EXPECT_TRUE(loader.has_value());
    return *std::move(loader);
  }

  // Adds to the loader and to what the table should hold in the end.
  void Add(TableLoader& loader, const item::PrimaryKey& key, std::string encoded,
           uint64_t sequence) {
    auto added = loader.Add(key, encoded, encoded.size(), sequence);
    ASSERT_TRUE(added.has_value()) << added.error().message;
    auto& expected = expected_[ItemKey(kTable, key)];
    if (expected.second.empty() || expected.first <= sequence) {
      expected = {sequence, std::move(encoded)};
    }
  }
  void AddMany(TableLoader& loader, size_t from, size_t end, size_t value_bytes = 100) {
    for (size_t i = from; i < end; ++i) {
      Add(loader, Key("p" + std::to_string(i), 0), std::string(value_bytes, 'a' + i % 26), i);
    }
  }

  void FinishAndCheck(TableLoader& loader) {
    double last_share = 0;
    auto metrics = loader.Finish([&](double share) {
      EXPECT_GE(share, last_share);
      last_share = share;
      return base::Ok();
    });
    ASSERT_TRUE(metrics.has_value()) << metrics.error().message;
    uint64_t bytes = 0;
    for (const auto& [key, value] : expected_) bytes += value.second.size();
    EXPECT_EQ(metrics->items.item_count, expected_.size());
    EXPECT_EQ(metrics->items.size_bytes, bytes);
    EXPECT_EQ(last_share, expected_.empty() ? 0 : 1);
    Check();
  }

  void Check() {
    std::string from = TablePrefix(kItemFamily, kTable);
    const std::string to = kv::PrefixEnd(from);
    auto expected = expected_.begin();
    kv::Page page;
    do {
      ASSERT_TRUE(engine_->ReadRange(0, from, to, kv::Direction::kForward, {}, page).has_value());
      for (size_t i = 0; i < page.size(); ++i, ++expected) {
        ASSERT_NE(expected, expected_.end());
        ASSERT_EQ(page.key(i), expected->first);
        auto record = ParseItemRecord(page.value(i));
        ASSERT_TRUE(record.has_value());
        ASSERT_EQ(record->encoded, expected->second.second);
        ASSERT_EQ(record->size_bytes, expected->second.second.size());
        ASSERT_EQ(record->write_time_micros, kTime);
      }
      if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
    } while (!page.is_last());
    EXPECT_EQ(expected, expected_.end());
  }

  std::map<std::string, std::string> ReadAll(std::string from) {
    const std::string to = kv::PrefixEnd(from);
    std::map<std::string, std::string> all;
    kv::Page page;
    do {
      EXPECT_TRUE(engine_->ReadRange(0, from, to, kv::Direction::kForward, {}, page));
      for (size_t i = 0; i < page.size(); ++i) all.emplace(page.key(i), page.value(i));
      if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
    } while (!page.is_last());
    return all;
  }

  std::string folder_;
  std::unique_ptr<kv::Engine> engine_ = kv_memory::MakeMemoryEngine();
  std::map<std::string, std::pair<uint64_t, std::string>> expected_;
};

TEST_F(BulkLoaderTest, LoadsNothing) { FinishAndCheck(*Make(Options())); }

TEST_F(BulkLoaderTest, SortsWhatFitsIntoMemoryAndSpillsNothing) {
  auto loader = Make(Options());
  AddMany(*loader, 0, 5000);
  EXPECT_FALSE(std::filesystem::exists(folder_));
  FinishAndCheck(*loader);
  EXPECT_FALSE(std::filesystem::exists(folder_));
}

TEST_F(BulkLoaderTest, SpillsWhenMemoryIsFull) {
  auto loader = Make(Options(/*memory_bytes=*/1 << 20));
  AddMany(*loader, 0, 40'000);
  EXPECT_TRUE(std::filesystem::exists(folder_));
  FinishAndCheck(*loader);
}

TEST_F(BulkLoaderTest, OfEqualKeysTheHighestSequenceCountsInMemoryAndSpilled) {
  for (size_t memory_bytes : {192u << 20, 64u << 10}) {
    expected_.clear();
    auto loader = Make(Options(memory_bytes));
    for (uint64_t round : {2, 9, 1, 5}) {
      for (uint64_t i = 0; i < 3000; ++i) {
        Add(*loader, Key("p" + std::to_string(i % 1500), i % 2),
            std::to_string(round) + "-" + std::to_string(i), round << 40 | i);
      }
    }
    FinishAndCheck(*loader);
  }
}

TEST_F(BulkLoaderTest, AHotPartitionKeyIsSortedByRunsAndMerged) {
  auto loader = Make(Options(/*memory_bytes=*/1 << 20, /*threads=*/1));
  std::mt19937_64 random(1);
  for (uint64_t i = 0; i < 40'000; ++i) {  // about 5 MB under one key, runs of 0.5 MB
    Add(*loader, Key("hot", random() % 30'000), std::string(100 + i % 10, 'x'), i);
  }
  AddMany(*loader, 0, 1000);
  FinishAndCheck(*loader);
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    EXPECT_FALSE(entry.path().filename().string().starts_with("run")) << entry.path();
  }
}

TEST_F(BulkLoaderTest, MoreRunsThanOneMergeTakesAreMergedInRounds) {
  auto loader = Make(Options(/*memory_bytes=*/64 << 10, /*threads=*/1));
  std::mt19937_64 random(2);
  const std::string value(2000, 'v');
  for (uint64_t i = 0; i < 12'000; ++i) {  // 24 MB in runs of 256 KB
    Add(*loader, Key("hot", random() % 9'000), value + std::to_string(i), i);
  }
  FinishAndCheck(*loader);
}

TEST_F(BulkLoaderTest, ItemsOfTheLargestSizeFit) {
  auto loader = Make(Options(/*memory_bytes=*/1 << 20));
  for (uint64_t i = 0; i < 20; ++i) {
    Add(*loader, Key("p" + std::to_string(i), i), std::string(400 << 10, 'a' + i), i);
  }
  FinishAndCheck(*loader);
}

TEST_F(BulkLoaderTest, SeveralThreadsAddAtOnce) {
  auto loader = Make(Options(/*memory_bytes=*/1 << 20, /*threads=*/3));
  std::vector<std::thread> threads;
  for (uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < 8000; ++i) {
        // Every key from two threads, the higher thread wins.
        auto key = Key("p" + std::to_string(i + (t / 2) * 8000), 0);
        std::string encoded = "thread " + std::to_string(t) + " item " + std::to_string(i);
        ASSERT_TRUE(loader->Add(key, encoded, encoded.size(), t << 40 | i).has_value());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (uint64_t t : {1, 3}) {
    for (uint64_t i = 0; i < 8000; ++i) {
      auto key = Key("p" + std::to_string(i + (t / 2) * 8000), 0);
      expected_[ItemKey(kTable, key)] = {
          t, "thread " + std::to_string(t) + " item " + std::to_string(i)};
    }
  }
  FinishAndCheck(*loader);
}

TEST_F(BulkLoaderTest, GoesOnFromACheckpointAndForgetsWhatCameAfterIt) {
  std::string checkpoint;
  {
    auto loader = Make(Options(/*memory_bytes=*/256 << 10));
    AddMany(*loader, 0, 5000);
    checkpoint = *loader->Checkpoint();
    auto saved = expected_;
    AddMany(*loader, 5000, 15'000);  // partly spilled, then lost
    expected_ = saved;
  }
  auto loader = TableLoader::Resume(Target(), Options(256 << 10), checkpoint);
  ASSERT_TRUE(loader.has_value()) << loader.error().message;
  AddMany(**loader, 7000, 9000);
  checkpoint = *(*loader)->Checkpoint();
  loader = TableLoader::Resume(Target(), Options(256 << 10), checkpoint);
  ASSERT_TRUE(loader.has_value()) << loader.error().message;
  AddMany(**loader, 9000, 9500);
  FinishAndCheck(**loader);
}

TEST_F(BulkLoaderTest, AnInterruptedFinishIsRepeatedFromTheCheckpoint) {
  auto loader = Make(Options(/*memory_bytes=*/256 << 10));
  AddMany(*loader, 0, 60'000);  // more than one group
  std::string checkpoint = *loader->Checkpoint();
  auto stopped = loader->Finish([](double share) -> base::Status {
    if (share < 0.7) return base::Ok();
    return base::Error{base::ErrorKind::kUnavailable, "stop", {}};
  });
  ASSERT_FALSE(stopped.has_value());
  EXPECT_EQ(stopped.error().kind, base::ErrorKind::kUnavailable);
  auto resumed = TableLoader::Resume(Target(), Options(256 << 10), checkpoint);
  ASSERT_TRUE(resumed.has_value());
  FinishAndCheck(**resumed);
}

TEST_F(BulkLoaderTest, ANewLoadRemovesWhatAnInterruptedOneLeftInTheTable) {
  kv::Batch batch;
  batch.puts.emplace_back(ItemKey(kTable, Key("left", 1)), "x");
  batch.puts.emplace_back(ItemKey(kTable + 1, Key("other", 1)), "x");
  ASSERT_TRUE(engine_->Commit(0, batch).has_value());
  auto loader = Make(Options());
  AddMany(*loader, 0, 10);
  FinishAndCheck(*loader);
  EXPECT_TRUE(engine_->Get(0, ItemKey(kTable + 1, Key("other", 1)))->has_value());
}

TEST_F(BulkLoaderTest, RefusesFilesThatDoNotMatchTheCheckpoint) {
  auto loader = Make(Options());
  AddMany(*loader, 0, 1000);
  std::string checkpoint = *loader->Checkpoint();
  EXPECT_EQ(TableLoader::Resume(Target(), Options(), "1 0 0 0 0").error().kind,
            base::ErrorKind::kCorruption);
  EXPECT_EQ(TableLoader::Resume(Target(), Options(), checkpoint + "0").error().kind,
            base::ErrorKind::kCorruption);
  std::filesystem::resize_file(folder_ + "/spill0", 100);
  EXPECT_EQ(TableLoader::Resume(Target(), Options(), checkpoint).error().kind,
            base::ErrorKind::kCorruption);
}

TEST_F(BulkLoaderTest, AFailedSpillFailsTheLoad) {
  auto loader = Make(Options(64 << 10));
  std::ofstream(folder_) << "a file where the folder should be";
  base::Status status = base::Ok();
  for (uint64_t i = 0; status && i < 10'000; ++i) {
    status = loader->Add(Key("p" + std::to_string(i), 0), "value", 5, i);
  }
  ASSERT_FALSE(status.has_value());
  EXPECT_FALSE(loader->Checkpoint().has_value());
}

TEST_F(BulkLoaderTest, AFullDiskFailsTheLoadWithItsReasonAndIsNotCheckpointed) {
  dray::testing::FaultyFileSystem disk;
  ASSERT_TRUE(disk.CreateFolders(folder_).has_value());
  disk.SetSpace(1 << 20);
  BulkLoadOptions options = Options(64 << 10);
  options.files = &disk;
  auto loader = Make(options);
  base::Status status = base::Ok();
  for (uint64_t i = 0; status && i < 10'000; ++i) {
    status = loader->Add(Key("p" + std::to_string(i), 0), std::string(700, 'v'), 700, i);
  }
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().reason, base::kNoSpace);
  EXPECT_FALSE(loader->Checkpoint().has_value());
}

// Items with attributes of indexes, duplicates among them, in memory and spilled: the entries are
// those of the items that are left.
TEST_F(BulkLoaderTest, FillsTheIndexesFromTheItemsThatAreLeft) {
  using item::AttributeValue;
  auto text = [](std::string value) {
    return AttributeValue{AttributeValue::Variant(std::move(value))};
  };
  IndexDescriptor all, keys, local;
  all.number = 100;
  all.key_schema.hash = {{"g", item::Type::kString}};
  keys.number = 20;  // before the other by number, behind it in the list
  keys.key_schema.hash = {{"status", item::Type::kString}};
  keys.key_schema.range = {{"g", item::Type::kString}};
  keys.projection.type = Projection::Type::kKeysOnly;
  local.number = 21;
  local.kind = IndexKind::kLocal;
  local.key_schema = {{{"pk", item::Type::kString}}, {{"g", item::Type::kString}}};
  const std::vector<IndexDescriptor> indexes = {all, keys, local};
  const item::KeySchema schema{{{"pk", item::Type::kString}}, {{"sk", item::Type::kString}}};
  for (size_t memory_bytes : {192u << 20, 64u << 10}) {
    BulkLoadTarget target = Target();
    target.key_schema = schema;
    target.indexes = indexes;
    auto loader = TableLoader::Make(target, Options(memory_bytes));
    ASSERT_TRUE(loader);
    std::mt19937_64 random(3);
    std::map<std::string, std::pair<uint64_t, std::string>> left;  // by item key
    for (uint64_t i = 0; i < 20'000; ++i) {
      const std::string pk = "p" + std::to_string(random() % 300);
      const std::string sk = "s" + std::to_string(random() % 50);
      item::Item item = {{"pk", text(pk)}, {"sk", text(sk)}, {"v", text(std::to_string(i))}};
      if (random() % 4 != 0) item["g"] = text("g" + std::to_string(random() % 1000));
      if (random() % 100 == 0) item["g"] = {AttributeValue::Variant(item::Number::FromInt64(1))};
      item["status"] = text(random() % 3 == 0 ? "open" : "done");  // few: large buckets
      const std::string encoded = item::EncodeItem(item);
      const uint64_t sequence = random() >> 1;
      ASSERT_TRUE((*loader)->Add({pk, sk}, encoded, item::ItemView(encoded).SizeBytes(), sequence));
      auto& kept = left[ItemKey(kTable, {pk, sk})];
      if (kept.second.empty() || kept.first < sequence) kept = {sequence, encoded};
    }
    std::map<std::string, std::string> expected;  // of all indexes
    std::vector<TableMetrics> metrics(indexes.size());
    std::map<std::string, int64_t> collections;
    for (const auto& [key, kept] : left) {
      const item::ItemView item(kept.second);
      int64_t& collection = collections[CollectionKey(kTable, TailOfItemKey(key))];
      collection += static_cast<int64_t>(item.SizeBytes());
      for (size_t i = 0; i < indexes.size(); ++i) {
        auto entry = EntryOf(indexes[i], schema, item);
        if (!entry || !*entry) continue;
        expected[ItemKey(indexes[i].number, (*entry)->key)] =
            MakeItemRecord(kTime, (*entry)->size_bytes, (*entry)->encoded);
        ++metrics[i].item_count;
        metrics[i].size_bytes += (*entry)->size_bytes;
        if (indexes[i].kind == IndexKind::kLocal) {
          collection += static_cast<int64_t>((*entry)->size_bytes);
        }
      }
    }
    auto loaded = (*loader)->Finish([](double) { return base::Ok(); });
    ASSERT_TRUE(loaded) << loaded.error().message;
    EXPECT_EQ(loaded->items.item_count, left.size());
    std::map<std::string, std::string> found;
    for (size_t i = 0; i < indexes.size(); ++i) {
      EXPECT_EQ(loaded->indexes[i].item_count, metrics[i].item_count) << i;
      EXPECT_EQ(loaded->indexes[i].size_bytes, metrics[i].size_bytes) << i;
      EXPECT_GT(metrics[i].item_count, 1000u);
      found.merge(ReadAll(TablePrefix(kItemFamily, indexes[i].number)));
    }
    EXPECT_TRUE(found == expected);
    auto sums = ReadAll(TablePrefix(kCollectionFamily, kTable));
    ASSERT_EQ(sums.size(), collections.size());
    for (const auto& [key, bytes] : collections) {
      ASSERT_EQ(*ParseCollectionRecord(sums.at(key)), bytes);
    }
  }
}

TEST(LoadRecordSorter, RefusesCutRecords) {
  std::string buffer(LoadRecord::kHeaderBytes, '\0');
  WriteLoadRecordHeader(1, 30, 5, 5, buffer.data());
  buffer.append(34, 'x');
  LoadRecordSorter sorter;
  EXPECT_EQ(sorter.AddBuffer(buffer).error().kind, base::ErrorKind::kCorruption);
}

}  // namespace
}  // namespace dray::table
