// SPDX-License-Identifier: Apache-2.0
#include "transfer/restore_table/backups.h"

#include <gmock/gmock.h>

#include <memory>

#include "base/clock.h"
#include "testing/transfer_server/transfer_server.h"
#include "transfer/restore_table/backup_record.h"

namespace dray::restore_table {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::MatchesRegex;

BackupFilter OfTable(std::string name) {
  BackupFilter filter;
  filter.table_name = std::move(name);
  return filter;
}
BackupFilter OfType(BackupType type) {
  BackupFilter filter;
  filter.type = type;
  return filter;
}

class BackupsTest : public ::testing::Test {
 protected:
  std::vector<std::string> Names(const BackupFilter& filter = {}, std::string_view start = {},
                                 size_t count_max = 100) {
    auto found = backups_->List(testing::kSource, filter, start, count_max);
    EXPECT_TRUE(found) << found.error().message;
    std::vector<std::string> names;
    for (const Backup& backup : *found) names.push_back(backup.name);
    return names;
  }
  std::vector<std::string> Read(const Backup& backup) {
    auto table = server_.tables().FindByNumber(backup.table.number);
    EXPECT_TRUE(table) << backup.arn;
    auto view = server_.tables().OpenView(*table, backup.cut_micros);
    EXPECT_TRUE(view) << view.error().message;
    auto cursor = (*view)->OpenCursor({}, {});
    std::vector<std::string> keys;
    for (;;) {
      auto item = (*cursor)->Next();
      EXPECT_TRUE(item);
      if (!*item) break;
      keys.emplace_back(item::ItemView(**item).Find("pk").value().string());
    }
    std::sort(keys.begin(), keys.end());
    return keys;
  }
  void Put(const table::TableRef& table, const std::string& key) {
    server_.Put(table, R"({"pk":{"S":")" + key + R"("}})");
  }
  void MoveClock(int64_t micros) {
    server_.wall().Move(micros);
    server_.clock().StepToWall();
  }
  Backup Create(const table::TableRef& table, std::string_view name) {
    auto backup = backups_->Create(table, name);
    EXPECT_TRUE(backup) << backup.error().message;
    return *backup;
  }

