// SPDX-License-Identifier: Apache-2.0
// What an accepted export needs stays, whatever happens to its table meanwhile: recovery is turned
// off, its period shortened, the table deleted or made anew, and the job killed and resumed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <thread>

#include "format/export_layout/export_layout.h"
#include "testing/transfer_server/transfer_server.h"
#include "transfer/export_table/export_table.h"

namespace dray::export_table {
namespace {

using testing::kSource;
using testing::RootOf;

constexpr char kChangeFamily = 'c';

class ExportPinsTest : public ::testing::Test {
 protected:
  ExportPinsTest()
      : server_(
            [this](testing::TransferServer& server) {
              exports_ =
                  *Exports::Make(server.tables(), server.buckets(), server.jobs(), server.clock(),
                                 testing::kRegion, {.data_file_bytes = 8 << 10, .threads = 1});
            },
            [this] { exports_.reset(); }) {
    server_.MakeBucket(kSource, "target");
  }

  void MakeTable(int period_days) {
    table_ = server_.MakeTable(kSource, "cities");
    number_ = server_.tables().Describe(table_).number;
    ASSERT_TRUE(server_.tables().EnableRecovery(table_, period_days).has_value());
  }
  // The value of every item; all of them are written.
  void WriteAll(const std::string& value) {
    for (int i = 0; i < kItems; ++i) {
      server_.Put(table_, R"({"pk":{"S":"city )" + std::to_string(i) + R"("},"v":{"S":")" + value +
                              R"("}})");
    }
  }
  base::Result<ExportDescription> Start(std::optional<int64_t> time = std::nullopt) {
    ExportRequest request;
    request.table_arn = "arn:aws:dynamodb:us-east-1:111122223333:table/cities";
    request.table_name = "cities";
    request.s3_bucket = "target";
    request.export_time_micros = time;
    return exports_->Start(RootOf(kSource), request);
  }
  void MoveClock(int64_t micros) {
    server_.wall().Move(micros);
    server_.clock().StepToWall();
  }
  void RestartServer() {
    table_.reset();
    server_.Restart();
    if (auto table = server_.tables().Find(kSource, "cities"); table) table_ = *table;
  }
  void CollectGarbage() {
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(server_.tables().CollectGarbage().has_value());
  }
  // How many items of the export have the value.
  int CountExported(const std::string& arn, const std::string& value) {
    auto description = exports_->Describe(arn);
    auto summary =
        export_layout::ParseSummary(server_.GetObject("target", (*description)->manifest_key));
    if (!summary) return -1;
    auto files =
        export_layout::ParseManifestFiles(server_.GetObject("target", summary->manifest_files_key));
    if (!files) return -1;
    int count = 0;
    const std::string wanted = R"("v":{"S":")" + value + "\"";
    for (const export_layout::FileEntry& file : *files) {
      const std::string text = testing::Gunzip(server_.GetObject("target", file.data_file_key));
      for (size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
        ++count;
      }
    }
    return count;
  }
  size_t CountChanges() {
    size_t count = 0;
    kv::Page page;
    std::string from(1, kChangeFamily);
    const std::string to(1, kChangeFamily + 1);
    do {  // the engine in memory does not tell partitions apart
      EXPECT_TRUE(
          server_.engine().ReadRange(1, from, to, kv::Direction::kForward, {}, page).has_value());
      count += page.size();
      if (page.size() > 0) from = std::string(page.key(page.size() - 1)).append(1, '\0');
    } while (!page.is_last());
    return count;
  }

  static constexpr int kItems = 200;
  std::unique_ptr<Exports> exports_;
  testing::TransferServer server_;
  table::TableRef table_;
  uint64_t number_ = 0;
};

