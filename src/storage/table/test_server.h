// SPDX-License-Identifier: Apache-2.0
// For tests of this module: an engine that survives restarts of what stands on it, a wall clock
// that moves only when told (besides real time), and tables.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "storage/kv/memory/memory_engine.h"
#include "storage/kv/rocksdb/rocksdb_engine.h"
#include "storage/table/table.h"
#include "storage/table/test_engine.h"

namespace dray::table {

class TestServer {
 public:
  enum class EngineKind { kMemory, kMemoryWithGuards, kRocksDb };

  explicit TestServer(EngineKind kind = EngineKind::kMemory, ViewOptions view = {},
                      uint64_t collection_bytes_max = 10ull << 30)
      : kind_(kind), view_(view), collection_bytes_max_(collection_bytes_max) {
    if (kind_ == EngineKind::kRocksDb) {
      std::string pattern = ::testing::TempDir() + "dray_table_XXXXXX";
      EXPECT_NE(mkdtemp(pattern.data()), nullptr);
      folder_ = pattern;
    }
    OpenEngine();
    OpenTables();
  }
  ~TestServer() {
    tables_.reset();
    clock_.reset();
    engine_.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  TestEngine& engine() { return *engine_; }
  ServiceClock& clock() { return *clock_; }
  base::MovableClock& wall() { return wall_; }
  Tables& tables() { return *tables_; }

  // Moves the wall clock, forwards at once also for service time.
  void MoveClock(int64_t micros) {
    wall_.Move(micros);
    clock_->StepToWall();
  }
  // TableRefs and views are to be dropped before. The memory engine lives on.
  void Restart() {
    tables_.reset();
    clock_.reset();
    if (kind_ == EngineKind::kRocksDb) {
      engine_.reset();
      OpenEngine();
    }
    OpenTables();
  }

  TableRef MakeTable(const std::string& name = "table") { return MakeTable(Spec(name)); }
  TableRef MakeTable(TableDescriptor spec) {
    auto table = tables_->Create(std::move(spec), /*load_later=*/false);
    EXPECT_TRUE(table.has_value()) << table.error().message;
    return *table;
  }
  static TableDescriptor Spec(const std::string& name = "table") {
    TableDescriptor spec;
    spec.account = "111122223333";
    spec.name = name;
    spec.key_schema.hash = {{"pk", item::Type::kString}};
    spec.key_schema.range = {{"sk", item::Type::kString}};
    return spec;
  }
  TableRef FindTable(const std::string& name = "table") {
    auto table = tables_->Find("111122223333", name);
    EXPECT_TRUE(table.has_value());
    return *table;
  }

  // Puts an item as it is: what Mutate says of it.
  base::Result<MutateResult> PutItem(const TableRef& table, const item::Item& item) {
    const std::string encoded = item::EncodeItem(item);
    const item::ItemView view(encoded);
    ASSIGN_OR_RETURN(auto key, item::KeyOfItem(tables_->Describe(table).key_schema, view));
    return tables_->Mutate(table, key, [&](const StoredItem*) -> base::Result<Decision> {
      return Decision{Decision::Kind::kPut, encoded, view.SizeBytes()};
    });
  }
  base::Result<MutateResult> DeleteItem(const TableRef& table, const item::PrimaryKey& key) {
    return tables_->Mutate(table, key, [&](const StoredItem*) -> base::Result<Decision> {
      return Decision{Decision::Kind::kDelete, {}, 0};
    });
  }

  // Returns the write's time.
  int64_t Put(const TableRef& table, const item::PrimaryKey& key, const std::string& encoded) {
    auto done = tables_->Mutate(table, key, [&](const StoredItem*) -> base::Result<Decision> {
      return Decision{Decision::Kind::kPut, encoded, encoded.size()};
    });
    EXPECT_TRUE(done.has_value()) << done.error().message;
    return done->write_time_micros;
  }
  int64_t Delete(const TableRef& table, const item::PrimaryKey& key) {
    auto done = tables_->Mutate(table, key, [&](const StoredItem*) -> base::Result<Decision> {
      return Decision{Decision::Kind::kDelete, {}, 0};
    });
    EXPECT_TRUE(done.has_value()) << done.error().message;
    return done->write_time_micros;
  }
  std::string Get(const TableRef& table, const item::PrimaryKey& key) {
    auto item = tables_->Get(table, key);
    EXPECT_TRUE(item.has_value()) << item.error().message;
    return *item ? std::string((*item)->encoded()) : "(absent)";
  }

 private:
  void OpenEngine() {
    switch (kind_) {
      case EngineKind::kMemory:
        engine_ = std::make_unique<TestEngine>(kv_memory::MakeMemoryEngine());
        break;
      case EngineKind::kMemoryWithGuards:
        engine_ = std::make_unique<TestEngine>(
            kv_memory::MakeMemoryEngine({.capabilities = {.reverse_read = true}}));
        break;
      case EngineKind::kRocksDb: {
        auto engine = kv_rocksdb::OpenRocksDbEngine({.folder = folder_,
                                                     .logs = std::string(kLogKeys),
                                                     .sync_commits = false,
                                                     .block_cache_bytes = 8 << 20,
                                                     .write_buffer_bytes = 1 << 20});
        ASSERT_TRUE(engine.has_value()) << engine.error().message;
        engine_ = std::make_unique<TestEngine>(*std::move(engine));
        break;
      }
    }
  }
  void OpenTables() {
    auto clock = ServiceClock::Open(*engine_, wall_);
    ASSERT_TRUE(clock.has_value());
    clock_ = *std::move(clock);
    auto tables = Tables::Open(*engine_, *clock_,
                               Options{.folder = ::testing::TempDir(),
                                       .view = view_,
                                       .collection_bytes_max = collection_bytes_max_});
    ASSERT_TRUE(tables.has_value()) << tables.error().message;
    tables_ = *std::move(tables);
  }

  const EngineKind kind_;
  const ViewOptions view_;
  const uint64_t collection_bytes_max_;
  std::string folder_;
  base::SystemClock system_;
  base::MovableClock wall_{system_};
  std::unique_ptr<TestEngine> engine_;
  std::unique_ptr<ServiceClock> clock_;
  std::unique_ptr<Tables> tables_;
};

// What a view shows of a range, in its order.
inline std::vector<std::string> ReadView(View& view, HashRange range = {}) {
  std::vector<std::string> items;
  auto cursor = view.OpenCursor(range, {});
  EXPECT_TRUE(cursor.has_value());
  for (;;) {
    auto item = (*cursor)->Next();
    EXPECT_TRUE(item.has_value()) << item.error().message;
    if (!item || !*item) return items;
    items.emplace_back(**item);
  }
}

}  // namespace dray::table
