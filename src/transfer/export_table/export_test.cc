// SPDX-License-Identifier: Apache-2.0
#include "transfer/export_table/export_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "base/text_encoding.h"
#include "format/export_layout/export_layout.h"
#include "hash/hash.h"
#include "testing/transfer_server/transfer_server.h"

namespace dray::export_table {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kSource;
using testing::kTarget;
using ::testing::Not;
using testing::RootOf;
using testing::SeedPolicy;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ExportTest : public ::testing::Test {
 protected:
  ExportTest()
      : server_(
            [this](testing::TransferServer& server) {
              exports_ = *Exports::Make(server.tables(), server.buckets(), server.jobs(),
                                        server.clock(), testing::kRegion, options_);
            },
            [this] { exports_.reset(); }) {
    server_.MakeBucket(kTarget, "target", SeedPolicy(kSource, "target"));
    table_ = server_.MakeTable(kSource, "cities");
  }

  void Fill(int from, int end) {
    for (int i = from; i < end; ++i) {
      std::string item = R"({"pk":{"S":"city )" + std::to_string(i) + R"("},"n":{"N":")" +
                         std::to_string(i) + R"("}})";
      server_.Put(table_, item);
      expected_.push_back(std::move(item));
    }
    std::sort(expected_.begin(), expected_.end());
  }
  void EnableRecovery() { ASSERT_TRUE(server_.tables().EnableRecovery(table_, 35).has_value()); }

  static ExportRequest Request(std::optional<std::string> token = std::nullopt) {
    ExportRequest request;
    request.table_arn = "arn:aws:dynamodb:us-east-1:111122223333:table/cities";
    request.table_name = "cities";
    request.s3_bucket = "target";
    request.s3_bucket_owner = kTarget;
    request.client_token = std::move(token);
    return request;
  }
  base::Result<ExportDescription> Start(const ExportRequest& request) {
    return exports_->Start(RootOf(kSource), request);
  }
  std::string StartArn(const ExportRequest& request = Request()) {
    auto started = Start(request);
    EXPECT_TRUE(started.has_value()) << started.error().message;
    return started->record.arn;
  }
  void RestartServer() {
    table_.reset();
    server_.Restart();
    if (auto table = server_.tables().Find(kSource, "cities"); table) table_ = *table;
  }

  // Reads the export back from its manifest alone, checks every checksum, and gives the lines.
  std::vector<std::string> ReadExport(const std::string& arn) {
    auto described = exports_->Describe(arn);
    EXPECT_TRUE(described.has_value() && described->has_value());
    const std::string summary_text = server_.GetObject("target", (*described)->manifest_key);
    auto summary = export_layout::ParseSummary(summary_text);
    EXPECT_TRUE(summary.has_value()) << summary_text;
    if (!summary) return {};
    const std::string stem = (*described)
                                 ->manifest_key.substr(0, (*described)->manifest_key.size() -
                                                              std::string("summary.json").size());
    EXPECT_EQ(server_.GetObject("target", stem + "summary.md5"),
              base::Base64Encode(hash::Md5(summary_text)));
    const std::string files_text = server_.GetObject("target", summary->manifest_files_key);
    EXPECT_EQ(server_.GetObject("target", stem + "files.md5"),
              base::Base64Encode(hash::Md5(files_text)));
    auto files = export_layout::ParseManifestFiles(files_text);
    EXPECT_TRUE(files.has_value());
    std::vector<std::string> lines;
    std::set<std::string> listed;
    uint64_t items = 0;
    for (const export_layout::FileEntry& file : *files) {
      const std::string bytes = server_.GetObject("target", file.data_file_key);
      EXPECT_EQ(file.md5_base64, base::Base64Encode(hash::Md5(bytes)));
      EXPECT_EQ(file.etag, server_.store().Head("target", file.data_file_key)->etag);
      EXPECT_TRUE(listed.insert(file.data_file_key).second);
      items += file.item_count;
      const std::string text = testing::Gunzip(bytes);
      size_t count = 0;
      for (size_t at = 0; at < text.size(); ++count) {
        const size_t end = text.find('\n', at);
        std::string line = text.substr(at, end - at);
        EXPECT_THAT(line, AllOf(StartsWith("{\"Item\":"), EndsWith("}")));
        lines.push_back(line.substr(8, line.size() - 9));
        at = end + 1;
      }
      EXPECT_EQ(count, file.item_count);
    }
    EXPECT_EQ(items, summary->item_count);
    EXPECT_EQ(items, (*described)->item_count);
    // Nothing but what the manifest lists.
    const std::string data = stem.substr(0, stem.rfind('/')) + "/data/";
    EXPECT_THAT(server_.Keys("target", data), SizeIs(listed.size()));
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  void ExpectNothingIncomplete() {
    EXPECT_THAT(*server_.store().ListUploads("target", ""), IsEmpty());
  }
  void ExpectFailed(const jobs::Record& record, const std::string& code,
                    const std::string& message) {
    EXPECT_EQ(record.state, jobs::State::kFailed);
    EXPECT_EQ(record.failure_code, code) << record.failure_message;
    EXPECT_THAT(record.failure_message, StartsWith(message));
    for (const std::string& key : server_.Keys("target")) {
      EXPECT_THAT(key, Not(HasSubstr("manifest-summary.json")));
    }
    ExpectNothingIncomplete();
  }

  Options options_{.data_file_bytes = 64 << 10, .threads = 2};
  std::unique_ptr<Exports> exports_;
  testing::TransferServer server_;
  table::TableRef table_;
  std::vector<std::string> expected_;
};