TEST_F(ExportPinsTest, NothingOfARunningExportIsLostWhateverHappensToItsTable) {
  table::Tables* tables = nullptr;
  const std::vector<std::pair<const char*, std::function<void()>>> happenings = {
      {"off", [&] { ASSERT_TRUE(tables->DisableRecovery(table_).has_value()); }},
      {"off and on",
       [&] {
         ASSERT_TRUE(tables->DisableRecovery(table_).has_value());
         ASSERT_TRUE(tables->EnableRecovery(table_, 35).has_value());
       }},
      {"shorter", [&] { ASSERT_TRUE(tables->EnableRecovery(table_, 1).has_value()); }},
      {"out of the window", [] {}},
      {"deleted", [&] { ASSERT_TRUE(tables->Delete(table_).has_value()); }},
      {"made anew",
       [&] {
         ASSERT_TRUE(tables->Delete(table_).has_value());
         MakeTable(35);
         WriteAll("of another table");
       }},
  };
  for (const auto& [name, happen] : happenings) {
    for (uint64_t step : {2, 5, 9, 14, 20}) {
      SCOPED_TRACE(std::string(name) + ", killed at " + std::to_string(step));
      MakeTable(10);
      WriteAll("first");
      const int64_t time = *server_.clock().Issue();
      WriteAll("second");
      MoveClock(5 * base::kMicrosPerDay);
      EXPECT_EQ(CountChanges(), 2u * kItems);
      server_.jobs().Stop();
      // One of an earlier moment, one of now.
      const std::string earlier = Start(time)->record.arn;
      const std::string now = Start()->record.arn;
      WriteAll("third");
      tables = &server_.tables();
      happen();
      MoveClock(30 * base::kMicrosPerDay);
      CollectGarbage();
      RestartServer();  // begins the jobs
      server_.engine().CrashAt(step);
      server_.WaitForCrashOrEnd(now);
      RestartServer();
      CollectGarbage();
      for (const std::string& arn : {earlier, now}) {
        jobs::Record record = server_.WaitForEnd(arn);
        ASSERT_EQ(record.state, jobs::State::kCompleted) << record.failure_detail;
      }
      EXPECT_EQ(CountExported(earlier, "first"), kItems);
      EXPECT_EQ(CountExported(now, "second"), kItems);
      // And then it goes: the window holds nothing of it any more.
      CollectGarbage();
      if (table_) {
        ASSERT_TRUE(server_.tables().Delete(table_).has_value());
      }
      table_.reset();
      CollectGarbage();
      EXPECT_EQ(CountChanges(), 0u);
    }
  }
}

// Between the checks of acceptance and the job's record no change may fall out.
TEST_F(ExportPinsTest, AnExportThatIsAcceptedWhileRecoveryIsTurnedOffCompletes) {
  int accepted = 0, refused = 0;
  for (int round = 0; round < 400; ++round) {
    MakeTable(1);
    server_.Put(table_, R"({"pk":{"S":"city 0"},"v":{"S":"first"}})");
    std::atomic<bool> go{false};
    std::thread other([&] {
      while (!go) std::this_thread::yield();
      for (volatile int spin = 0; spin < (round % 97) * 60;) spin = spin + 1;
      if (round % 2 == 0) {
        EXPECT_TRUE(server_.tables().DisableRecovery(table_).has_value());
      } else {
        EXPECT_TRUE(server_.tables().Delete(table_).has_value());
      }
      for (int i = 0; i < 3; ++i) EXPECT_TRUE(server_.tables().CollectGarbage().has_value());
    });
    go = true;
    auto started = Start();
    other.join();
    if (started) {
      ++accepted;
      jobs::Record record = server_.WaitForEnd(started->record.arn);
      ASSERT_EQ(record.state, jobs::State::kCompleted) << round << ": " << record.failure_detail;
    } else {
      ++refused;
      EXPECT_TRUE(started.error().reason == reason::kRecoveryOff ||
                  started.error().reason == reason::kTableNotFound)
          << started.error().message;
    }
    if (round % 2 == 0) {
      ASSERT_TRUE(server_.tables().Delete(table_).has_value());
    }
    table_.reset();
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(server_.tables().CollectGarbage().has_value());
  }
  EXPECT_GT(accepted, 0);
  RecordProperty("accepted", accepted);
  RecordProperty("refused", refused);
}

}  // namespace
}  // namespace dray::export_table
