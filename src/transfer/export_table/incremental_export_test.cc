// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>
#include <thread>

#include "base/text_encoding.h"
#include "format/export_layout/export_layout.h"
#include "format/json/json.h"
#include "hash/hash.h"
#include "testing/transfer_server/transfer_server.h"
#include "transfer/export_table/export_table.h"

namespace dray::export_table {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kSource;
using ::testing::Not;
using testing::RootOf;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

constexpr int64_t kMinute = 60 * base::kMicrosPerSecond;

class IncrementalExportTest : public ::testing::Test {
 protected:
  IncrementalExportTest()
      : server_(
            [this](testing::TransferServer& server) {
              exports_ = *Exports::Make(server.tables(), server.buckets(), server.jobs(),
                                        server.clock(), testing::kRegion, options_);
            },
            [this] { exports_.reset(); }) {
    server_.MakeBucket(kSource, "target");
    table_ = server_.MakeTable(kSource, "cities");
    EXPECT_TRUE(server_.tables().EnableRecovery(table_, 35).has_value());
  }

  int64_t Now() { return *server_.clock().Issue(); }
  void Wait(int64_t micros) {
    server_.wall().Move(micros);
    server_.clock().StepToWall();
  }
  void Put(const std::string& pk, int n) {
    server_.Put(table_, R"({"pk":{"S":")" + pk + R"("},"n":{"N":")" + std::to_string(n) + R"("}})");
  }
  void Delete(const std::string& pk) {
    auto scanned = server_.tables().Scan(table_, {}, std::nullopt, {});
    ASSERT_TRUE(scanned.has_value());
    for (const table::StoredItem& item : scanned->items) {
      const item::ItemView view(item.encoded());
      if (view.Find("pk")->string() != pk) continue;
      auto deleted =
          server_.tables().Mutate(table_, *server_.tables().KeyOf(table_, item),
                                  [](const table::StoredItem*) -> base::Result<table::Decision> {
                                    return table::Decision{table::Decision::Kind::kDelete, {}, 0};
                                  });
      ASSERT_TRUE(deleted.has_value());
    }
  }

  static ExportRequest Request(int64_t from, std::optional<int64_t> to,
                               std::optional<std::string> view = std::nullopt) {
    ExportRequest request;
    request.table_arn = "arn:aws:dynamodb:us-east-1:111122223333:table/cities";
    request.table_name = "cities";
    request.s3_bucket = "target";
    request.export_type = "INCREMENTAL_EXPORT";
    request.increment = IncrementRequest{from, to, std::move(view)};
    return request;
  }
  base::Result<ExportDescription> Start(const ExportRequest& request) {
    return exports_->Start(RootOf(kSource), request);
  }
  std::string StartArn(const ExportRequest& request) {
    auto started = Start(request);
    EXPECT_TRUE(started.has_value()) << started.error().message;
    return started ? started->record.arn : "";
  }
  base::Error Refused(const ExportRequest& request) {
    auto started = Start(request);
    EXPECT_FALSE(started.has_value());
    EXPECT_EQ(started.error().reason, reason::kInvalidTime);
    return started.error();
  }
  bool IsRunning(const std::string& arn) {
    return (*server_.jobs().Find(arn))->state == jobs::State::kInProgress;
  }
  void RestartServer() {
    table_.reset();
    server_.Restart();
    if (auto table = server_.tables().Find(kSource, "cities"); table) table_ = *table;
  }

  // Lets the job end and reads its lines by its manifests alone, without their times, sorted.
  std::vector<std::string> Lines(const std::string& arn) {
    jobs::Record record = server_.WaitForEnd(arn);
    EXPECT_EQ(record.state, jobs::State::kCompleted) << record.failure_detail;
    auto described = exports_->Describe(arn);
    if (!described || !*described) return {"(unknown)"};
    summary_ =
        *export_layout::ParseSummary(server_.GetObject("target", (*described)->manifest_key));
    files_ = *export_layout::ParseManifestFiles(
        server_.GetObject("target", summary_.manifest_files_key));
    std::vector<std::string> lines;
    for (const export_layout::FileEntry& file : files_) {
      const std::string bytes = server_.GetObject("target", file.data_file_key);
      EXPECT_EQ(file.md5_base64, base::Base64Encode(hash::Md5(bytes)));
      std::istringstream text(testing::Gunzip(bytes));
      size_t count = 0;
      for (std::string line; std::getline(text, line); ++count) {
        const size_t keys = line.find("\"Keys\"");
        lines.push_back(keys == std::string::npos ? line : line.substr(keys));
      }
      EXPECT_EQ(count, file.item_count);
    }
    EXPECT_EQ(lines.size(), summary_.item_count);
    std::sort(lines.begin(), lines.end());
    return lines;
  }