TEST_F(ExportTest, WritesEveryItemOnceInTheLayoutOfAws) {
  Fill(0, 3000);
  EnableRecovery();
  ExportRequest request = Request();
  request.s3_prefix = "2024-Nov";
  auto started = Start(request);
  ASSERT_TRUE(started.has_value()) << started.error().message;
  EXPECT_EQ(started->record.state, jobs::State::kInProgress);
  EXPECT_EQ(started->export_time_micros, started->record.start_time_micros);
  EXPECT_FALSE(started->client_token.empty());
  const std::string arn = started->record.arn;
  EXPECT_THAT(arn, StartsWith("arn:aws:dynamodb:us-east-1:111122223333:table/cities/export/0"));
  jobs::Record record = server_.WaitForEnd(arn);
  ASSERT_EQ(record.state, jobs::State::kCompleted) << record.failure_detail;
  EXPECT_EQ(ReadExport(arn), expected_);
  ExpectNothingIncomplete();
  auto described = exports_->Describe(arn);
  const std::string folder = "2024-Nov/AWSDynamoDB/" + arn.substr(arn.rfind('/') + 1) + "/";
  EXPECT_EQ((*described)->manifest_key, folder + "manifest-summary.json");
  EXPECT_EQ((*described)->share_done, 1);
  EXPECT_GT((*described)->compressed_bytes, 0u);
  EXPECT_EQ((*described)->billed_size_bytes, server_.tables().Metrics(table_).size_bytes);
  EXPECT_EQ(server_.GetObject("target", folder + "_started"), "");
  EXPECT_THAT(server_.Keys("target"), Each(StartsWith(folder)));
}

