// SPDX-License-Identifier: Apache-2.0
// Views, reads and writes of a table on the embedded engine, 700-byte items, beside the engine's
// own scan of the same range.
#include <benchmark/benchmark.h>

#include <filesystem>
#include <memory>
#include <string>

#include "base/clock.h"
#include "storage/kv/rocksdb/rocksdb_engine.h"
#include "storage/table/item_store.h"
#include "storage/table/key_encoding.h"
#include "storage/table/table.h"

namespace dray::table {
namespace {

constexpr int kItems = 200'000;
constexpr size_t kItemBytes = 700;

// One folder for all benchmarks of the process, filled once.
struct Store {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / "dray_table_benchmark";
  base::SystemClock wall;
  std::unique_ptr<kv::Engine> engine;
  std::unique_ptr<ServiceClock> clock;
  std::unique_ptr<Tables> tables;
  TableRef table;
  std::string item = std::string(kItemBytes, 'x');

  Store() {
    std::filesystem::remove_all(folder);
    engine = *kv_rocksdb::OpenRocksDbEngine(
        {.folder = folder, .logs = std::string(kLogKeys), .sync_commits = false});
    clock = *ServiceClock::Open(*engine, wall);
    tables = *Tables::Open(*engine, *clock, Options{.folder = folder});
    tables->PinsLoaded();
    TableDescriptor spec;
    spec.account = "111122223333";
    spec.name = "benchmark";
    spec.key_schema.hash = {{"pk", item::Type::kString}};
    table = *tables->Create(spec, false);
    std::vector<Tables::BatchEntry> batch;
    for (int i = 0; i < kItems; ++i) {
      batch.push_back({Key(i), item, kItemBytes});
      if (batch.size() < 25) continue;
      if (!tables->WriteBatch(table, batch)) std::abort();
      batch.clear();
    }
    if (!tables->EnableRecovery(table, 35)) std::abort();
  }
  ~Store() {
    table.reset();
    tables.reset();
    clock.reset();
    engine.reset();
    std::filesystem::remove_all(folder);
  }
  static item::PrimaryKey Key(int i) { return {"user-" + std::to_string(i), ""}; }
};

Store& GetStore() {
  static Store store;
  return store;
}

void ScanOfEngine(benchmark::State& state) {
  Store& store = GetStore();
  const uint64_t number = store.tables->Describe(store.table).number;
  const kv::ReadLimits limits{.entries_max = SIZE_MAX, .bytes_max = 2 << 20};
  for (auto _ : state) {
    kv::Page page;
    std::string from = HashRangeBegin(kItemFamily, number, 0);
    const std::string to = HashRangeEnd(kItemFamily, number, UINT64_MAX);
    do {
      if (!store.engine->ReadRange(0, from, to, kv::Direction::kForward, limits, page)) {
        std::abort();
      }
      if (page.size() > 0) from = std::string(page.key(page.size() - 1)) + '\0';
    } while (!page.is_last());
  }
  state.SetItemsProcessed(state.iterations() * kItems);
  state.SetBytesProcessed(state.iterations() * kItems * static_cast<int64_t>(kItemBytes));
}
BENCHMARK(ScanOfEngine)->Unit(benchmark::kMillisecond);

void ReadWholeView(benchmark::State& state, int changed) {
  Store& store = GetStore();
  auto view = *store.tables->OpenView(store.table, std::nullopt);
  for (int i = 0; i < changed; ++i) {
    auto done = store.tables->Mutate(store.table, Store::Key(i), [&](const StoredItem*) {
      return base::Result<Decision>(Decision{Decision::Kind::kPut, store.item, kItemBytes});
    });
    if (!done) std::abort();
  }
  for (auto _ : state) {
    auto cursor = *view->OpenCursor({}, {});
    int64_t items = 0;
    for (;;) {
      auto item = cursor->Next();
      if (!item) std::abort();
      if (!*item) break;
      ++items;
    }
    if (items != kItems) std::abort();
  }
  state.SetItemsProcessed(state.iterations() * kItems);
  state.SetBytesProcessed(state.iterations() * kItems * static_cast<int64_t>(kItemBytes));
}
void ViewOfUnchangedTable(benchmark::State& state) { ReadWholeView(state, 0); }
BENCHMARK(ViewOfUnchangedTable)->Unit(benchmark::kMillisecond);
void ViewWithATenthChanged(benchmark::State& state) { ReadWholeView(state, kItems / 10); }
BENCHMARK(ViewWithATenthChanged)->Unit(benchmark::kMillisecond);

void GetItem(benchmark::State& state) {
  Store& store = GetStore();
  int i = 0;
  for (auto _ : state) {
    auto item = store.tables->Get(store.table, Store::Key(i = (i + 7919) % kItems));
    if (!item || !*item) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(GetItem);

void PutRecorded(benchmark::State& state) {
  Store& store = GetStore();
  int i = 0;
  for (auto _ : state) {
    auto done = store.tables->Mutate(
        store.table, Store::Key(i = (i + 7919) % kItems), [&](const StoredItem*) {
          return base::Result<Decision>(Decision{Decision::Kind::kPut, store.item, kItemBytes});
        });
    if (!done) std::abort();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(PutRecorded);

// A put that replaces an item, by how many global indexes have it whole: its entries move each
// time.
void PutWithGlobalIndexes(benchmark::State& state) {
  Store& store = GetStore();
  TableDescriptor spec;
  spec.account = "111122223333";
  spec.name = "indexed" + std::to_string(state.range(0));
  spec.key_schema.hash = {{"pk", item::Type::kString}};
  for (int64_t i = 0; i < state.range(0); ++i) {
    IndexDescriptor index;
    index.name = "by-" + std::to_string(i);
    index.key_schema.hash = {{"g" + std::to_string(i), item::Type::kString}};
    spec.indexes.push_back(std::move(index));
  }
  TableRef table = *store.tables->Create(std::move(spec), false);
  item::ItemBuilder builder;
  int i = 0;
  for (auto _ : state) {
    const item::PrimaryKey key = Store::Key(i % 10'000);
    builder.StartItem();
    bool is_good = builder.Name("pk").has_value();
    builder.String(key.partition);
    for (const char* name : {"g0", "g1"}) {
      is_good = is_good && builder.Name(name);
      builder.String("group-" + std::to_string(i % 1'000 + i / 10'000));
    }
    is_good = is_good && builder.Name("data");
    builder.String(std::string_view(store.item).substr(0, 640));
    const std::string_view encoded = builder.Finish();
    auto done = store.tables->Mutate(table, key, [&](const StoredItem*) {
      return base::Result<Decision>(
          Decision{Decision::Kind::kPut, std::string(encoded), builder.size_bytes()});
    });
    if (!is_good || !done) std::abort();
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
  table.reset();
  if (!store.tables->Delete(
          *store.tables->Find("111122223333", "indexed" + std::to_string(state.range(0)))) ||
      !store.tables->CollectGarbage()) {
    std::abort();
  }
}
BENCHMARK(PutWithGlobalIndexes)->Arg(0)->Arg(1)->Arg(2);

}  // namespace
}  // namespace dray::table
