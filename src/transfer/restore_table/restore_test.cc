// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <thread>

#include "testing/transfer_server/transfer_server.h"
#include "transfer/restore_table/accepted_restore.h"
#include "transfer/restore_table/checkpoint.h"
#include "transfer/restore_table/restore_table.h"

namespace dray::restore_table {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kSource;
using testing::RootOf;

constexpr const char* kTargetName = "restored";

std::string ItemJson(int number, const std::string& value) {
  return R"({"pk":{"S":"key-)" + std::to_string(number) + R"("},"v":{"S":")" + value + R"("}})";
}

table::IndexDescriptor IndexByValue() {
  table::IndexDescriptor index;
  index.name = "by-v";
  index.kind = table::IndexKind::kGlobal;
  index.key_schema.hash = {{"v", item::Type::kString}};
  return index;
}

class RestoreTest : public ::testing::Test {
 protected:
  RestoreRequest Request() {
    RestoreRequest request;
    request.source_table = "source";
    request.make_table = [](const table::TableDescriptor& source) {
      table::TableDescriptor target = source;
      target.name = kTargetName;
      return base::Result<table::TableDescriptor>(std::move(target));
    };
    return request;
  }
  base::Result<table::TableRef> Start(const RestoreRequest& request) {
    return restores_->Start(RootOf(kSource), request);
  }
  std::string ArnOfJob() {
    auto records = server_.jobs().List(kSource, "restore", {}, {}, 1);
    EXPECT_TRUE(records && records->size() == 1);
    return records->front().arn;
  }
  jobs::Record WaitForEnd() { return server_.WaitForEnd(ArnOfJob()); }
  table::TableRef Target() {
    auto table = server_.tables().Find(kSource, kTargetName);
    EXPECT_TRUE(table);
    return *table;
  }
  table::TableRef MakeRecordedSource(std::vector<table::IndexDescriptor> indexes = {}) {
    table::TableDescriptor spec;
    spec.account = kSource;
    spec.name = "source";
    spec.key_schema.hash = {{"pk", item::Type::kString}};
    spec.indexes = std::move(indexes);
    auto table = server_.tables().Create(std::move(spec), /*load_later=*/false);
    EXPECT_TRUE(table);
    EXPECT_TRUE(server_.tables().EnableRecovery(*table, 35));
    return *table;
  }

  Options options_{.threads = 2, .range_bytes = 500, .checkpoint_bytes = 1};
  std::unique_ptr<Backups> backups_;
  std::unique_ptr<Restores> restores_;
  testing::TransferServer server_{[this](testing::TransferServer& server) {
                                    backups_ = *Backups::Make(server.tables(), server.clock(),
                                                              server.engine(), testing::kRegion);
                                    auto made =
                                        Restores::Make(server.tables(), *backups_, server.jobs(),
                                                       server.clock(), testing::kRegion, options_);
                                    ASSERT_TRUE(made) << made.error().message;
                                    restores_ = *std::move(made);
                                  },
                                  [this] {
                                    restores_.reset();
                                    backups_.reset();
                                  }};
};

TEST_F(RestoreTest, BringsBackTheItemsOfAMomentWhileWritersGoOn) {
  auto source = MakeRecordedSource();
  for (int i = 0; i < 300; ++i) server_.Put(source, ItemJson(i, "before"));
  const std::vector<std::string> expected = server_.Items(source);
  const int64_t moment = *server_.clock().Issue();
  for (int i = 0; i < 300; i += 2) server_.Put(source, ItemJson(i, "after"));
  std::atomic<bool> is_over{false};
  std::thread writer([&] {
    for (int i = 0; !is_over; ++i) server_.Put(source, ItemJson(i % 1000, "while"));
  });
  RestoreRequest request = Request();
  request.time_micros = moment;
  auto started = Start(request);
  const jobs::Record record = WaitForEnd();
  is_over = true;
  writer.join();
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(record.state, jobs::State::kCompleted) << record.failure_detail;
  EXPECT_EQ(server_.Items(Target()), expected);
  EXPECT_EQ(server_.tables().Metrics(Target()).item_count, 300u);
  EXPECT_FALSE(server_.tables().Describe(Target()).recovery.is_enabled);
}

TEST_F(RestoreTest, TableIsThereAtOnceAndTellsWhatItIsUntilItIsDone) {
  auto source = MakeRecordedSource({IndexByValue()});
  server_.Put(source, ItemJson(1, "x"));
  server_.jobs().Stop();  // so that it stays under way
  RestoreRequest request = Request();
  request.time_micros = *server_.clock().Issue();
  auto target = Start(request);
  ASSERT_TRUE(target) << target.error().message;
  table::TableDescriptor descriptor = server_.tables().Describe(*target);
  EXPECT_EQ(descriptor.status, table::TableStatus::kCreating);
  auto summary = restores_->SummaryOf(descriptor.table_id);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->source_table_arn, "arn:aws:dynamodb:us-east-1:111122223333:table/source");
  EXPECT_EQ(summary->source_backup_arn, "");
  EXPECT_EQ(summary->time_micros, request.time_micros);
  EXPECT_EQ(Start(request).error().reason, reason::kTargetInUse);
  // Deleted, without recovery, and restarted: the job has pinned what it needs.
  ASSERT_TRUE(server_.tables().DisableRecovery(source));
  server_.Put(source, ItemJson(1, "y"));
  ASSERT_TRUE(server_.tables().Delete(source));
  ASSERT_TRUE(server_.tables().CollectGarbage());
  source.reset();
  target->reset();
  server_.Restart();
  EXPECT_EQ(WaitForEnd().state, jobs::State::kCompleted);
  descriptor = server_.tables().Describe(Target());
  EXPECT_EQ(descriptor.status, table::TableStatus::kActive);
  EXPECT_EQ(descriptor.indexes.front().status, table::IndexStatus::kActive);
  EXPECT_EQ(server_.tables().IndexMetrics(Target(), "by-v")->item_count, 1u);
  EXPECT_EQ(restores_->SummaryOf(descriptor.table_id), std::nullopt);
  EXPECT_THAT(server_.Items(Target()), ElementsAre(HasSubstr(R"("v":{"S":"x"})")));
  EXPECT_EQ(Start(request).error().reason, reason::kSourceNotFound);
}

