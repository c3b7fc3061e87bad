// SPDX-License-Identifier: Apache-2.0
#include "storage/kv/rocksdb/space_reclaimer.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "storage/kv/rocksdb/rocksdb_engine.h"

namespace dray::kv_rocksdb {
namespace {

constexpr uint64_t kMegabyte = 1 << 20;

class SpaceReclaimerTest : public ::testing::Test {
 protected:
  SpaceReclaimerTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "dray_space_XXXXXX";
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    Open();
  }
  ~SpaceReclaimerTest() override {
    engine_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Open() {
    engine_.reset();
    engine_ = *OpenRocksDbEngine({.folder = folder_ + "/kv",
                                  .sync_commits = false,
                                  .write_buffer_bytes = 4 << 20,
                                  .reclaim_bytes_min = 8 * kMegabyte});
  }
  static std::string Key(char family, int number) {
    char text[16];
    std::snprintf(text, sizeof(text), "%c%08d", family, number);
    return text;
  }
  // Values that do not compress, in keys that take turns.
  void Fill(int megabytes) {
    std::string value(64 << 10, '\0');
    for (int number = 0; number < megabytes * 16; ++number) {
      for (char family : {'a', 'c'}) {
        for (size_t at = 0; at < value.size(); at += 4) {
          const uint32_t bits = random_();
          value.replace(at, 4, reinterpret_cast<const char*>(&bits), 4);
        }
        kv::Batch batch;
        batch.puts.emplace_back(Key(family, number), value);
        ASSERT_TRUE(engine_->Commit(1, batch).has_value());
      }
    }
  }
  uint64_t BytesInFolder() const {
    uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_)) {
      std::error_code error;  // files come and go
      const uint64_t size = entry.is_regular_file(error) ? entry.file_size(error) : 0;
      if (!error) bytes += size;
    }
    return bytes;
  }
  bool FallsBelow(uint64_t bytes) const {
    for (int i = 0; i < 300; ++i) {
      if (BytesInFolder() < bytes) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    return false;
  }

  std::string folder_;
  std::mt19937 random_{1};
  std::unique_ptr<kv::Engine> engine_;
};

TEST_F(SpaceReclaimerTest, DeletedRangesLeaveTheDiskAlthoughNothingIsWrittenAnyMore) {
  Fill(40);
  ASSERT_GT(BytesInFolder(), 75 * kMegabyte);
  // As expiry does it: from the same place on, a little further each time.
  for (int number = 40; number <= 40 * 16; number += 40) {
    ASSERT_TRUE(engine_->DeleteRange(1, Key('c', 0), Key('c', number)).has_value());
  }
  EXPECT_TRUE(FallsBelow(55 * kMegabyte)) << BytesInFolder();
  kv::Page page;
  ASSERT_TRUE(
      engine_->ReadRange(1, "a", "d", kv::Direction::kForward, {.entries_max = 1000}, page));
  EXPECT_EQ(engine_->Get(1, Key('a', 5))->has_value(), true);
  EXPECT_EQ(engine_->Get(1, Key('c', 5))->has_value(), false);
}

TEST_F(SpaceReclaimerTest, ClosingDoesNotWaitForACompaction) {
  Fill(40);
  ASSERT_TRUE(engine_->DeleteRange(1, "c", "d").has_value());
  const auto since = std::chrono::steady_clock::now();
  Open();
  EXPECT_LT(std::chrono::steady_clock::now() - since, std::chrono::seconds(10));
  EXPECT_EQ(engine_->Get(1, Key('a', 5))->has_value(), true);
  EXPECT_EQ(engine_->Get(1, Key('c', 5))->has_value(), false);
}

}  // namespace
}  // namespace dray::kv_rocksdb