  std::unique_ptr<Backups> backups_;
  testing::TransferServer server_{[this](testing::TransferServer& server) {
                                    auto made = Backups::Make(server.tables(), server.clock(),
                                                              server.engine(), testing::kRegion);
                                    ASSERT_TRUE(made) << made.error().message;
                                    backups_ = *std::move(made);
                                  },
                                  [this] { backups_.reset(); }};
};

TEST_F(BackupsTest, HoldsItsCutWhateverHappensToTheTable) {
  auto table = server_.MakeTable(testing::kSource, "cities");
  Put(table, "a");
  Backup backup = Create(table, "first");
  EXPECT_THAT(backup.arn, MatchesRegex("arn:aws:dynamodb:us-east-1:111122223333:table/cities/"
                                       "backup/[0-9]{14}-[0-9a-f]{8}"));
  EXPECT_EQ(backup.status, BackupStatus::kAvailable);
  EXPECT_EQ(backup.item_count, 1u);
  EXPECT_FALSE(server_.tables().Describe(table).recovery.is_enabled);
  Put(table, "b");
  EXPECT_THAT(Read(backup), ElementsAre("a"));
  ASSERT_TRUE(server_.tables().EnableRecovery(table, 1));
  ASSERT_TRUE(server_.tables().DisableRecovery(table));
  ASSERT_TRUE(server_.tables().CollectGarbage());
  table.reset();
  server_.Restart();
  ASSERT_TRUE(server_.tables().CollectGarbage());
  table = *server_.tables().Find(testing::kSource, "cities");
  Put(table, "c");
  EXPECT_THAT(Read(backup), ElementsAre("a"));
  ASSERT_TRUE(backups_->DeleteTable(table));  // recovery is off: no system backup
  ASSERT_TRUE(server_.tables().CollectGarbage());
  table.reset();
  server_.Restart();
  ASSERT_TRUE(server_.tables().CollectGarbage());
  EXPECT_THAT(Read(backup), ElementsAre("a"));
  EXPECT_THAT(Names(), ElementsAre("first"));

  auto deleted = backups_->Delete(backup.arn);
  ASSERT_TRUE(deleted);
  EXPECT_EQ(deleted->status, BackupStatus::kDeleted);
  EXPECT_EQ(*backups_->Find(backup.arn), std::nullopt);
  EXPECT_EQ(backups_->Delete(backup.arn).error().reason, reason::kBackupNotFound);
  ASSERT_TRUE(server_.tables().CollectGarbage());
  EXPECT_EQ(server_.tables().FindByNumber(backup.table.number).error().kind,
            base::ErrorKind::kNotFound);
}

TEST_F(BackupsTest, DeletedTableWithRecoveryLeavesASystemBackupFor35Days) {
  auto table = server_.MakeTable(testing::kSource, "cities");
  ASSERT_TRUE(server_.tables().EnableRecovery(table, 35));
  Put(table, "a");
  ASSERT_TRUE(backups_->DeleteTable(table));
  EXPECT_FALSE(server_.tables().Find(testing::kSource, "cities"));
  auto found = backups_->List(testing::kSource, OfType(BackupType::kSystem), {}, 10);
  ASSERT_TRUE(found && found->size() == 1);
  const Backup backup = found->front();
  EXPECT_EQ(backup.name, "cities$DeletedTableBackup");
  EXPECT_EQ(backup.status, BackupStatus::kAvailable);
  EXPECT_EQ(backup.item_count, 1u);
  EXPECT_EQ(backup.expires_at_micros - backup.created_at_micros, 35 * base::kMicrosPerDay);
  EXPECT_THAT(Read(backup), ElementsAre("a"));
  MoveClock(34 * base::kMicrosPerDay);
  table.reset();
  server_.Restart();
  ASSERT_TRUE(backups_->ExpireBackups());
  ASSERT_TRUE(server_.tables().CollectGarbage());
  EXPECT_THAT(Read(backup), ElementsAre("a"));
  MoveClock(2 * base::kMicrosPerDay);
  ASSERT_TRUE(backups_->Hold(backup.arn));  // a restore reads it
  ASSERT_TRUE(backups_->ExpireBackups());
  EXPECT_EQ(Names().size(), 1u);
  backups_->Release(backup.arn);
  ASSERT_TRUE(backups_->ExpireBackups());
  EXPECT_EQ(Names().size(), 0u);
  ASSERT_TRUE(server_.tables().CollectGarbage());
  EXPECT_FALSE(server_.tables().FindByNumber(backup.table.number));
}

// The server dies at each commit of a deletion in turn: afterwards there is either the table and no
// backup, or the backup of all its items.
TEST_F(BackupsTest, CrashWhileATableIsDeletedLeavesTheTableOrItsBackup) {
  bool has_seen_table = false, has_seen_backup = false;
  for (int commits = 0; commits < 20; ++commits) {
    const std::string name = "cities" + std::to_string(commits);
    auto table = server_.MakeTable(testing::kSource, name);
    ASSERT_TRUE(server_.tables().EnableRecovery(table, 35));
    Put(table, "a");
    server_.engine().CrashAt(static_cast<uint64_t>(commits) + 1);
    const bool is_deleted = static_cast<bool>(backups_->DeleteTable(table));
    table.reset();
    server_.Restart();
    auto found = backups_->List(testing::kSource, OfTable(name), {}, 10);
    ASSERT_TRUE(found);
    const bool has_table = static_cast<bool>(server_.tables().Find(testing::kSource, name));
    ASSERT_EQ(found->size(), has_table ? 0u : 1u) << commits;
    (has_table ? has_seen_table : has_seen_backup) = true;
    if (is_deleted) {
      EXPECT_FALSE(has_table);
    }
    if (has_table) continue;
    EXPECT_EQ(found->front().status, BackupStatus::kAvailable);
    ASSERT_TRUE(server_.tables().CollectGarbage());
    EXPECT_THAT(Read(found->front()), ElementsAre("a"));
  }
  EXPECT_TRUE(has_seen_table && has_seen_backup);
}

TEST_F(BackupsTest, ListsByTableTypeAndTimeInPages) {
  auto a = server_.MakeTable(testing::kSource, "aa"), b = server_.MakeTable(testing::kSource, "bb");
  auto other = server_.MakeTable(testing::kTarget, "aa");
  Create(other, "other");
  Create(a, "a1");
  MoveClock(base::kMicrosPerSecond);
  Create(b, "b1");
  MoveClock(base::kMicrosPerSecond);
  Backup a2 = Create(a, "a2");
  MoveClock(base::kMicrosPerSecond);
  Backup b2 = Create(b, "b2");
  MoveClock(base::kMicrosPerSecond);
  ASSERT_TRUE(server_.tables().EnableRecovery(b, 35));
  ASSERT_TRUE(backups_->DeleteTable(b));
  EXPECT_THAT(Names(), ElementsAre("a1", "a2", "b1", "b2", "bb$DeletedTableBackup"));
  EXPECT_THAT(Names(OfTable("aa")), ElementsAre("a1", "a2"));
  EXPECT_THAT(Names(OfType(BackupType::kUser)), ElementsAre("a1", "a2", "b1", "b2"));
  EXPECT_THAT(Names(OfType(BackupType::kSystem)), ElementsAre(EndsWith("$DeletedTableBackup")));
  BackupFilter between;
  between.from_micros = a2.created_at_micros;
  between.before_micros = b2.created_at_micros;
  EXPECT_THAT(Names(between), ElementsAre("a2"));
  EXPECT_THAT(Names({}, {}, 2), ElementsAre("a1", "a2"));
  EXPECT_THAT(Names({}, a2.arn, 2), ElementsAre("b1", "b2"));
  ASSERT_TRUE(backups_->Delete(a2.arn));
  EXPECT_THAT(Names({}, a2.arn, 1), ElementsAre("b1"));
  EXPECT_THAT(Names(OfTable("aa"), b2.arn), ElementsAre());
}

TEST_F(BackupsTest, HeldBackupsAreNotDeleted) {
  Backup backup = Create(server_.MakeTable(testing::kSource, "cities"), "first");
  ASSERT_TRUE(backups_->Hold(backup.arn));
  ASSERT_TRUE(backups_->Hold(backup.arn));
  backups_->Release(backup.arn);
  EXPECT_EQ(backups_->Delete(backup.arn).error().reason, reason::kBackupInUse);
  backups_->Release(backup.arn);
  EXPECT_TRUE(backups_->Delete(backup.arn));
  EXPECT_EQ(backups_->Hold(backup.arn).error().reason, reason::kBackupNotFound);
}

TEST_F(BackupsTest, DamagedRecordsAreRefused) {
  const Backup backup = Create(server_.MakeTable(testing::kSource, "cities"), "first");
  const std::string key = BackupKey(backup.arn), value = EncodeBackup(backup);
  auto read = DecodeBackup(key, value);
  ASSERT_TRUE(read);
  EXPECT_EQ(EncodeBackup(*read), value);
  EXPECT_EQ(read->arn, backup.arn);
  for (size_t size = 0; size < value.size(); ++size) {
    EXPECT_FALSE(DecodeBackup(key, value.substr(0, size))) << size;
  }
  EXPECT_FALSE(DecodeBackup(key, value + "x"));
  EXPECT_FALSE(DecodeBackup(key, "\2" + value.substr(1)));
}

}  // namespace
}  // namespace dray::restore_table
