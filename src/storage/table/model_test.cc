// SPDX-License-Identifier: Apache-2.0
// Tables against a naive model that keeps the whole history: random operations, views at random
// past times read in small pages while writers go on, restarts, clock steps, pins, disabling,
// deleting and creating again. DRAY_TEST_SEED=n repeats a run as far as threads allow.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "storage/table/test_server.h"

namespace dray::table {
namespace {

using Key = std::pair<std::string, std::string>;
using Contents = std::map<Key, std::string>;
using Random = std::mt19937_64;

uint64_t Seed() {
  const char* given = std::getenv("DRAY_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

size_t Below(Random& random, size_t end) { return random() % end; }

// Every write there was, of one table.
class History {
 public:
  void Add(int64_t time, const Key& key, std::optional<std::string> value) {
    std::lock_guard lock(mutex_);
    writes_.emplace(time, std::pair(key, std::move(value)));
  }
  // All writes with a time below T.
  Contents At(int64_t time) const {
    std::lock_guard lock(mutex_);
    Contents contents;
    for (auto write = writes_.begin(); write != writes_.lower_bound(time); ++write) {
      const auto& [key, value] = write->second;
      if (value) {
        contents[key] = *value;
      } else {
        contents.erase(key);
      }
    }
    return contents;
  }
  // The keys that were written in [from, to), and when for the last time.
  std::map<Key, int64_t> LastWrites(int64_t from, int64_t to) const {
    std::lock_guard lock(mutex_);
    std::map<Key, int64_t> times;
    const auto end = writes_.lower_bound(to);
    for (auto write = writes_.lower_bound(from); write != end; ++write) {
      times[write->second.first] = write->first;
    }
    return times;
  }
  std::set<int64_t> Times() const {
    std::lock_guard lock(mutex_);
    std::set<int64_t> times;
    for (const auto& [time, write] : writes_) times.insert(time);
    return times;
  }

 private:
  mutable std::mutex mutex_;
  std::multimap<int64_t, std::pair<Key, std::optional<std::string>>> writes_;
};

// A value tells its key, so that what a view gives can be put under it.
std::string MakeValue(const Key& key, Random& random) {
  return key.first + "/" + key.second + "/" + std::to_string(random() % 1000000) +
         std::string(random() % 40, '.');
}
Key KeyOfValue(std::string_view value) {
  const size_t first = value.find('/'), second = value.find('/', first + 1);
  return {std::string(value.substr(0, first)),
          std::string(value.substr(first + 1, second - first - 1))};
}

class ModelTest : public ::testing::TestWithParam<TestServer::EngineKind> {
 protected:
  static constexpr size_t kWriters = 3;
  static constexpr size_t kReaders = 2;
  static constexpr int kSteps = 35;

  static ViewOptions SmallReads() {
    ViewOptions view;
    view.changed_keys_max = 3;
    view.images_max = 2;
    return view;
  }

  TestServer server_{GetParam(), SmallReads()};
  TableRef table_;
  std::map<uint64_t, std::shared_ptr<History>> histories_;  // by table number
  struct Pinned {
    uint64_t number;
    int64_t time;
  };
  std::map<std::string, Pinned> pins_;
  int next_pin_ = 0;

  bool has_multi_partition() const {
    return GetParam() != TestServer::EngineKind::kMemoryWithGuards;
  }
  Tables& tables() { return server_.tables(); }
  std::shared_ptr<History> history() { return histories_[tables().Describe(table_).number]; }
  void MakeTable() {
    table_ = server_.MakeTable();
    histories_[tables().Describe(table_).number] = std::make_shared<History>();
  }

  // Writers own the keys whose number is theirs, so that the order of writes to a key is known.
  Key RandomKey(size_t writer, Random& random) {
    return {"p" + std::to_string(writer) + "-" + std::to_string(Below(random, 12)),
            std::string(1, static_cast<char>('a' + Below(random, 3)))};
  }

  void WriteOnce(size_t writer, Random& random, History& history) {
    const Key key = RandomKey(writer, random);
    const size_t choice = Below(random, 10);
    if (choice < 6) {
      std::string value = MakeValue(key, random);
      history.Add(server_.Put(table_, {key.first, key.second}, value), key, value);
    } else if (choice < 9) {
      const int64_t time = server_.Delete(table_, {key.first, key.second});
      if (time != 0) history.Add(time, key, std::nullopt);
    } else {
      WriteSome(writer, random, history);
    }
  }

  // One commit has one time; without commits over partitions there are several.
  void WriteSome(size_t writer, Random& random, History& history) {
    std::map<Key, std::optional<std::string>> entries;
    for (size_t i = 0, count = 1 + Below(random, 5); i < count; ++i) {
      const Key key = RandomKey(writer, random);
      const bool is_delete = i > 0 && Below(random, 3) == 0;
      if (entries.contains(key)) continue;
      entries[key] = is_delete ? std::nullopt : std::optional(MakeValue(key, random));
    }
    std::vector<Tables::BatchEntry> batch;
    for (const auto& [key, value] : entries) {
      batch.push_back({{key.first, key.second}, value, value ? value->size() : 0});
    }
    auto written = tables().WriteBatch(table_, batch);
    ASSERT_TRUE(written);
    std::set<int64_t> times;
    auto entry = entries.begin();
    for (const MutateResult& result : *written) {
      const auto& [key, value] = *entry++;
      if (result.write_time_micros == 0) {
        EXPECT_FALSE(value) << "a put that wrote nothing";
        continue;
      }
      times.insert(result.write_time_micros);
      history.Add(result.write_time_micros, key, value);
    }
    if (has_multi_partition()) {
      EXPECT_EQ(times.size(), 1u);
    }
  }

  // Reads a view in pieces, going on from positions now and then.
  Contents ReadInPieces(View& view, Random& random) {
    Contents contents;
    std::vector<HashRange> ranges = {{0, UINT64_MAX}};
    if (Below(random, 2) == 0) {
      const uint64_t cut = random();
      ranges = {{0, cut}, {cut + 1, UINT64_MAX}};
      if (cut == UINT64_MAX) ranges.pop_back();
    }
    for (const HashRange& range : ranges) {
      auto cursor = view.OpenCursor(range, {});
      EXPECT_TRUE(cursor);
      for (;;) {
        auto item = (*cursor)->Next();
        EXPECT_TRUE(item) << item.error().message;
        if (!item || !*item) break;
        const bool is_new = contents.emplace(KeyOfValue(**item), **item).second;
        EXPECT_TRUE(is_new) << "twice: " << **item;
        if (Below(random, 8) == 0) {
          const std::string position = (*cursor)->position();
          cursor = view.OpenCursor(range, position);
          EXPECT_TRUE(cursor);
        }
      }
    }
    return contents;
  }

  struct SeenIncrement {
    int64_t from, to;
    std::map<Key, std::optional<std::string>> changes;
  };
  static SeenIncrement ReadIncrement(Increment& increment, int64_t from, int64_t to) {
    SeenIncrement seen{from, to, {}};
    auto cursor = increment.OpenCursor({}, {}, false);
    EXPECT_TRUE(cursor);
    for (;;) {
      auto change = (*cursor)->Next();
      EXPECT_TRUE(change) << change.error().message;
      if (!change || !*change) return seen;
      const auto& [time, old_image, new_image] = **change;
      std::optional<std::string> value;
      if (new_image) value = new_image->encoded;
      seen.changes[KeyOfValue((new_image ? new_image : old_image)->encoded)] = std::move(value);
    }
  }

  // What an increment says, read in pieces, against the history; it leads from one view to another.
  void CheckIncrement(const TableRef& table, const History& history, int64_t from, int64_t to,
                      Random& random) {
    auto increment = tables().OpenIncrement(table, from, to);
    ASSERT_TRUE(increment) << increment.error().message;
    const bool with_old_images = Below(random, 2) == 0;
    const Contents before = history.At(from), after = history.At(to);
    const std::map<Key, int64_t> written = history.LastWrites(from, to);
    Contents applied = before;
    std::set<Key> seen;
    auto cursor = (*increment)->OpenCursor({}, {}, with_old_images);
    ASSERT_TRUE(cursor);
    for (;;) {
      auto change = (*cursor)->Next();
      ASSERT_TRUE(change) << change.error().message;
      if (!*change) break;
      const auto& [time, old_image, new_image] = **change;
      ASSERT_TRUE(old_image || new_image);
      const Key key = KeyOfValue((new_image ? new_image : old_image)->encoded);
      ASSERT_TRUE(seen.insert(key).second) << "twice: " << key.first;
      ASSERT_TRUE(written.contains(key)) << key.first;
      EXPECT_EQ(time, written.at(key));
      auto old = before.find(key);
      if (with_old_images || !new_image) {
        ASSERT_EQ(old_image.has_value(), old != before.end());
        if (old_image) {
          EXPECT_EQ(old_image->encoded, old->second);
        }
      }
      if (new_image) {
        applied[key] = new_image->encoded;
      } else {
        applied.erase(key);
      }
      if (Below(random, 8) == 0) {
        const std::string position = (*cursor)->position();
        cursor = (*increment)->OpenCursor({}, position, with_old_images);
        ASSERT_TRUE(cursor);
      }
    }
    ASSERT_EQ(applied, after);
    for (const auto& [key, time] : written) {
      EXPECT_EQ(seen.contains(key), before.contains(key) || after.contains(key)) << key.first;
    }
  }

  // Threads that write, read views of the past and change the table's recovery, all at once.
  void Storm(Random& random) {
    struct Seen {
      int64_t time;
      Contents contents;
    };
    std::shared_ptr<History> history = this->history();
    std::vector<std::vector<Seen>> seen(kReaders);
    std::vector<std::vector<SeenIncrement>> increments(kReaders);
    std::vector<std::thread> threads;
    const int64_t begin = server_.clock().NowMicros();
    for (size_t writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&, writer, seed = random()] {
        Random own(seed);
        for (int i = 0; i < 60; ++i) WriteOnce(writer, own, *history);
      });
    }
    for (size_t reader = 0; reader < kReaders; ++reader) {
      threads.emplace_back([&, reader, seed = random()] {
        Random own(seed);
        for (int i = 0; i < 8; ++i) {
          std::optional<int64_t> time;
          const int64_t now = server_.clock().NowMicros();
          if (Below(own, 2) == 0) time = begin + static_cast<int64_t>(Below(own, now - begin + 1));
          auto view = tables().OpenView(table_, time);
          if (!view) {
            EXPECT_TRUE(view.error().reason == reason::kRecoveryOff ||
                        view.error().reason == reason::kOutsideWindow)
                << view.error().message;
            continue;
          }
          seen[reader].push_back({(*view)->time_micros(), ReadInPieces(**view, own)});
          const int64_t from = (*view)->time_micros();
          const int64_t to =
              from + static_cast<int64_t>(Below(own, server_.clock().NowMicros() - from + 1));
          auto increment = tables().OpenIncrement(table_, from, to);
          if (increment) increments[reader].push_back(ReadIncrement(**increment, from, to));
        }
      });
    }
    threads.emplace_back([&, seed = random()] {
      Random own(seed);
      for (int i = 0; i < 6; ++i) {
        const size_t choice = Below(own, 8);
        if (choice == 0) {
          EXPECT_TRUE(tables().DisableRecovery(table_));
        }
        if (choice <= 3) {
          EXPECT_TRUE(tables().EnableRecovery(table_, 1 + static_cast<int64_t>(Below(own, 35))));
        }
        if (choice == 4) server_.wall().Move(-static_cast<int64_t>(Below(own, 1000000)));
        if (choice == 5) server_.MoveClock(static_cast<int64_t>(Below(own, 1000000)));
        EXPECT_TRUE(tables().CollectGarbage());
      }
    });
    for (std::thread& thread : threads) thread.join();
    for (const auto& views : seen) {
      for (const Seen& view : views) ASSERT_EQ(view.contents, history->At(view.time));
    }
    for (const auto& read : increments) {
      for (const SeenIncrement& increment : read) {
        Contents applied = history->At(increment.from);
        for (const auto& [key, value] : increment.changes) {
          if (value) {
            applied[key] = *value;
          } else {
            applied.erase(key);
          }
        }
        ASSERT_EQ(applied, history->At(increment.to));
      }
    }
  }

  void CheckNow() {
    Contents expected = history()->At(INT64_MAX);
    Contents found;
    size_t size_bytes = 0;
    std::optional<item::PrimaryKey> start;
    for (;;) {
      auto page = tables().Scan(table_, {}, start, {.items_max = 5});
      ASSERT_TRUE(page);
      for (const StoredItem& item : page->items) {
        const Key key = KeyOfValue(item.encoded());
        start = item::PrimaryKey{key.first, key.second};
        found.emplace(key, item.encoded());
        size_bytes += item.size_bytes();
      }
      if (page->is_last) break;
    }
    ASSERT_EQ(found, expected);
    EXPECT_EQ(tables().Metrics(table_).item_count, expected.size());
    EXPECT_EQ(tables().Metrics(table_).size_bytes, size_bytes);
  }

  void CheckPast(Random& random) {
    auto window = tables().RestorableWindow(table_);
    if (!window) {
      ASSERT_EQ(window.error().reason, reason::kRecoveryOff);
      return;
    }
    const int64_t now = server_.clock().NowMicros();
    ASSERT_LE(window->earliest_micros, now);
    const int64_t back = static_cast<int64_t>(Below(random, now - window->earliest_micros + 1));
    // Near now twice: the window may span days in which nothing happened.
    for (int64_t time : {now - back, now - back % 3000000, now - back % 100000, now}) {
      if (time < window->earliest_micros) continue;
      auto view = tables().OpenView(table_, time);
      ASSERT_TRUE(view) << view.error().message;
      ASSERT_EQ(ReadInPieces(**view, random), history()->At(time));
      const int64_t to = now - static_cast<int64_t>(Below(random, now - time + 1));
      CheckIncrement(table_, *history(), time, to, random);
      if (HasFatalFailure()) return;
    }
  }

  void CheckPins(Random& random) {
    for (const auto& [owner, pin] : pins_) {
      auto table = tables().FindByNumber(pin.number);
      ASSERT_TRUE(table) << owner;
      auto view = tables().OpenView(*table, pin.time);
      ASSERT_TRUE(view) << owner << ": " << view.error().message;
      ASSERT_EQ(ReadInPieces(**view, random), histories_[pin.number]->At(pin.time)) << owner;
      SCOPED_TRACE(owner);
      const int64_t length = server_.clock().NowMicros() - pin.time;
      const int64_t to = pin.time + static_cast<int64_t>(Below(random, length + 1)) % 3000000;
      CheckIncrement(*table, *histories_[pin.number], pin.time, to, random);
      if (HasFatalFailure()) return;
    }
  }

  void PinOrUnpin(Random& random) {
    if (!pins_.empty() && Below(random, 2) == 0) {
      auto pin = std::next(pins_.begin(), static_cast<ptrdiff_t>(Below(random, pins_.size())));
      tables().Unpin(pin->second.number, pin->first);
      pins_.erase(pin);
      return;
    }
    // As a backup does it, with recovery off, too.
    const std::string backup = "backup" + std::to_string(next_pin_++);
    if (Below(random, 2) == 0) {
      auto time = tables().PinNow(table_, backup);
      ASSERT_TRUE(time) << time.error().message;
      pins_[backup] = {tables().Describe(table_).number, *time};
      return;
    }
    auto window = tables().RestorableWindow(table_);
    if (!window) return;
    const int64_t now = server_.clock().NowMicros();
    const int64_t back =
        static_cast<int64_t>(Below(random, now - window->earliest_micros + 1)) % 10000000;
    const std::string owner = "job" + std::to_string(next_pin_++);
    pins_[owner] = {tables().Describe(table_).number, now - back};
    tables().Pin(pins_[owner].number, owner, now - back);
  }

  void Restart() {
    table_.reset();
    server_.Restart();
    server_.engine().page_entries_max = 7;
    EXPECT_TRUE(tables().CollectGarbage());  // before the pins are there: drops nothing
    for (const auto& [owner, pin] : pins_) tables().Pin(pin.number, owner, pin.time);
    tables().PinsLoaded();
    table_ = server_.FindTable();
  }

  void DeleteAndCreate() {
    ASSERT_TRUE(tables().Delete(table_));
    MakeTable();
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, ModelTest,
                         ::testing::Values(TestServer::EngineKind::kMemory,
                                           TestServer::EngineKind::kMemoryWithGuards,
                                           TestServer::EngineKind::kRocksDb));

TEST_P(ModelTest, AgreesWithTheWholeHistory) {
  const uint64_t seed = Seed();
  std::cout << "DRAY_TEST_SEED=" << seed << std::endl;
  SCOPED_TRACE("DRAY_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  server_.engine().page_entries_max = 7;
  tables().PinsLoaded();
  MakeTable();
  for (int step = 0; step < kSteps; ++step) {
    switch (Below(random, 12)) {
      case 0:
      case 1:
      case 2:
        Storm(random);
        break;
      case 3:
        Restart();
        break;
      case 4:
        server_.wall().Move(-static_cast<int64_t>(Below(random, 3 * base::kMicrosPerDay)));
        break;
      case 5:
        server_.MoveClock(static_cast<int64_t>(Below(random, 3 * base::kMicrosPerDay)));
        break;
      case 6:
      case 7:
        ASSERT_TRUE(tables().EnableRecovery(table_, 1 + static_cast<int64_t>(Below(random, 35))));
        break;
      case 8:
        if (Below(random, 3) == 0) {
          ASSERT_TRUE(tables().DisableRecovery(table_));
        }
        break;
      case 9:
        PinOrUnpin(random);
        break;
      case 10:
        ASSERT_TRUE(tables().CollectGarbage());
        break;
      case 11:
        if (Below(random, 4) == 0) DeleteAndCreate();
        break;
    }
    if (HasFatalFailure()) return;
    for (int i = 0; i < 20; ++i) WriteOnce(Below(random, kWriters), random, *history());
    CheckNow();
    if (HasFatalFailure()) return;
    CheckPast(random);
    if (HasFatalFailure()) return;
    CheckPins(random);
    if (HasFatalFailure()) return;
  }
  // Times are given once in the life of the data folder.
  std::set<int64_t> all;
  for (const auto& [number, history] : histories_) {
    for (int64_t time : history->Times()) EXPECT_TRUE(all.insert(time).second);
  }
  // Once nobody needs it, everything goes.
  for (const auto& [owner, pin] : pins_) tables().Unpin(pin.number, owner);
  ASSERT_TRUE(tables().DisableRecovery(table_));
  ASSERT_TRUE(tables().Delete(table_));
  ASSERT_TRUE(tables().CollectGarbage());
  for (char family : {'i', 'c', 'x'}) EXPECT_EQ(server_.engine().CountKeys(family), 0u) << family;
}

}  // namespace
}  // namespace dray::table
