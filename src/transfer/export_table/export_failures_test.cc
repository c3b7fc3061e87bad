// SPDX-License-Identifier: Apache-2.0
// A bucket's policy that changes while an export runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "testing/transfer_server/transfer_server.h"
#include "transfer/export_table/export_table.h"

namespace dray::export_table {
namespace {

using ::testing::HasSubstr;
using testing::kSource;
using testing::kTarget;
using ::testing::Not;
using testing::RootOf;
using testing::SeedPolicy;
using ::testing::StartsWith;

class ExportFailuresTest : public ::testing::Test {
 protected:
  ExportFailuresTest()
      : server_(
            [this](testing::TransferServer& server) {
              exports_ =
                  *Exports::Make(server.tables(), server.buckets(), server.jobs(), server.clock(),
                                 testing::kRegion, {.data_file_bytes = 4 << 10, .threads = 2});
            },
            [this] { exports_.reset(); }) {
    server_.MakeBucket(kTarget, "target", SeedPolicy(kSource, "target"));
    const table::TableRef table = server_.MakeTable(kSource, "cities");
    EXPECT_TRUE(server_.tables().EnableRecovery(table, 35).has_value());
    for (int i = 0; i < 3000; ++i) {
      server_.Put(table, R"({"pk":{"S":"city )" + std::to_string(i) + R"("}})");
    }
  }

  // Starts an export and denies the actions once it has an upload open; nullopt when it was faster.
  std::optional<jobs::Record> DenyInTheMiddle(const std::string& actions) {
    server_.SetPolicy("target", SeedPolicy(kSource, "target"));
    std::string policy = SeedPolicy(kSource, "target");
    policy.replace(policy.find('['), 1,
                   R"([{"Effect":"Deny","Principal":"*","Action":[)" + actions +
                       R"(],"Resource":"arn:aws:s3:::target/*"},)");
    ExportRequest request;
    request.table_arn = "arn:aws:dynamodb:us-east-1:111122223333:table/cities";
    request.table_name = "cities";
    request.s3_bucket = "target";
    request.s3_bucket_owner = kTarget;
    auto started = exports_->Start(RootOf(kSource), request);
    EXPECT_TRUE(started.has_value());
    while (server_.store().ListUploads("target", "")->empty()) {
      auto record = server_.jobs().Find(started->record.arn);
      if ((*record)->state != jobs::State::kInProgress) break;
    }
    server_.SetPolicy("target", policy);
    jobs::Record record = server_.WaitForEnd(started->record.arn);
    if (record.state == jobs::State::kCompleted) return std::nullopt;
    const std::string id = record.arn.substr(record.arn.rfind('/') + 1);
    for (const std::string& key : server_.Keys("target", "AWSDynamoDB/" + id + "/")) {
      EXPECT_THAT(key, Not(HasSubstr("manifest-summary.json")));
    }
    EXPECT_EQ(record.failure_code, "S3AccessDenied");
    EXPECT_THAT(record.failure_message, StartsWith("Access Denied (Service: Amazon S3; Status "));
    EXPECT_THAT(record.failure_detail, StartsWith("s3:PutObject on arn:aws:s3:::target/"));
    return record;
  }

  std::unique_ptr<Exports> exports_;
  testing::TransferServer server_;
};

TEST_F(ExportFailuresTest, APolicyChangedInTheMiddleFailsTheJobAndItsUploadsAreAborted) {
  for (int failed = 0; failed < 5;) {
    auto record = DenyInTheMiddle(R"("s3:PutObject")");
    EXPECT_TRUE(server_.store().ListUploads("target", "")->empty());
    if (!record) continue;
    ++failed;
    EXPECT_THAT(record->failure_detail, Not(HasSubstr("Parts were left")));
  }
}

TEST_F(ExportFailuresTest, PartsThatMayNotBeAbortedAreNamedBehindTheFirstFailure) {
  for (int rounds_with_parts = 0; rounds_with_parts < 3;) {
    auto record = DenyInTheMiddle(R"("s3:PutObject","s3:AbortMultipartUpload")");
    if (!record) continue;
    const auto uploads = server_.store().ListUploads("target", "");
    if (!uploads->empty()) ++rounds_with_parts;
    for (const objects::UploadInfo& upload : *uploads) {
      EXPECT_THAT(record->failure_detail,
                  HasSubstr("arn:aws:s3:::target/" + upload.key + " (upload " + upload.upload_id));
      EXPECT_TRUE(server_.store().AbortUpload("target", upload.key, upload.upload_id).has_value());
    }
    EXPECT_EQ(record->failure_detail.find("Parts were left") != std::string::npos,
              !uploads->empty());
  }
}

}  // namespace
}  // namespace dray::export_table
