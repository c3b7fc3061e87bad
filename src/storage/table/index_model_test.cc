// SPDX-License-Identifier: Apache-2.0
// Indexes, item collections and expiry against a naive model: random tables with local and global
// indexes of all projections and several key attributes; random writes, batches, failing commits;
// indexes that are created and deleted while threads write; restarts in between. After every step
// each index holds exactly what the model computes from the items. DRAY_TEST_SEED=n repeats a run
// as far as threads allow.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <map>
#include <mutex>
#include <random>
#include <set>
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
using Random = std::mt19937_64;
using Key = std::pair<std::string, std::string>;
using Contents = std::map<Key, Item>;

uint64_t Seed() {
  const char* given = std::getenv("DRAY_TEST_SEED");
  return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

size_t Below(Random& random, size_t end) { return random() % end; }
bool OneIn(Random& random, size_t n) { return Below(random, n) == 0; }

const std::vector<item::KeyElement> kPool = {
    {"a", Type::kString}, {"b", Type::kNumber}, {"c", Type::kBinary}, {"d", Type::kString}};

AttributeValue Value(AttributeValue::Variant value) { return {std::move(value)}; }

AttributeValue RandomValue(Type type, Random& random) {
  static const std::vector<std::string> kTexts = {
      std::string(1, '\0'), "x", std::string("x\0", 2), std::string("x\0y", 3), "xy", "y\x01"};
  switch (type) {
    case Type::kNumber:
      return Value(*Number::Parse(std::to_string(static_cast<int>(Below(random, 5)) - 2) + ".5"));
    case Type::kBinary:
      return Value(AttributeValue::Binary{OneIn(random, 4) ? "\xff" : kTexts[Below(random, 6)]});
    default:
      return Value(kTexts[Below(random, kTexts.size())]);
  }
}

// ---- the model

size_t SizeOf(const Item& item) {
  const std::string encoded = item::EncodeItem(item);
  return item::ItemView(encoded).SizeBytes();
}

// The ordered forms of some attributes; empty when one is missing or does not fit.
std::vector<std::string> PartsOf(const std::vector<item::KeyElement>& elements, const Item& item) {
  std::vector<std::string> parts;
  for (const item::KeyElement& element : elements) {
    auto found = item.find(element.name);
    if (found == item.end() || found->second.type() != element.type) return {};
    const std::string encoded = item::EncodeItem({*found});
    parts.emplace_back();
    EXPECT_TRUE(AppendOrderedKeyPart(*item::ItemView(encoded).Find(element.name), parts.back()));
    if (parts.back().empty()) return {};
  }
  return parts;
}

struct ModelEntry {
  std::vector<std::string> hash, range;
  Item projected;
};

std::optional<ModelEntry> EntryInModel(const IndexDescriptor& index, const Item& item) {
  ModelEntry entry;
  entry.hash = PartsOf(index.key_schema.hash, item);
  entry.range = PartsOf(index.key_schema.range, item);
  if (entry.hash.empty() || (entry.range.empty() && !index.key_schema.range.empty())) return {};
  std::set<std::string> names = {"pk", "sk"};
  for (const auto& element : index.key_schema.hash) names.insert(element.name);
  for (const auto& element : index.key_schema.range) names.insert(element.name);
  if (index.projection.type == Projection::Type::kInclude) {
    names.insert(index.projection.non_key_attributes.begin(),
                 index.projection.non_key_attributes.end());
  }
  for (const auto& [name, value] : item) {
    if (index.projection.type == Projection::Type::kAll || names.contains(name)) {
      entry.projected.emplace(name, value);
    }
  }
  return entry;
}

bool Violates(const IndexDescriptor& index, const Item& item) {
  for (const auto* elements : {&index.key_schema.hash, &index.key_schema.range}) {
    for (const item::KeyElement& element : *elements) {
      auto found = item.find(element.name);
      if (found == item.end()) continue;
      if (PartsOf({element}, item).empty()) return true;
    }
  }
  return false;
}

class IndexModelTest : public ::testing::TestWithParam<TestServer::EngineKind> {
 protected:
  static constexpr size_t kWriters = 3;
  static constexpr int kSteps = 30;

  TestServer server_{GetParam()};
  TableRef table_;
  Contents items_;
  std::set<uint64_t> numbers_;  // of all indexes there ever were
  int next_name_ = 0;

  bool has_global() const { return GetParam() != TestServer::EngineKind::kMemoryWithGuards; }
  Tables& tables() { return server_.tables(); }
  TableDescriptor Describe() { return tables().Describe(table_); }

  // ---- tables and items

  IndexDescriptor RandomIndex(IndexKind kind, Random& random) {
    std::vector<item::KeyElement> pool = kPool;
    if (kind == IndexKind::kGlobal) pool.push_back({"sk", Type::kString});
    std::shuffle(pool.begin(), pool.end(), random);
    IndexDescriptor index;
    index.name = "index" + std::to_string(next_name_++);
    index.kind = kind;
    size_t used = 0;
    if (kind == IndexKind::kLocal) {
      index.key_schema.hash = {{"pk", Type::kString}};
      index.key_schema.range = {pool[0]};
    } else {
      used = OneIn(random, 2) ? 1 : 1 + Below(random, 3);
      index.key_schema.hash.assign(pool.begin(), pool.begin() + static_cast<ptrdiff_t>(used));
      const size_t ranges = Below(random, std::min<size_t>(4, pool.size() - used + 1));
      for (size_t i = 0; i < ranges; ++i) index.key_schema.range.push_back(pool[used + i]);
    }
    index.projection.type = static_cast<Projection::Type>(Below(random, 3));
    if (index.projection.type == Projection::Type::kInclude) {
      index.projection.non_key_attributes = {"x"};
    }
    return index;
  }

  void MakeTable(Random& random) {
    TableDescriptor spec = TestServer::Spec();
    for (size_t i = 0, count = Below(random, 3); i < count; ++i) {
      spec.indexes.push_back(RandomIndex(IndexKind::kLocal, random));
    }
    for (size_t i = 0, count = has_global() ? Below(random, 3) : 0; i < count; ++i) {
      spec.indexes.push_back(RandomIndex(IndexKind::kGlobal, random));
    }
    table_ = server_.MakeTable(std::move(spec));
    items_.clear();
  }

  static Key RandomKey(size_t writer, Random& random) {
    return {"p" + std::to_string(writer) + std::to_string(Below(random, 3)),
            "s" + std::to_string(Below(random, 8))};
  }

  Item RandomItem(const Key& key, Random& random) {
    Item item = {{"pk", Value(key.first)}, {"sk", Value(key.second)}};
    for (const item::KeyElement& element : kPool) {
      if (OneIn(random, 4)) continue;
      item[element.name] = RandomValue(element.type, random);
      if (OneIn(random, 60)) item[element.name] = Value(true);
      if (OneIn(random, 60)) item[element.name] = Value(std::string());
    }
    if (OneIn(random, 2)) item["x"] = Value(std::string(Below(random, 20), 'x'));
    if (OneIn(random, 2)) item["y"] = RandomValue(Type::kNumber, random);
    if (OneIn(random, 2)) {
      const int64_t now = server_.clock().NowMicros() / 1000000;
      const int64_t ahead = static_cast<int64_t>(Below(random, 4000)) - 1000;
      item["ttl"] =
          OneIn(random, 8) ? Value(std::string("soon")) : Value(Number::FromInt64(now + ahead));
    }
    return item;
  }

  // ---- writes

  int64_t CollectionBytes(const Contents& items, const std::string& pk) {
    int64_t bytes = 0;
    for (const auto& [key, item] : items) {
      if (key.first != pk) continue;
      bytes += static_cast<int64_t>(SizeOf(item));
      for (const IndexDescriptor& index : Describe().indexes) {
        if (index.kind != IndexKind::kLocal) continue;
        if (auto entry = EntryInModel(index, item)) {
          bytes += static_cast<int64_t>(SizeOf(entry->projected));
        }
      }
    }
    return bytes;
  }

  void CheckCollection(const MutateResult& result, const Contents& items, const Key& key) {
    bool has_local = false;
    for (const auto& index : Describe().indexes) has_local |= index.kind == IndexKind::kLocal;
    ASSERT_EQ(result.collection_bytes.has_value(), has_local && result.write_time_micros != 0);
    if (result.collection_bytes) {
      ASSERT_EQ(static_cast<int64_t>(*result.collection_bytes), CollectionBytes(items, key.first));
    }
  }

  // `may_fail`: commits fail now and then.
  void WriteOnce(size_t writer, Contents& items, bool may_fail, Random& random) {
    const Key key = RandomKey(writer, random);
    if (OneIn(random, 4)) {
      auto done = server_.DeleteItem(table_, {key.first, key.second});
      ASSERT_TRUE(done || may_fail) << done.error().message;
      if (!done) return;
      ASSERT_EQ(done->old_item.has_value(), items.erase(key) > 0);
      CheckCollection(*done, items, key);
    } else if (OneIn(random, 5)) {
      WriteSome(writer, items, may_fail, random);
    } else {
      const Item item = RandomItem(key, random);
      auto done = server_.PutItem(table_, item);
      if (done) {
        items[key] = item;
        CheckCollection(*done, items, key);
      } else {
        const bool is_refused = done.error().kind == base::ErrorKind::kInvalidArgument;
        ASSERT_TRUE(may_fail || is_refused) << done.error().message;
      }
    }
  }

  void WriteSome(size_t writer, Contents& items, bool may_fail, Random& random) {
    std::map<Key, std::optional<Item>> writes;
    for (size_t i = 0, count = 1 + Below(random, 6); i < count; ++i) {
      const Key key = RandomKey(writer, random);
      writes[key] = OneIn(random, 3) ? std::nullopt : std::optional(RandomItem(key, random));
      // Without commits over partitions a refused item would leave the others half done.
      if (writes[key]) {
        for (const item::KeyElement& element : kPool) {
          if (PartsOf({element}, *writes[key]).empty()) writes[key]->erase(element.name);
        }
      }
    }
    std::vector<Tables::BatchEntry> batch;
    for (const auto& [key, item] : writes) {
      Tables::BatchEntry entry;
      entry.key = {key.first, key.second};
      if (item) {
        entry.encoded = item::EncodeItem(*item);
        entry.size_bytes = SizeOf(*item);
      }
      batch.push_back(std::move(entry));
    }
    auto done = tables().WriteBatch(table_, batch);
    ASSERT_TRUE(done || may_fail) << done.error().message;
    if (!done) {
      if (!has_global()) Reread(writes, items);
      return;
    }
    ASSERT_EQ(done->size(), writes.size());
    size_t i = 0;
    for (const auto& [key, item] : writes) {
      const MutateResult& result = (*done)[i++];
      ASSERT_EQ(result.old_item.has_value(), items.contains(key));
      if (item) {
        items[key] = *item;
      } else {
        items.erase(key);
      }
    }
  }

  // What a batch left behind that failed in the middle.
  void Reread(const std::map<Key, std::optional<Item>>& writes, Contents& items) {
    for (const auto& [key, item] : writes) {
      auto found = tables().Get(table_, {key.first, key.second});
      ASSERT_TRUE(found);
      items.erase(key);
      if (*found) items[key] = item::ItemView((*found)->encoded()).ToTree();
    }
  }

  // ---- indexes come and go

  void ChangeIndexes(Random& random) {
    const TableDescriptor descriptor = Describe();
    const size_t choice = Below(random, 6);
    if (choice < 2 && has_global()) {
      if (descriptor.indexes.size() > 6) return;
      ASSERT_TRUE(tables().CreateIndex(table_, RandomIndex(IndexKind::kGlobal, random)));
    } else if (choice < 4) {
      if (descriptor.indexes.empty()) return;
      const IndexDescriptor& index = descriptor.indexes[Below(random, descriptor.indexes.size())];
      const bool is_done{tables().DeleteIndex(table_, index.name)};
      ASSERT_EQ(is_done,
                index.kind == IndexKind::kGlobal && index.status != IndexStatus::kDeleting);
    } else {
      TimeToLive settings;
      settings.is_enabled = OneIn(random, 3) ? false : true;
      settings.attribute = OneIn(random, 4) ? "y" : "ttl";
      ASSERT_TRUE(tables().SetTimeToLive(table_, settings));
    }
    for (const IndexDescriptor& index : Describe().indexes) numbers_.insert(index.number);
  }

  void AdvanceAll() {
    for (;;) {
      auto is_more = tables().AdvanceIndexWork(10);
      ASSERT_TRUE(is_more) << is_more.error().message;
      if (!*is_more) break;
    }
    for (const IndexDescriptor& index : Describe().indexes) {
      ASSERT_EQ(index.status, IndexStatus::kActive) << index.name;
      ASSERT_FALSE(index.is_backfilling);
    }
  }

  void Storm(Random& random) {
    std::vector<Contents> own(kWriters);
    for (const auto& [key, item] : items_) own[key.first[1] - '0'].emplace(key, item);
    std::vector<std::thread> threads;
    std::atomic<size_t> writing = kWriters;
    for (size_t writer = 0; writer < kWriters; ++writer) {
      threads.emplace_back([&, writer, seed = random()] {
        Random mine(seed);
        for (int i = 0; i < 100 && !HasFatalFailure(); ++i) {
          WriteOnce(writer, own[writer], false, mine);
        }
        --writing;
      });
    }
    threads.emplace_back([&, seed = random()] {
      Random mine(seed);
      while (writing > 0 && !HasFatalFailure()) {
        if (OneIn(mine, 10)) ChangeIndexes(mine);
        auto advanced = tables().AdvanceIndexWork(1 + Below(mine, 20));
        ASSERT_TRUE(advanced) << advanced.error().message;
      }
    });
    for (std::thread& thread : threads) thread.join();
    items_.clear();
    for (Contents& contents : own) items_.merge(contents);
  }

  void Expire(Random& random) {
    server_.MoveClock(static_cast<int64_t>(Below(random, 1000)) * 1000000);
    const TimeToLive settings = Describe().time_to_live;
    int64_t now = server_.clock().NowMicros() / 1000000;
    for (;;) {
      auto is_more = tables().ExpireItems(1 + Below(random, 20));
      ASSERT_TRUE(is_more) << is_more.error().message;
      if (!*is_more) break;
    }
    // A round that was under way took an older time; the next one takes the newest.
    auto again = tables().ExpireItems(1000000);
    ASSERT_TRUE(again && !*again);
    if (!settings.is_enabled || settings.is_backfilling) {
      if (settings.is_enabled) RereadAll();
      return;
    }
    for (auto at = items_.begin(); at != items_.end();) {
      auto value = at->second.find(settings.attribute);
      const bool is_number = value != at->second.end() && value->second.type() == Type::kNumber;
      const bool is_due =
          is_number && std::get<Number>(value->second.get()) < Number::FromInt64(now) &&
          Number::FromInt64(now - 5 * 365 * 86400) < std::get<Number>(value->second.get());
      at = is_due ? items_.erase(at) : std::next(at);
    }
  }

  // The items as they are, when the model cannot know them.
  void RereadAll() {
    items_.clear();
    auto page = tables().Scan(table_, {}, std::nullopt, {.bytes_max = SIZE_MAX});
    ASSERT_TRUE(page);
    for (const StoredItem& stored : page->items) {
      Item item = item::ItemView(stored.encoded()).ToTree();
      items_[{std::get<std::string>(item["pk"].get()), std::get<std::string>(item["sk"].get())}] =
          item;
    }
  }

  void FailCommits(Random& random) {
    auto own = std::make_shared<Random>(random());
    auto mutex = std::make_shared<std::mutex>();  // shared: by the copies of the function
    server_.engine().set_before_commit([own, mutex](const kv::Batch&) -> base::Status {
      std::lock_guard lock(*mutex);
      if (!OneIn(*own, 6)) return base::Ok();
      return base::Error{base::ErrorKind::kIo, "injected", {}};
    });
    for (int i = 0; i < 40 && !HasFatalFailure(); ++i) {
      WriteOnce(Below(random, kWriters), items_, true, random);
      if (OneIn(random, 4)) {
        if (auto advanced = tables().AdvanceIndexWork(1 + Below(random, 20)); !advanced) {
          EXPECT_EQ(advanced.error().message, "injected");
        }
      }
    }
    server_.engine().set_before_commit({});
  }

  void Restart() {
    table_.reset();
    server_.Restart();
    server_.engine().page_entries_max = 7;
    tables().PinsLoaded();
    table_ = server_.FindTable();
  }

  // ---- what must hold

  void CheckAll(Random& random) {
    std::vector<Item> expected;
    size_t bytes = 0;
    for (const auto& [key, item] : items_) {
      expected.push_back(item);
      bytes += SizeOf(item);
    }
    auto page = tables().Scan(table_, {}, std::nullopt, {.bytes_max = SIZE_MAX});
    ASSERT_TRUE(page);
    ASSERT_TRUE(SameItems(*page, expected));
    ASSERT_EQ(tables().Metrics(table_).item_count, expected.size());
    ASSERT_EQ(tables().Metrics(table_).size_bytes, bytes);
    std::set<uint64_t> live;
    for (const IndexDescriptor& index : Describe().indexes) {
      SCOPED_TRACE(index.name);
      live.insert(index.number);
      CheckIndex(index, random);
      if (HasFatalFailure()) return;
    }
    if (!Describe().indexes.empty()) return;
    for (uint64_t number : numbers_) {
      if (!live.contains(number)) {
        ASSERT_EQ(server_.engine().CountKeys(TablePrefix('i', number)), 0u);
        ASSERT_EQ(server_.engine().CountKeys(TablePrefix('m', number)), 0u);
      }
    }
  }

  static bool SameItems(const ItemPage& page, const std::vector<Item>& expected) {
    std::multiset<std::string> left, right;
    for (const StoredItem& item : page.items) {
      left.insert(item::EncodeItem(item::ItemView(item.encoded()).ToTree()));
    }
    for (const Item& item : expected) right.insert(item::EncodeItem(item));
    return left == right;
  }

  void CheckIndex(const IndexDescriptor& index, Random& random) {
    const std::string prefix = TablePrefix('i', index.number);
    auto metrics = tables().IndexMetrics(table_, index.name);
    ASSERT_TRUE(metrics);
    if (index.status != IndexStatus::kDeleting) {
      ASSERT_EQ(metrics->item_count, server_.engine().CountKeys(prefix));
    }
    auto page = tables().Scan(table_, index.name, {}, std::nullopt, {.bytes_max = SIZE_MAX});
    if (index.status != IndexStatus::kActive) {
      ASSERT_FALSE(page);
      ASSERT_EQ(page.error().reason, index.status == IndexStatus::kDeleting ? reason::kIndexNotFound
                                                                            : reason::kIndexInUse);
      return;
    }
    ASSERT_TRUE(page);
    std::map<std::vector<std::string>, std::vector<ModelEntry>> partitions;
    std::vector<Item> expected;
    size_t bytes = 0;
    for (const auto& [key, item] : items_) {
      // An item that was there before the index and does not fit is left out.
      if (Violates(index, item)) continue;
      auto entry = EntryInModel(index, item);
      if (!entry) continue;
      expected.push_back(entry->projected);
      bytes += SizeOf(entry->projected);
      partitions[entry->hash].push_back(*entry);
    }
    ASSERT_TRUE(SameItems(*page, expected));
    ASSERT_EQ(metrics->size_bytes, bytes);
    CheckSegments(index, expected.size(), random);
    for (const auto& [hash, entries] : partitions) {
      CheckQuery(index, hash, entries, random);
      if (HasFatalFailure()) return;
    }
  }

  void CheckSegments(const IndexDescriptor& index, size_t count, Random& random) {
    const uint64_t cut = random();
    size_t found = 0;
    for (HashRange range : {HashRange{0, cut}, HashRange{cut + 1, UINT64_MAX}}) {
      if (range.first > range.last) continue;
      auto page = tables().Scan(table_, index.name, range, std::nullopt, {.bytes_max = SIZE_MAX});
      ASSERT_TRUE(page);
      found += page->items.size();
    }
    ASSERT_EQ(found, count);
  }

  void CheckQuery(const IndexDescriptor& index, const std::vector<std::string>& hash,
                  std::vector<ModelEntry> entries, Random& random) {
    SortRange sort;
    const ModelEntry& some = entries[Below(random, entries.size())];
    const size_t equal = Below(random, index.key_schema.range.size() + 1);
    sort.equal.assign(some.range.begin(), some.range.begin() + static_cast<ptrdiff_t>(equal));
    if (equal < some.range.size()) {
      const std::string& other = entries[Below(random, entries.size())].range[equal];
      const size_t choice = Below(random, 5);
      if (choice == 1 || choice == 3) sort.from = some.range[equal];
      if (choice == 2 || choice == 3) sort.to = other;
      if (choice == 4 && index.key_schema.range[equal].type != Type::kNumber) {
        sort.prefix = some.range[equal].substr(0, 1);
      }
      sort.from_inclusive = OneIn(random, 2);
      sort.to_inclusive = OneIn(random, 2);
    }
    std::erase_if(entries, [&](const ModelEntry& entry) {
      for (size_t i = 0; i < equal; ++i) {
        if (entry.range[i] != sort.equal[i]) return true;
      }
      if (equal == entry.range.size()) return false;
      const std::string& value = entry.range[equal];
      if (sort.from && (value < *sort.from || (value == *sort.from && !sort.from_inclusive))) {
        return true;
      }
      if (sort.to && (value > *sort.to || (value == *sort.to && !sort.to_inclusive))) return true;
      return sort.prefix && !value.starts_with(*sort.prefix);
    });

    const bool is_reverse = OneIn(random, 2);
    ItemPage all;
    std::optional<item::PrimaryKey> start;
    const item::KeySchema table_schema = Describe().key_schema;
    for (;;) {
      auto page = tables().Query(table_, index.name, IndexPartitionKey(hash), sort,
                                 is_reverse ? kv::Direction::kReverse : kv::Direction::kForward,
                                 start, {.items_max = 1 + Below(random, 4)});
      ASSERT_TRUE(page) << page.error().message;
      for (StoredItem& item : page->items) all.items.push_back(std::move(item));
      if (page->is_last) break;
      auto key = EntryKeyOf(index, table_schema, item::ItemView(all.items.back().encoded()));
      ASSERT_TRUE(key);
      start = *key;
    }
    std::vector<Item> expected;
    for (const ModelEntry& entry : entries) expected.push_back(entry.projected);
    ASSERT_TRUE(SameItems(all, expected)) << all.items.size() << " instead of " << expected.size();
    for (size_t i = 1; i < all.items.size(); ++i) {
      auto before =
          PartsOf(index.key_schema.range, item::ItemView(all.items[i - 1].encoded()).ToTree());
      auto after = PartsOf(index.key_schema.range, item::ItemView(all.items[i].encoded()).ToTree());
      ASSERT_TRUE(is_reverse ? before >= after : before <= after);
    }
  }
};

INSTANTIATE_TEST_SUITE_P(Engines, IndexModelTest,
                         ::testing::Values(TestServer::EngineKind::kMemory,
                                           TestServer::EngineKind::kMemoryWithGuards,
                                           TestServer::EngineKind::kRocksDb));

TEST_P(IndexModelTest, EveryIndexIsWhatTheItemsSay) {
  const uint64_t seed = Seed();
  std::cout << "DRAY_TEST_SEED=" << seed << std::endl;
  SCOPED_TRACE("DRAY_TEST_SEED=" + std::to_string(seed));
  Random random(seed);
  server_.engine().page_entries_max = 7;
  tables().PinsLoaded();
  MakeTable(random);
  if (OneIn(random, 2)) {
    ASSERT_TRUE(tables().EnableRecovery(table_, 35));
  }
  for (int step = 0; step < kSteps; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    switch (Below(random, 9)) {
      case 0:
      case 1:
        Storm(random);
        break;
      case 2:
      case 3:
        ChangeIndexes(random);
        break;
      case 4:
        Restart();
        break;
      case 5:
        FailCommits(random);
        break;
      case 6:
        Expire(random);
        break;
      case 7:
        ASSERT_TRUE(tables().AdvanceIndexWork(1 + Below(random, 30)));
        break;
      case 8:
        AdvanceAll();
        break;
    }
    if (HasFatalFailure()) return;
    for (int i = 0; i < 15 && !HasFatalFailure(); ++i) {
      WriteOnce(Below(random, kWriters), items_, false, random);
    }
    if (HasFatalFailure()) return;
    CheckAll(random);
    if (HasFatalFailure()) return;
  }
  AdvanceAll();
  if (HasFatalFailure()) return;
  CheckAll(random);
  if (HasFatalFailure()) return;
  // Nothing is left of a deleted table.
  ASSERT_TRUE(tables().Delete(table_));
  ASSERT_TRUE(tables().CollectGarbage());
  for (char family : {'i', 'e', 's'}) EXPECT_EQ(server_.engine().CountKeys(family), 0u) << family;
  EXPECT_EQ(server_.engine().CountKeys("tb"), 0u);
}

}  // namespace
}  // namespace dray::table
