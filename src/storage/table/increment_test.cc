// SPDX-License-Identifier: Apache-2.0
// Each case of an increment by itself; model_test.cc has random ones.
#include "storage/table/increment.h"

#include <gmock/gmock.h>

#include "storage/table/test_server.h"

namespace dray::table {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// "old>new", "-" where the key was absent.
std::vector<std::string> Read(Increment& increment, bool with_old_images = true,
                              std::vector<int64_t>* times = nullptr) {
  std::vector<std::string> changes;
  auto cursor = increment.OpenCursor({}, {}, with_old_images);
  EXPECT_TRUE(cursor.has_value());
  for (;;) {
    auto change = (*cursor)->Next();
    EXPECT_TRUE(change.has_value()) << change.error().message;
    if (!change || !*change) return changes;
    auto text = [](const std::optional<Image>& image) {
      return image ? std::string(image->encoded) : std::string("-");
    };
    changes.push_back(text((*change)->old_image) + ">" + text((*change)->new_image));
    if (times != nullptr) times->push_back((*change)->write_time_micros);
  }
}

class IncrementTest : public ::testing::Test {
 protected:
  TestServer server;
  TableRef table = MakeRecordedTable();

  Tables& tables() { return server.tables(); }
  TableRef MakeRecordedTable() {
    tables().PinsLoaded();
    TableRef made = server.MakeTable();
    EXPECT_TRUE(tables().EnableRecovery(made, 35));
    return made;
  }
  int64_t Put(const std::string& key, const std::string& value) {
    return server.Put(table, {key, "s"}, value);
  }
  int64_t Delete(const std::string& key) { return server.Delete(table, {key, "s"}); }
  int64_t Now() { return *server.clock().Issue(); }
  // A generation begins only after many changes: a restart makes one.
  void BeginGeneration() {
    table.reset();
    server.Restart();
    tables().PinsLoaded();
    table = server.FindTable();
  }
  std::unique_ptr<Increment> Open(int64_t from, int64_t to) {
    auto increment = tables().OpenIncrement(table, from, to);
    EXPECT_TRUE(increment.has_value()) << increment.error().message;
    return *std::move(increment);
  }
};

TEST_F(IncrementTest, HasOneChangeForEachKeyThatIsAnother) {
  Put("untouched", "0");
  Put("updated", "u1");
  Put("deleted", "d1");
  Put("replaced", "r1");
  const int64_t from = Now();
  Put("updated", "u2");
  Put("updated", "u3");
  Put("inserted", "i1");
  Put("passing", "p1");
  Delete("passing");
  Delete("deleted");
  Delete("replaced");
  Put("replaced", "r2");
  const int64_t to = Now();
  EXPECT_THAT(Read(*Open(from, to)), UnorderedElementsAre("u1>u3", "->i1", "d1>-", "r1>r2"));
}

TEST_F(IncrementTest, HasOldImagesOnlyOfDeletedItemsUnlessWanted) {
  Put("updated", "u1");
  Put("deleted", "d1");
  const int64_t from = Now();
  Put("updated", "u2");
  Delete("deleted");
  EXPECT_THAT(Read(*Open(from, Now()), /*with_old_images=*/false),
              UnorderedElementsAre("->u2", "d1>-"));
}

TEST_F(IncrementTest, BoundsAreInclusiveAndExclusive) {
  Put("a", "1");
  const int64_t first = Put("a", "2"), second = Put("a", "3");
  std::vector<int64_t> times;
  EXPECT_THAT(Read(*Open(first, second), true, &times), ElementsAre("1>2"));
  EXPECT_THAT(times, ElementsAre(first));
  times.clear();
  EXPECT_THAT(Read(*Open(first, second + 1), true, &times), ElementsAre("1>3"));
  EXPECT_THAT(times, ElementsAre(second));
  EXPECT_THAT(Read(*Open(first, first)), IsEmpty());
}

TEST_F(IncrementTest, LaterWritesDoNotShow) {
  for (const char* key : {"once", "often", "gone", "back", "deleted"}) Put(key, "1");
  const int64_t from = Now();
  for (const char* key : {"once", "often", "gone", "back"}) Put(key, "2");
  Delete("deleted");
  Put("passing", "1");
  Delete("passing");
  const int64_t to = Now();
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 9; ++i) Put("often", "x");
    if (round == 1) {
      Put("once", "x");
      Delete("gone");
      Delete("back");
      Put("back", "x");
      Put("deleted", "x");
      Put("passing", "x");
    }
    EXPECT_THAT(Read(*Open(from, to)), UnorderedElementsAre("1>2", "1>2", "1>2", "1>2", "1>-"));
    BeginGeneration();
  }
}

TEST_F(IncrementTest, GoesOnFromPositions) {
  const int64_t from = Now();
  for (int i = 0; i < 20; ++i) Put("key" + std::to_string(i), std::to_string(i));
  auto increment = Open(from, Now());
  const std::vector<std::string> whole = Read(*increment);
  ASSERT_EQ(whole.size(), 20u);
  std::string position;
  for (const std::string& expected : whole) {
    auto cursor = increment->OpenCursor({}, position, true);
    ASSERT_TRUE(cursor);
    auto change = (*cursor)->Next();
    ASSERT_TRUE(change && *change);
    EXPECT_EQ("->" + std::string((*change)->new_image->encoded), expected);
    position = (*cursor)->position();
  }
  EXPECT_FALSE(increment->OpenCursor({}, "nonsense", true));
}

TEST_F(IncrementTest, CostsNothingForWhatWasWrittenBefore) {
  for (int i = 0; i < 500; ++i) Put("key" + std::to_string(i), "1");
  BeginGeneration();
  const int64_t from = Now();
  for (int i = 0; i < 10; ++i) Put("key" + std::to_string(i), "2");
  const int64_t to = Now();
  BeginGeneration();
  for (int i = 20; i < 500; ++i) Put("key" + std::to_string(i), "3");
  auto increment = Open(from, to);
  server.engine().change_index_entries_read = 0;
  EXPECT_EQ(Read(*increment).size(), 10u);
  EXPECT_EQ(server.engine().change_index_entries_read, 10u);
}

TEST_F(IncrementTest, NeedsARecordedPast) {
  const int64_t from = Now();
  EXPECT_EQ(tables().OpenIncrement(table, from, from + base::kMicrosPerDay).error().reason,
            reason::kOutsideWindow);
  EXPECT_EQ(tables().OpenIncrement(table, from, from - 1).error().reason, reason::kOutsideWindow);
  EXPECT_EQ(tables().OpenIncrement(table, 1, from).error().reason, reason::kOutsideWindow);
  ASSERT_TRUE(tables().DisableRecovery(table));
  EXPECT_EQ(tables().OpenIncrement(table, from, Now()).error().reason, reason::kRecoveryOff);
}

TEST_F(IncrementTest, APinKeepsIt) {
  Put("a", "1");
  const int64_t from = Now();
  Put("a", "2");
  const int64_t to = Now();
  Put("a", "3");
  tables().Pin(tables().Describe(table).number, "job", from);
  ASSERT_TRUE(tables().DisableRecovery(table));
  const uint64_t number = tables().Describe(table).number;
  ASSERT_TRUE(tables().Delete(table));
  ASSERT_TRUE(tables().CollectGarbage());
  table = *tables().FindByNumber(number);
  EXPECT_THAT(Read(*Open(from, to)), ElementsAre("1>2"));
}

}  // namespace
}  // namespace dray::table