  Options options_{.data_file_bytes = 32 << 10, .threads = 2};
  std::unique_ptr<Exports> exports_;
  testing::TransferServer server_;
  table::TableRef table_;
  export_layout::Summary summary_;  // of the export last read
  std::vector<export_layout::FileEntry> files_;
};

TEST_F(IncrementalExportTest, HasOneLineForEachChangedItemInTheLayoutOfAws) {
  Put("updated", 1);
  Put("deleted", 1);
  Put("untouched", 1);
  Wait(kMinute);
  const int64_t from = Now();
  Put("updated", 2);
  Put("updated", 3);
  Put("inserted", 1);
  Put("passing", 1);
  Delete("passing");
  Delete("deleted");
  Wait(20 * kMinute);
  const int64_t to = Now();
  Put("updated", 4);
  Delete("inserted");
  ExportRequest request = Request(from, to);
  request.s3_prefix = "p";
  const std::string arn = StartArn(request);
  EXPECT_THAT(
      Lines(arn),
      ElementsAre(
          R"("Keys":{"pk":{"S":"deleted"}},"OldImage":{"pk":{"S":"deleted"},"n":{"N":"1"}}})",
          R"("Keys":{"pk":{"S":"inserted"}},"NewImage":{"pk":{"S":"inserted"},"n":{"N":"1"}}})",
          R"("Keys":{"pk":{"S":"updated"}},"OldImage":{"pk":{"S":"updated"},"n":{"N":"1"}},)"
          R"("NewImage":{"pk":{"S":"updated"},"n":{"N":"3"}}})"));
  const std::string id = arn.substr(arn.rfind('/') + 1);
  EXPECT_EQ(summary_.manifest_files_key, "p/AWSDynamoDB/" + id + "/manifest-files.json");
  ASSERT_TRUE(summary_.increment);
  EXPECT_EQ(summary_.increment->view, "NEW_AND_OLD_IMAGES");
  EXPECT_EQ(summary_.increment->from_time_micros, from - from % 1000);  // shown in milliseconds
  EXPECT_EQ(summary_.billed_size_bytes, 10'000'000u);
  EXPECT_THAT(files_, SizeIs(4));
  for (const export_layout::FileEntry& file : files_) {
    EXPECT_THAT(file.data_file_key, StartsWith("p/AWSDynamoDB/data/"));
  }
  EXPECT_THAT(server_.Keys("target", "p/AWSDynamoDB/" + id + "/"), SizeIs(5));

  request.increment->view_type = "NEW_IMAGE";
  EXPECT_THAT(
      Lines(StartArn(request)),
      ElementsAre(
          R"("Keys":{"pk":{"S":"deleted"}}})",
          R"("Keys":{"pk":{"S":"inserted"}},"NewImage":{"pk":{"S":"inserted"},"n":{"N":"1"}}})",
          R"("Keys":{"pk":{"S":"updated"}},"NewImage":{"pk":{"S":"updated"},"n":{"N":"3"}}})"));
  EXPECT_EQ(summary_.increment->view, "NEW_IMAGE");
  EXPECT_THAT(server_.Keys("target", "p/AWSDynamoDB/data/"), SizeIs(8)) << "of both exports";

  request.export_format = "ION";
  EXPECT_THAT(
      Lines(StartArn(request)),
      UnorderedElementsAre(
          AllOf(
              StartsWith("$ion_1_0 {Record:{Keys:{pk:\"deleted\"},Metadata:{WriteTimestampMicros:"),
              Not(HasSubstr("Image"))),
          HasSubstr("NewImage:{pk:\"inserted\",n:1.}}}"),
          HasSubstr("NewImage:{pk:\"updated\",n:3.}}}")));
}

TEST_F(IncrementalExportTest, EndsNowByDefaultAndTheNextOneGoesOnThere) {
  const int64_t from = Now();
  Wait(20 * kMinute);
  Put("a", 1);
  auto started = Start(Request(from, std::nullopt));
  ASSERT_TRUE(started.has_value()) << started.error().message;
  ASSERT_TRUE(started->period);
  const int64_t to = started->period->to_micros;
  EXPECT_EQ(to % 1000, 0);
  EXPECT_LE(to, started->record.start_time_micros);
  EXPECT_LT(started->record.start_time_micros - to, base::kMicrosPerSecond);
  EXPECT_EQ(started->period->view_type, "NEW_AND_OLD_IMAGES");
  const size_t first = Lines(started->record.arn).size();
  Wait(20 * kMinute);
  const size_t second = Lines(StartArn(Request(to, std::nullopt))).size();
  EXPECT_EQ(first + second, 1u) << "each write is in one of two periods that touch";
}

TEST_F(IncrementalExportTest, RefusesPeriodsAsAwsDoes) {
  const int64_t created = server_.tables().Describe(table_).created_at_micros;
  const std::string before = base::FormatIso8601Millis(created - kMinute).substr(0, 19) + "Z";
  Wait(3 * base::kMicrosPerDay);
  const int64_t now = Now();
  EXPECT_EQ(Refused(Request(created - kMinute, now + base::kMicrosPerDay)).message,
            "Incremental export period from time cannot be less than the table creation time : " +
                before);
  const std::string too_short =
      "Difference between export period from time and export period to time is less than 15 "
      "minutes";
  EXPECT_EQ(Refused(Request(now - 15 * kMinute + 1, now)).message, too_short);
  EXPECT_EQ(Refused(Request(now, now - 20 * kMinute)).message, too_short);
  EXPECT_EQ(Refused(Request(now - 14 * kMinute, std::nullopt)).message, too_short);
  EXPECT_EQ(Refused(Request(now + kMinute, now + 2 * kMinute)).message, too_short);
  EXPECT_THAT(Refused(Request(now - kMinute, now + base::kMicrosPerDay * 2)).message,
              StartsWith("Incremental export period to time cannot be greater than the current "
                         "time : 20"));
  EXPECT_EQ(Refused(Request(now - base::kMicrosPerDay - 1, now)).message,
            "Difference between export period from time and export period to time is greater than "
            "24 hours");
  EXPECT_THAT(Lines(StartArn(Request(now - base::kMicrosPerDay, now))), IsEmpty());
  EXPECT_THAT(Lines(StartArn(Request(now - 15 * kMinute, now))), IsEmpty());

  // The period is looked at before recovery is.
  ASSERT_TRUE(server_.tables().DisableRecovery(table_).has_value());
  EXPECT_EQ(Refused(Request(now - kMinute, now)).message, too_short);
  EXPECT_EQ(Start(Request(now - 20 * kMinute, now)).error().reason, reason::kRecoveryOff);
  ASSERT_TRUE(server_.tables().EnableRecovery(table_, 35).has_value());
  EXPECT_EQ(Refused(Request(now - 20 * kMinute, now)).message,
            "Incremental export start time outside PITR window");
}

TEST_F(IncrementalExportTest, OneTokenIsOneExportAndOtherParametersConflict) {
  const int64_t from = Now();
  Wait(60 * kMinute);
  ExportRequest request = Request(from, std::nullopt);
  request.client_token = "token";
  const std::string arn = StartArn(request);
  Wait(kMinute);
  EXPECT_EQ(StartArn(request), arn);
  request.increment->view_type = "NEW_AND_OLD_IMAGES";  // the default
  EXPECT_EQ(StartArn(request), arn);
  for (const IncrementRequest& other :
       {IncrementRequest{from, std::nullopt, "NEW_IMAGE"},
        IncrementRequest{from, from + 30 * kMinute, std::nullopt},
        IncrementRequest{from + 1000, std::nullopt, std::nullopt}}) {
    ExportRequest conflicting = request;
    conflicting.increment = other;
    EXPECT_EQ(Start(conflicting).error().reason, reason::kTokenConflict);
  }
  ExportRequest full = request;
  full.increment.reset();
  full.export_type.reset();
  EXPECT_EQ(Start(full).error().reason, reason::kTokenConflict);
}

TEST_F(IncrementalExportTest, IsResumedAfterAKillAtEveryStepAndLeavesOthersAlone) {
  options_.threads = 1;
  RestartServer();
  for (int i = 0; i < 400; ++i) Put("city " + std::to_string(i), i);
  const int64_t from = Now();
  for (int i = 0; i < 900; ++i) Put("city " + std::to_string(i), -i);
  Wait(20 * kMinute);
  const int64_t to = Now();
  const std::vector<std::string> expected = Lines(StartArn(Request(from, to)));
  EXPECT_THAT(expected, SizeIs(900));
  // Of another export, in the folder that all share.
  auto other = server_.store().CreateUpload("target", "AWSDynamoDB/data/other.json.gz", {});
  ASSERT_TRUE(other.has_value());
  int kills = 0;
  for (uint64_t step = 1;; step += 1 + step / 8) {
    server_.jobs().Stop();
    const std::string arn = StartArn(Request(from, to));
    for (int i = 0; i < 900; i += 7) Put("city " + std::to_string(i), static_cast<int>(step));
    RestartServer();  // begins the job
    server_.engine().CrashAt(step);
    const bool has_crashed = server_.WaitForCrashOrEnd(arn);
    RestartServer();
    EXPECT_EQ(Lines(arn), expected) << step;
    auto uploads = *server_.store().ListUploads("target", "");
    EXPECT_LE(uploads.size(), 2u);
    bool has_other = false;
    for (const objects::UploadInfo& upload : uploads) {
      if (upload.key == "AWSDynamoDB/data/other.json.gz") {
        has_other = true;
        continue;
      }
      ASSERT_TRUE(server_.store().AbortUpload("target", upload.key, upload.upload_id).has_value());
    }
    EXPECT_TRUE(has_other) << step;
    if (!has_crashed) break;
    ++kills;
  }
  EXPECT_GT(kills, 10);
}

TEST_F(IncrementalExportTest, AFullDiskFailsTheExportWithTheReasonAtWhateverByteItIsFull) {
  const int64_t from = Now();
  for (int i = 0; i < 1500; ++i) Put("city " + std::to_string(i), i);
  Wait(20 * kMinute);
  const int64_t to = Now();
  const std::vector<std::string> expected = Lines(StartArn(Request(from, to)));
  EXPECT_THAT(expected, SizeIs(1500));
  int failures = 0;
  for (uint64_t space = 0;; space += 2000 + space / 4) {  // files of failed exports stay, as on AWS
    server_.files().SetSpace(space);
    const std::string arn = StartArn(Request(from, to));
    const jobs::Record record = server_.WaitForEnd(arn);
    server_.files().SetSpace(std::nullopt);
    EXPECT_THAT(*server_.store().ListUploads("target", ""), IsEmpty()) << space;
    if (record.state == jobs::State::kCompleted) {
      EXPECT_EQ(Lines(arn), expected);
      break;
    }
    ++failures;
    EXPECT_EQ(record.failure_code, "UNKNOWN");
    EXPECT_EQ(record.failure_message, "There is no space left on the server's disk") << space;
    EXPECT_THAT(record.failure_detail, HasSubstr("no space left")) << space;
    for (const std::string& key : server_.Keys("target")) {
      EXPECT_FALSE(key.find(arn.substr(arn.rfind('/') + 1)) != std::string::npos &&
                   key.ends_with("manifest-summary.json"))
          << key;
    }
  }
  EXPECT_GT(failures, 3);
}

TEST_F(IncrementalExportTest, AClockThatStepsWhileItRunsChangesNothing) {
  options_.threads = 1;
  RestartServer();
  const int64_t from = Now();
  for (int i = 0; i < 600; ++i) Put("city " + std::to_string(i), i);
  Wait(20 * kMinute);
  const int64_t to = Now();
  const std::vector<std::string> expected = Lines(StartArn(Request(from, to)));
  EXPECT_THAT(expected, SizeIs(600));
  for (const int64_t step : {-60 * kMinute, base::kMicrosPerDay}) {
    for (uint64_t change = 1; change < 16; change += 3) {
      server_.jobs().Stop();
      const std::string arn = StartArn(Request(from, to));
      RestartServer();                       // begins the job
      server_.engine().CrashAt(UINT64_MAX);  // counts only
      while (server_.engine().changes() < change && IsRunning(arn)) std::this_thread::yield();
      const int64_t before = Now();
      server_.wall().Move(step);
      for (int i = 0; i < 600; i += 50) Put("city " + std::to_string(i), -1);
      EXPECT_GT(Now(), before);
      EXPECT_EQ(Lines(arn), expected) << step << " " << change;
      EXPECT_THAT(*server_.store().ListUploads("target", ""), IsEmpty());
      server_.wall().Move(-step);
    }
  }
}

TEST_F(IncrementalExportTest, CompletesWhenTheTableIsDeletedRightAfterAcceptance) {
  const int64_t from = Now();
  for (int i = 0; i < 50; ++i) Put("city " + std::to_string(i), i);
  Wait(20 * kMinute);
  server_.jobs().Stop();
  const std::string arn = StartArn(Request(from, std::nullopt));
  ASSERT_TRUE(server_.tables().DisableRecovery(table_).has_value());
  ASSERT_TRUE(server_.tables().Delete(table_).has_value());
  RestartServer();
  Wait(40 * base::kMicrosPerDay);
  ASSERT_TRUE(server_.tables().CollectGarbage().has_value());
  EXPECT_THAT(Lines(arn), SizeIs(50));
}

}  // namespace
}  // namespace dray::export_table
