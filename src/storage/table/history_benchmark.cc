// SPDX-License-Identifier: Apache-2.0
// What history costs those who do not ask for it: an increment of one window with 1, 10 and 50
// times as many changes before it, and behind it; and a view of now with 0, 10 and 50 times the
// table's items written before. 700-byte items on the embedded engine.
#include <benchmark/benchmark.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>

#include "base/clock.h"
#include "storage/kv/rocksdb/rocksdb_engine.h"
#include "storage/table/table.h"

namespace dray::table {
namespace {

constexpr int kItems = 20'000;
constexpr size_t kItemBytes = 700;
constexpr int kWindow = 20'000;  // changes in the window, and in 1 time the history

template <class T>
T Must(base::Result<T> result) {
  if (!result) std::abort();
  return *std::move(result);
}
void Must(base::Status status) {
  if (!status) std::abort();
}

// A table with some history before a window of changes and some behind it.
struct Store {
  std::filesystem::path folder;
  base::SystemClock wall;
  std::unique_ptr<kv::Engine> engine;
  std::unique_ptr<ServiceClock> clock;
  std::unique_ptr<Tables> tables;
  TableRef table;
  std::mt19937 random{7};
  std::string item = std::string(kItemBytes, 'x');
  int64_t from = 0, to = 0;

  Store(int64_t before, int64_t behind)
      : folder(
            std::filesystem::temp_directory_path() /
            ("dray_history_benchmark_" + std::to_string(before) + "_" + std::to_string(behind))) {
    std::filesystem::remove_all(folder);
    engine = Must(kv_rocksdb::OpenRocksDbEngine(
        {.folder = folder, .logs = std::string(kLogKeys), .sync_commits = false}));
    clock = Must(ServiceClock::Open(*engine, wall));
    tables = Must(Tables::Open(*engine, *clock, Options{.folder = folder}));
    tables->PinsLoaded();
    TableDescriptor spec;
    spec.account = "111122223333";
    spec.name = "benchmark";
    spec.key_schema.hash = {{"pk", item::Type::kString}};
    table = Must(tables->Create(spec, false));
    for (int i = 0; i < kItems; ++i) Put(i);
    Must(tables->EnableRecovery(table, 35));
    Change(before * kWindow);
    from = Must(clock->Issue());
    Change(kWindow);
    to = Must(clock->Issue());
    Change(behind * kWindow);
    // Lets the engine's compactions end: what they owe is another question.
    std::this_thread::sleep_for(std::chrono::seconds(3));
  }
  ~Store() {
    table.reset();
    tables.reset();
    clock.reset();
    engine.reset();
    std::filesystem::remove_all(folder);
  }
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  void Put(int i) {
    const item::PrimaryKey key = {"user-" + std::to_string(i), ""};
    auto done = tables->Mutate(table, key, [&](const StoredItem*) {
      return base::Result<Decision>(Decision{Decision::Kind::kPut, item, kItemBytes});
    });
    if (!done) std::abort();
  }
  // Of random items; each twentieth write deletes one, to be put again later.
  void Change(int64_t count) {
    for (int64_t i = 0; i < count; ++i) {
      const auto number = static_cast<int>(random() % kItems);
      if (i % 20 != 0) {
        Put(number);
        continue;
      }
      auto done = tables->Mutate(
          table, {"user-" + std::to_string(number), ""}, [&](const StoredItem* old_item) {
            return base::Result<Decision>(
                Decision{old_item ? Decision::Kind::kDelete : Decision::Kind::kKeep, {}, 0});
          });
      if (!done) std::abort();
    }
  }
};

// One at a time: they are large.
Store& StoreWith(int64_t before, int64_t behind) {
  static auto store = std::make_unique<Store>(before, behind);
  static auto made = std::pair(before, behind);
  if (made != std::pair(before, behind)) {
    store.reset();
    store = std::make_unique<Store>(before, behind);
    made = {before, behind};
  }
  return *store;
}

void ReadIncrement(benchmark::State& state, const Store& store) {
  int64_t changes = 0;
  for (auto _ : state) {
    auto increment = Must(store.tables->OpenIncrement(store.table, store.from, store.to));
    auto cursor = Must(increment->OpenCursor({}, {}, /*with_old_images=*/true));
    for (changes = 0; Must(cursor->Next()); ++changes) {
    }
  }
  state.SetItemsProcessed(state.iterations() * changes);
  state.counters["changes"] = static_cast<double>(changes);
}
void IncrementWithHistoryBefore(benchmark::State& state) {
  ReadIncrement(state, StoreWith(state.range(0), 0));
}
BENCHMARK(IncrementWithHistoryBefore)->Arg(1)->Arg(10)->Arg(50)->Unit(benchmark::kMillisecond);
void IncrementWithHistoryBehind(benchmark::State& state) {
  ReadIncrement(state, StoreWith(0, state.range(0)));
}
BENCHMARK(IncrementWithHistoryBehind)
    ->Arg(0)
    ->Arg(1)
    ->Arg(10)
    ->Arg(50)
    ->Unit(benchmark::kMillisecond);

void ViewOfNowWithHistory(benchmark::State& state) {
  Store& store = StoreWith(state.range(0), 0);
  int64_t items = 0;
  for (auto _ : state) {
    auto view = Must(store.tables->OpenView(store.table, std::nullopt));
    auto cursor = Must(view->OpenCursor({}, {}));
    for (items = 0; Must(cursor->Next()); ++items) {
    }
  }
  state.SetItemsProcessed(state.iterations() * items);
}
BENCHMARK(ViewOfNowWithHistory)->Arg(0)->Arg(10)->Arg(50)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace dray::table