TEST_F(RestoreTest, BringsBackABackupAndItsSettings) {
  auto source = MakeRecordedSource({IndexByValue()});
  server_.Put(source, ItemJson(1, "x"));
  auto backup = backups_->Create(source, "backup");
  ASSERT_TRUE(backup);
  server_.Put(source, ItemJson(1, "y"));
  ASSERT_TRUE(server_.tables().DeleteIndex(source, "by-v"));
  RestoreRequest request = Request();
  request.source_table.clear();
  request.backup_arn = backup->arn;
  ASSERT_TRUE(Start(request));
  EXPECT_EQ(WaitForEnd().state, jobs::State::kCompleted);
  EXPECT_THAT(server_.Items(Target()), ElementsAre(HasSubstr(R"("v":{"S":"x"})")));
  EXPECT_EQ(server_.tables().IndexMetrics(Target(), "by-v")->item_count, 1u);
  EXPECT_EQ(Start(request).error().reason, reason::kTargetExists);
  ASSERT_TRUE(backups_->Delete(backup->arn));
  EXPECT_EQ(Start(request).error().reason, reason::kBackupNotFound);
}

TEST_F(RestoreTest, BackupUnderRestoreIsInUse) {
  auto backup = backups_->Create(MakeRecordedSource(), "backup");
  ASSERT_TRUE(backup);
  server_.jobs().Stop();
  RestoreRequest request = Request();
  request.source_table.clear();
  request.backup_arn = backup->arn;
  ASSERT_TRUE(Start(request));
  EXPECT_EQ(backups_->Delete(backup->arn).error().reason, reason::kBackupInUse);
  server_.Restart();
  EXPECT_EQ(WaitForEnd().state, jobs::State::kCompleted);
  EXPECT_TRUE(backups_->Delete(backup->arn));
}

TEST_F(RestoreTest, ChecksComeInTheirOrder) {
  RestoreRequest request = Request();
  EXPECT_EQ(Start(request).error().reason, reason::kSourceNotFound);
  auto source = server_.MakeTable(kSource, "source");
  server_.MakeTable(kSource, kTargetName);
  request.time_micros = 1;
  EXPECT_EQ(Start(request).error().reason, reason::kRecoveryOff);
  ASSERT_TRUE(server_.tables().EnableRecovery(source, 35));
  EXPECT_EQ(Start(request).error().reason, reason::kInvalidTime);
  request.time_micros = server_.clock().NowMicros() + 60 * base::kMicrosPerSecond;
  EXPECT_EQ(Start(request).error().reason, reason::kInvalidTime);
  EXPECT_THAT(Start(request).error().message, HasSubstr("must be between"));
  request.time_micros.reset();
  auto make_table = request.make_table;
  request.make_table = [](const table::TableDescriptor&) -> base::Result<table::TableDescriptor> {
    return base::Error{base::ErrorKind::kInvalidArgument, "no such index", {}};
  };
  EXPECT_EQ(Start(request).error().message, "no such index");
  request.make_table = make_table;
  EXPECT_EQ(Start(request).error().reason, reason::kTargetExists);
  ASSERT_TRUE(server_.tables().Delete(*server_.tables().Find(kSource, kTargetName)));
  options_.concurrent_max = 0;
  source.reset();
  server_.Restart();
  EXPECT_EQ(Start(request).error().reason, reason::kTooMany);
}