// The lines of an Ion export, read by its manifests alone.
TEST_F(ExportTest, WritesIonUnderItsExtensionAlsoWhenItIsResumed) {
  options_.threads = 1;
  RestartServer();
  Fill(0, 1500);
  EnableRecovery();
  std::vector<std::string> expected;
  for (int i = 0; i < 1500; ++i) {
    item::Number number = item::Number::FromInt64(i);
    std::string digits = std::to_string(i), zeros;
    while (digits.size() > 1 && digits.back() == '0') {
      digits.pop_back();
      zeros += '0';
    }
    digits += zeros.empty() ? "." : "d" + std::to_string(zeros.size());
    expected.push_back("$ion_1_0 {Item:{pk:\"city " + number.ToText() + "\",n:" + digits + "}}");
  }
  std::sort(expected.begin(), expected.end());
  ExportRequest request = Request();
  request.export_format = "ION";
  for (uint64_t step : {8, 20, 1'000'000}) {  // the last is behind the end
    server_.jobs().Stop();
    const std::string arn = StartArn(request);
    RestartServer();  // begins the job
    server_.engine().CrashAt(step);
    server_.WaitForCrashOrEnd(arn);
    RestartServer();
    jobs::Record record = server_.WaitForEnd(arn);
    ASSERT_EQ(record.state, jobs::State::kCompleted) << step << ": " << record.failure_detail;
    auto described = exports_->Describe(arn);
    EXPECT_EQ((*described)->request.export_format, "ION");
    auto summary =
        export_layout::ParseSummary(server_.GetObject("target", (*described)->manifest_key));
    ASSERT_TRUE(summary.has_value());
    EXPECT_EQ(summary->output_format, "ION");
    EXPECT_EQ(summary->item_count, 1500u);
    auto files =
        export_layout::ParseManifestFiles(server_.GetObject("target", summary->manifest_files_key));
    ASSERT_TRUE(files.has_value());
    std::vector<std::string> lines;
    for (const export_layout::FileEntry& file : *files) {
      EXPECT_THAT(file.data_file_key, EndsWith(".ion.gz"));
      const std::string bytes = server_.GetObject("target", file.data_file_key);
      EXPECT_EQ(file.md5_base64, base::Base64Encode(hash::Md5(bytes)));
      std::istringstream text(testing::Gunzip(bytes));
      for (std::string line; std::getline(text, line);) lines.push_back(line);
    }
    std::sort(lines.begin(), lines.end());
    EXPECT_EQ(lines, expected);
  }
}

TEST_F(ExportTest, AnEmptyTableGivesOneEmptyListedFileAPartition) {
  EnableRecovery();
  const std::string arn = StartArn();
  ASSERT_EQ(server_.WaitForEnd(arn).state, jobs::State::kCompleted);
  EXPECT_THAT(ReadExport(arn), IsEmpty());
  // 4 data files, _started, 2 manifests, 2 checksums.
  EXPECT_THAT(server_.Keys("target"), SizeIs(9));
}

TEST_F(ExportTest, ExportsTheItemsOfItsTimeWhateverIsWrittenMeanwhile) {
  Fill(0, 50);
  EnableRecovery();
  server_.engine().CrashAt(UINT64_MAX);  // counts only
  const std::string arn = StartArn();
  for (int i = 0; i < 50; ++i) {
    server_.Put(table_, R"({"pk":{"S":"city )" + std::to_string(i) + R"("},"n":{"N":"-1"}})");
    server_.Put(table_, R"({"pk":{"S":"later )" + std::to_string(i) + R"("}})");
  }
  ASSERT_EQ(server_.WaitForEnd(arn).state, jobs::State::kCompleted);
  EXPECT_EQ(ReadExport(arn), expected_);
}

TEST_F(ExportTest, CompletesWhenTheTableIsDeletedRightAfterAcceptanceAndTheServerRestarts) {
  Fill(0, 200);
  EnableRecovery();
  server_.jobs().Stop();
  const std::string arn = StartArn();
  ASSERT_TRUE(server_.tables().DisableRecovery(table_).has_value());
  ASSERT_TRUE(server_.tables().Delete(table_).has_value());
  RestartServer();
  ASSERT_TRUE(server_.tables().CollectGarbage().has_value());
  jobs::Record record = server_.WaitForEnd(arn);
  ASSERT_EQ(record.state, jobs::State::kCompleted) << record.failure_detail;
  EXPECT_EQ(ReadExport(arn), expected_);
}

TEST_F(ExportTest, RefusesAMissingTableBeforeAnythingElse) {
  ExportRequest request = Request();
  request.table_name = "absent";
  request.table_arn = "arn:aws:dynamodb:us-east-1:111122223333:table/absent";
  auto started = Start(request);
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().reason, reason::kTableNotFound);
  EXPECT_EQ(started.error().message, "Table not found: " + request.table_arn);
}

TEST_F(ExportTest, RefusesWhileRecoveryIsOffAndTheTokenIsNotTaken) {
  auto started = Start(Request("token"));
  ASSERT_FALSE(started.has_value());
  EXPECT_EQ(started.error().reason, reason::kRecoveryOff);
  EXPECT_EQ(started.error().message, "Point in time recovery is not enabled for table 'cities'");
  EnableRecovery();
  ExportRequest other = Request("token");
  other.s3_prefix = "p";
  EXPECT_TRUE(Start(other).has_value());
}

TEST_F(ExportTest, OneTokenIsOneExportAndOtherParametersConflict) {
  EnableRecovery();
  const std::string arn = StartArn(Request("token"));
  EXPECT_EQ(StartArn(Request("token")), arn);
  server_.WaitForEnd(arn);
  EXPECT_EQ(StartArn(Request("token")), arn);
  ExportRequest same = Request("token");
  same.export_format = "DYNAMODB_JSON";
  same.s3_sse_algorithm = "AES256";
  EXPECT_EQ(StartArn(same), arn);
  for (auto change : std::vector<void (*)(ExportRequest&)>{
           [](ExportRequest& r) { r.s3_prefix = "other"; },
           [](ExportRequest& r) { r.s3_bucket = "other"; },
           [](ExportRequest& r) { r.s3_bucket_owner = kSource; },
           [](ExportRequest& r) { r.export_format = "ION"; },
           [](ExportRequest& r) { r.export_time_micros = 1; },
           [](ExportRequest& r) { r.s3_sse_algorithm = "KMS"; }}) {
    ExportRequest request = Request("token");
    change(request);
    auto started = Start(request);
    ASSERT_FALSE(started.has_value());
    EXPECT_EQ(started.error().reason, reason::kTokenConflict);
    EXPECT_EQ(started.error().message,
              "Export conflict: Duplicate request detected with conflicting parameters");
  }
  EXPECT_NE(StartArn(Request()), StartArn(Request()));
}

TEST_F(ExportTest, ChecksTheExportTimeAgainstTheWindow) {
  EnableRecovery();
  const int64_t enabled = server_.tables().Describe(table_).recovery.enabled_at_micros;
  ExportRequest request = Request();
  request.export_time_micros = server_.clock().NowMicros() + 5 * base::kMicrosPerSecond;
  EXPECT_EQ(Start(request).error().message, "Export Time is invalid");
  request.export_time_micros = enabled - 60 * base::kMicrosPerSecond;
  EXPECT_EQ(Start(request).error().message, "Export Time is invalid");
  EXPECT_EQ(Start(request).error().reason, reason::kInvalidTime);
  request.export_time_micros = enabled - enabled % base::kMicrosPerSecond;
  if (*request.export_time_micros < enabled) {
    EXPECT_EQ(Start(request).error().message,
              "Point in Time Recovery is not available for specified export time");
  }
  Fill(0, 10);
  request.export_time_micros = *server_.clock().Issue();
  server_.Put(table_, R"({"pk":{"S":"later"}})");
  const std::string arn = StartArn(request);
  ASSERT_EQ(server_.WaitForEnd(arn).state, jobs::State::kCompleted);
  EXPECT_EQ(ReadExport(arn), expected_);
}