// The server dies at each change of the storage in turn: the restart ends the job, and its table is
// whole.
TEST_F(RestoreTest, SurvivesACrashAtEveryStep) {
  auto source = MakeRecordedSource({IndexByValue()});
  for (int i = 0; i < 60; ++i) server_.Put(source, ItemJson(i, "x" + std::to_string(i % 7)));
  const std::vector<std::string> expected = server_.Items(source);
  const int64_t moment = *server_.clock().Issue();
  for (int i = 0; i < 60; i += 3) server_.Put(source, ItemJson(i, "later"));
  source.reset();
  RestoreRequest request = Request();
  request.time_micros = moment;
  int crashes = 0;
  for (uint64_t change = 1; change < 2000; ++change) {
    server_.engine().CrashAt(change);
    const bool is_accepted = static_cast<bool>(Start(request));
    const bool has_crashed =
        is_accepted ? server_.WaitForCrashOrEnd(ArnOfJob()) : server_.engine().has_crashed();
    ASSERT_TRUE(is_accepted || has_crashed);
    server_.Restart();
    crashes += has_crashed ? 1 : 0;
    auto records = server_.jobs().List(kSource, "restore", {}, {}, 1);
    ASSERT_TRUE(records);
    const bool has_job = !records->empty() && records->front().state == jobs::State::kInProgress;
    if (has_job || is_accepted) {
      EXPECT_EQ(WaitForEnd().state, jobs::State::kCompleted) << change;
    }
    auto target = server_.tables().Find(kSource, kTargetName);
    if (is_accepted) {
      ASSERT_TRUE(target) << change;
    }
    if (target) {
      EXPECT_EQ(server_.Items(*target), expected) << change;
      EXPECT_EQ(server_.tables().IndexMetrics(*target, "by-v")->item_count, 60u) << change;
      EXPECT_EQ(server_.tables().Describe(*target).status, table::TableStatus::kActive);
      ASSERT_TRUE(server_.tables().Delete(*target));
    }
    target = base::Error{};
    ASSERT_TRUE(server_.tables().CollectGarbage());
    if (!has_crashed) break;
  }
  EXPECT_GT(crashes, 12);
}

TEST_F(RestoreTest, FailureLeavesNoTable) {
  auto source = MakeRecordedSource();
  for (int i = 0; i < 20; ++i) server_.Put(source, ItemJson(i, "x"));
  server_.jobs().Stop();
  ASSERT_TRUE(Start(Request()));
  // Its checkpoint cannot be gone on from.
  auto record = *server_.jobs().Find(ArnOfJob());
  const uint64_t number = server_.tables().Describe(Target()).number;
  Checkpoint checkpoint{Phase::kCopying, number, PlanRanges({{}}, 1, 1), "damaged"};
  kv::Batch batch;
  batch.puts.emplace_back("jp" + record->arn, "\1" + RenderCheckpoint(checkpoint));
  ASSERT_TRUE(server_.engine().Commit(kv::kSystemPartition, batch));
  source.reset();
  server_.Restart();
  const jobs::Record ended = WaitForEnd();
  EXPECT_EQ(ended.state, jobs::State::kFailed);
  EXPECT_NE(ended.failure_message, "");
  EXPECT_FALSE(server_.tables().Find(kSource, kTargetName));
  ASSERT_TRUE(Start(Request()));
  EXPECT_EQ(WaitForEnd().state, jobs::State::kCompleted);
}

TEST(RestoreCheckpoint, RoundTrips) {
  Checkpoint checkpoint{Phase::kCopying, 7, PlanRanges({{0, 99999}, {100000, UINT64_MAX}}, 9, 2),
                        std::string("\0load", 5)};
  checkpoint.ranges[1].position = std::string("\xff\0p", 3);
  checkpoint.ranges[1].is_done = true;
  const std::string text = RenderCheckpoint(checkpoint);
  auto read = ParseCheckpoint(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(RenderCheckpoint(*read), text);
  EXPECT_TRUE(ParseCheckpoint("")->phase == Phase::kCreating);
  EXPECT_FALSE(ParseCheckpoint(R"({"version":2})"));
  EXPECT_FALSE(ParseCheckpoint("{}"));
}

TEST(RestorePlan, CoversAllHashesOnce) {
  for (uint64_t bytes : {0ull, 1000ull, 1ull << 60}) {
    for (const std::vector<table::HashRange>& partitions :
         {std::vector<table::HashRange>{{}}, {{0, 5}, {6, 6}, {7, UINT64_MAX}}}) {
      const auto plan = PlanRanges(partitions, bytes, 100);
      uint64_t next = 0;
      for (const RangeProgress& range : plan) {
        EXPECT_EQ(range.range.first, next);
        EXPECT_LE(range.range.first, range.range.last);
        next = range.range.last + 1;
      }
      EXPECT_EQ(next, 0u);  // behind the last hash
      EXPECT_LE(plan.size(), partitions.size() * 64);
    }
  }
}

}  // namespace
}  // namespace dray::restore_table