TEST_F(ExportTest, RefusesMoreExportsAtOnceThanTheQuotaOfTheirKind) {
  Fill(0, 10);
  EnableRecovery();
  options_.concurrent_max = 2;
  RestartServer();
  server_.jobs().Stop();
  StartArn();
  StartArn(Request("token"));
  auto refused = Start(Request());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().reason, reason::kTooMany);
  EXPECT_EQ(refused.error().kind, base::ErrorKind::kLimitExceeded);
  // What is accepted already is given again; what is wrong besides is told first.
  EXPECT_TRUE(Start(Request("token")).has_value());
  ExportRequest future = Request();
  future.export_time_micros = server_.clock().NowMicros() + 5 * base::kMicrosPerSecond;
  EXPECT_EQ(Start(future).error().reason, reason::kInvalidTime);
  // Incremental exports have a quota of their own.
  server_.wall().Move(base::kMicrosPerDay);
  server_.clock().StepToWall();
  ExportRequest incremental = Request();
  incremental.export_type = "INCREMENTAL_EXPORT";
  incremental.increment.emplace();
  incremental.increment->from_micros = server_.clock().NowMicros() - base::kMicrosPerDay / 2;
  auto accepted = Start(incremental);
  EXPECT_TRUE(accepted.has_value()) << accepted.error().message;
  // And so many bytes of tables, but for one that is alone.
  options_ = {.concurrent_bytes_max = 1};
  RestartServer();
  const auto unfinished = server_.jobs().Unfinished();
  ASSERT_TRUE(unfinished.has_value());
  for (const jobs::Record& record : *unfinished) server_.WaitForEnd(record.arn);
  server_.jobs().Stop();
  StartArn();
  EXPECT_EQ(Start(Request()).error().reason, reason::kTooMany);
}

TEST_F(ExportTest, AMissingBucketFailsTheExport) {
  EnableRecovery();
  ExportRequest request = Request();
  request.s3_bucket = "absent";
  jobs::Record record = server_.WaitForEnd(StartArn(request));
  ExpectFailed(record, "S3NoSuchBucket",
               "The specified bucket does not exist (Service: Amazon S3; Status Code: 404; Error "
               "Code: NoSuchBucket; Request ID: ");
  EXPECT_THAT(record.failure_message, EndsWith("; Proxy: null)"));
}

TEST_F(ExportTest, AnotherOwnerOrAPolicyThatDoesNotAllowFailsTheExport) {
  Fill(0, 10);
  EnableRecovery();
  ExportRequest request = Request();
  request.s3_bucket_owner = std::nullopt;  // the caller's account, which does not own the bucket
  ExpectFailed(server_.WaitForEnd(StartArn(request)), "S3AccessDenied",
               "Access Denied (Service: Amazon S3; Status Code: 403; Error Code: AccessDenied; ");
  const std::string good = SeedPolicy(kSource, "target");
  auto replaced = [&](const std::string& from, const std::string& to) {
    std::string policy = good;
    policy.replace(policy.find(from), from.size(), to);
    return policy;
  };
  for (const std::string& policy :
       {replaced("111122223333:root", "999999999999:root"),
        replaced("\"s3:ListBucket\",\"s3:PutObject\"", "\"s3:ListBucket\""),
        replaced("arn:aws:s3:::target/*", "arn:aws:s3:::target"),
        replaced("dynamodb.amazonaws.com", "dynamodb.amazonaws.con"),
        replaced("dynamodb.amazonaws.com", "DynamoDB.amazonaws.com")}) {
    server_.SetPolicy("target", policy);
    jobs::Record record = server_.WaitForEnd(StartArn());
    ExpectFailed(record, "S3AccessDenied", "Access Denied (Service: Amazon S3;");
    EXPECT_THAT(record.failure_detail,
                AllOf(HasSubstr("s3:PutObject on arn:aws:s3:::target/"), HasSubstr(kSource)));
    EXPECT_THAT(server_.Keys("target"), IsEmpty());
  }
  server_.SetPolicy("target", std::nullopt);
  ExpectFailed(server_.WaitForEnd(StartArn()), "S3AccessDenied", "Access Denied");
}

TEST_F(ExportTest, ADenialInTheMiddleAbortsTheUploadsAndLeavesNoManifest) {
  Fill(0, 500);
  EnableRecovery();
  // Objects under data/ and the manifests are denied, one after the other.
  for (const std::string denied :
       {"*/data/*", "*/manifest-files.json", "*/manifest-summary.json"}) {
    std::string policy = SeedPolicy(kSource, "target");
    const std::string deny = R"([{"Effect":"Deny","Principal":"*","Action":["s3:PutObject",)"
                             R"("s3:AbortMultipartUpload"],"Resource":"arn:aws:s3:::target/)" +
                             denied + "\"},";
    policy.replace(policy.find('['), 1, deny);
    server_.SetPolicy("target", policy);
    jobs::Record record = server_.WaitForEnd(StartArn());
    EXPECT_EQ(record.failure_code, "S3AccessDenied");
    ExpectFailed(record, "S3AccessDenied", "Access Denied");
  }
}

TEST_F(ExportTest, AFullDiskFailsTheExportWithTheReason) {
  Fill(0, 3000);
  EnableRecovery();
  server_.files().SetSpace(20'000);
  jobs::Record record = server_.WaitForEnd(StartArn());
  EXPECT_EQ(record.state, jobs::State::kFailed);
  EXPECT_EQ(record.failure_code, "UNKNOWN");
  EXPECT_FALSE(record.failure_message.empty());
  ExpectFailed(record, "UNKNOWN", "");
  server_.files().SetSpace(std::nullopt);
  const std::string arn = StartArn();
  ASSERT_EQ(server_.WaitForEnd(arn).state, jobs::State::kCompleted);
  EXPECT_EQ(ReadExport(arn), expected_);
}

TEST_F(ExportTest, AClockThatStepsWhileItRunsChangesNothing) {
  options_.threads = 1;
  RestartServer();
  Fill(0, 1000);
  EnableRecovery();
  int later = 0;
  for (const int64_t step : {-3600 * base::kMicrosPerSecond, base::kMicrosPerDay}) {
    for (uint64_t change = 1; change < 16; change += 3) {
      server_.jobs().Stop();
      const std::string arn = StartArn();
      const std::vector<std::string> expected = expected_;
      RestartServer();                       // begins the job
      server_.engine().CrashAt(UINT64_MAX);  // counts only
      while (server_.engine().changes() < change &&
             (*server_.jobs().Find(arn))->state == jobs::State::kInProgress) {
        std::this_thread::yield();
      }
      const int64_t before = *server_.clock().Issue();
      server_.wall().Move(step);
      EXPECT_GT(*server_.clock().Issue(), before);
      Fill(100'000 + later, 100'000 + later + 5);  // acknowledged, and in no running export
      later += 5;
      const jobs::Record record = server_.WaitForEnd(arn);
      ASSERT_EQ(record.state, jobs::State::kCompleted) << record.failure_detail;
      EXPECT_GE(record.end_time_micros, record.start_time_micros);
      EXPECT_EQ(ReadExport(arn), expected) << step << " " << change;
      ExpectNothingIncomplete();
      EXPECT_EQ(server_.Items(table_), expected_);
      server_.wall().Move(-step);
    }
  }
}

TEST_F(ExportTest, IsResumedAfterAKillAtEveryStepAndWritesTheSameNames) {
  options_.threads = 1;
  RestartServer();
  Fill(0, 1500);
  EnableRecovery();
  int kills = 0;
  for (uint64_t step = 1;; step += 1 + step / 16) {
    server_.jobs().Stop();
    const std::string arn = StartArn();
    RestartServer();  // begins the job
    server_.engine().CrashAt(step);
    const bool has_crashed = server_.WaitForCrashOrEnd(arn);
    RestartServer();
    jobs::Record record = server_.WaitForEnd(arn);
    ASSERT_EQ(record.state, jobs::State::kCompleted) << step << ": " << record.failure_detail;
    EXPECT_EQ(ReadExport(arn), expected_) << step;
    // A kill between the start of an upload and its note leaves it to the bucket's expiry.
    auto uploads = *server_.store().ListUploads("target", "");
    EXPECT_LE(uploads.size(), 1u);
    for (const objects::UploadInfo& upload : uploads) {
      ASSERT_TRUE(server_.store().AbortUpload("target", upload.key, upload.upload_id).has_value());
    }
    if (!has_crashed) break;
    ++kills;
  }
  EXPECT_GT(kills, 20);
}

TEST_F(ExportTest, StopsQuicklyAndGoesOnAtTheNextStart) {
  Fill(0, 2000);
  EnableRecovery();
  const std::string arn = StartArn();
  for (int i = 0; i < 3; ++i) RestartServer();
  ASSERT_EQ(server_.WaitForEnd(arn).state, jobs::State::kCompleted);
  EXPECT_EQ(ReadExport(arn), expected_);
  ExpectNothingIncomplete();
}

TEST_F(ExportTest, CancelledAtAnyMomentAlsoAfterAKillItLeavesNoManifestAndNoUpload) {
  options_.threads = 1;
  RestartServer();
  Fill(0, 1000);
  EnableRecovery();
  int cancelled = 0, completed = 0;
  for (uint64_t step = 1;; ++step) {
    server_.jobs().Stop();
    const std::string arn = StartArn();
    RestartServer();  // begins the job
    server_.engine().CrashAt(step);
    const bool has_crashed = server_.WaitForCrashOrEnd(arn);
    if (!has_crashed) break;
    RestartServer();
    if (step % 4 == 0) server_.WaitForEnd(arn);  // too late, then
    const bool is_accepted = server_.jobs().Cancel(arn, "ann").has_value();
    jobs::Record record = server_.WaitForEnd(arn);
    const std::string summary = arn.substr(arn.rfind('/') + 1) + "/manifest-summary.json";
    const auto keys = server_.Keys("target");
    const bool has_summary = std::any_of(
        keys.begin(), keys.end(), [&](const std::string& key) { return key.ends_with(summary); });
    EXPECT_EQ(record.state, is_accepted ? jobs::State::kFailed : jobs::State::kCompleted) << step;
    EXPECT_EQ(has_summary, !is_accepted) << step;
    EXPECT_EQ(record.failure_code, is_accepted ? "Cancelled" : "");
    ++(is_accepted ? cancelled : completed);
    auto uploads = *server_.store().ListUploads("target", "");
    EXPECT_LE(uploads.size(), 1u);  // as in the test of kills
    for (const objects::UploadInfo& upload : uploads) {
      ASSERT_TRUE(server_.store().AbortUpload("target", upload.key, upload.upload_id).has_value());
    }
  }
  EXPECT_GT(cancelled, 5);
  EXPECT_GT(completed, 0);
}

TEST_F(ExportTest, ListsTheExportsOfTheTableNewestFirstButNotOfAnEarlierTableOfTheName) {
  EnableRecovery();
  const std::string first = StartArn();
  const std::string second = StartArn();
  auto arns = [&](const std::string& table_arn, const std::string& after, size_t count) {
    std::vector<std::string> found;
    auto listed = exports_->List(kSource, table_arn, after, count);
    EXPECT_TRUE(listed.has_value());
    for (const ExportDescription& description : *listed) found.push_back(description.record.arn);
    return found;
  };
  const std::string table_arn = Request().table_arn;
  EXPECT_THAT(arns(table_arn, "", 10), ElementsAre(second, first));
  EXPECT_THAT(arns("", "", 1), ElementsAre(second));
  EXPECT_THAT(arns(table_arn, second, 10), ElementsAre(first));
  server_.WaitForEnd(first);
  server_.WaitForEnd(second);
  ASSERT_TRUE(server_.tables().Delete(table_).has_value());
  EXPECT_THAT(arns(table_arn, "", 10), IsEmpty());
  table_ = server_.MakeTable(kSource, "cities");
  EXPECT_THAT(arns(table_arn, "", 10), IsEmpty());
  EXPECT_THAT(arns("", "", 10), ElementsAre(second, first));
  EXPECT_TRUE(exports_->Describe(first)->has_value());
  EXPECT_FALSE(exports_->Describe(first + "0")->has_value());
}

}  // namespace
}  // namespace dray::export_table
