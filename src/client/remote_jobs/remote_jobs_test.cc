// SPDX-License-Identifier: Apache-2.0
// The pure parts; whole commands are tested in tests/cli.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/remote_jobs/export_request.h"
#include "client/remote_jobs/job_errors.h"
#include "client/remote_jobs/job_watch.h"
#include "client/remote_jobs/schema_sidecar.h"

namespace dray::remote_jobs {
namespace {

TEST(ExportRequest, SendsWhatIsThereAndNothingElse) {
  ExportRequest request;
  request.bucket = "b";
  request.client_token = "t";
  EXPECT_EQ(RenderExportRequest(request, "arn"),
            R"({"TableArn":"arn","S3Bucket":"b","ClientToken":"t"})");
  request.prefix = "p/q";
  request.bucket_owner = "444455556666";
  request.format = "ION";
  request.sse_algorithm = "KMS";
  request.kms_key_id = "key";
  request.is_incremental = true;
  request.from_micros = 1'700'000'000'000'000;
  request.to_micros = 1'700'003'600'000'000;
  request.view = "NEW_IMAGE";
  EXPECT_EQ(RenderExportRequest(request, "arn"),
            R"({"TableArn":"arn","S3Bucket":"b","S3Prefix":"p/q","S3BucketOwner":"444455556666",)"
            R"("S3SseAlgorithm":"KMS","S3SseKmsKeyId":"key","ExportFormat":"ION",)"
            R"("ExportType":"INCREMENTAL_EXPORT","IncrementalExportSpecification":)"
            R"({"ExportFromTime":1700000000,"ExportToTime":1700003600,)"
            R"("ExportViewType":"NEW_IMAGE"},"ClientToken":"t"})");
}

TEST(ExportRequest, Destinations) {
  auto text_of = [](std::string_view text) {
    auto url = ParseS3Url(text);
    return url ? url->bucket + " " + url->prefix.value_or("-") : "refused";
  };
  EXPECT_EQ(text_of("s3://bucket"), "bucket -");
  EXPECT_EQ(text_of("s3://bucket/"), "bucket -");
  EXPECT_EQ(text_of("s3://bucket/a/b/"), "bucket a/b/");
  for (std::string_view wrong : {"", "bucket", "s3:/b", "s3://", "s3:///p", "http://b"}) {
    EXPECT_EQ(text_of(wrong), "refused") << wrong;
  }
}

TEST(ExportRequest, TimesAndDurations) {
  EXPECT_EQ(ParseTime("2023-11-14T22:13:20Z"), 1'700'000'000'000'000);
  EXPECT_EQ(ParseTime("1700000000"), 1'700'000'000'000'000);
  EXPECT_EQ(ParseTime("2023-11-14"), 1'699'920'000'000'000);
  EXPECT_EQ(ParseTime("yesterday"), std::nullopt);
  EXPECT_EQ(ParseDuration("15m"), 900'000'000);
  EXPECT_EQ(ParseDuration("24h"), 86'400'000'000);
  for (std::string_view wrong : {"", "m", "0m", "-5m", "5", "5w", "1.5h"}) {
    EXPECT_EQ(ParseDuration(wrong), std::nullopt) << wrong;
  }
}

TEST(ExportRequest, NamesInAwsSpelling) {
  EXPECT_EQ(AwsName("dynamodb-json"), "DYNAMODB_JSON");
  EXPECT_EQ(AwsName("ION"), "ION");
  EXPECT_EQ(ViewName("new"), "NEW_IMAGE");
  EXPECT_EQ(ViewName("new-and-old"), "NEW_AND_OLD_IMAGES");
  EXPECT_EQ(ViewName("NEW_IMAGES"), "NEW_IMAGES");  // the server says what is wrong with it
  EXPECT_EQ(AccountOfArn("arn:aws:dynamodb:us-east-1:111122223333:table/t"), "111122223333");
  EXPECT_EQ(AccountOfArn("arn"), "");
}

TEST(Jobs, KindsAreToldByTheArn) {
  EXPECT_EQ(*KindOfJob("arn:aws:dynamodb:r:1:table/t/export/0-1"), JobKind::kExport);
  EXPECT_EQ(*KindOfJob("arn:aws:dynamodb:r:1:table/t/import/0-1"), JobKind::kImport);
  EXPECT_FALSE(KindOfJob("arn:aws:dynamodb:r:1:table/t").has_value());
  EXPECT_FALSE(KindOfJob("0-1").has_value());
}

TEST(Jobs, ErrorsAreOneLineAndTheRecordsBeginning) {
  auto text_of = [](std::string_view json) {
    auto parsed = json::Parse(json);
    EXPECT_TRUE(parsed.has_value()) << json;
    return parsed ? ErrorText(*parsed->object()) : "";
  };
  EXPECT_EQ(text_of(R"({"itemS3Pointer":{"bucket":"b","key":"p/a.json","itemIndex":5},)"
                    R"("importArn":"arn","errorMessages":["Missing the key pk in the item"]})"),
            "p/a.json, record 5: Missing the key pk in the item");
  EXPECT_EQ(text_of(R"({"itemS3Pointer":{"bucket":"b","key":"k","itemIndex":0},"errorMessages":)"
                    R"(["one","two"],"byteOffset":17,"recordHead":"{\"a\u001b\":1}\nrest"})"),
            "k, record 0, byte 17: one; two\n    {\"a \":1}");
  const std::string long_head(49, 'x');
  const std::string accents = "\u00e9\u00e9\u00e9\u00e9";
  EXPECT_EQ(text_of(R"({"errorMessages":[],"recordHead":")" + long_head + long_head + "x" +
                    accents + R"("})"),
            ": \n    " + long_head + long_head + "x...");
  EXPECT_EQ(text_of("{}"), ": ");
}

TEST(Sidecar, StandsBesideTheExportsFolder) {
  const std::string arn = "arn:aws:dynamodb:r:1:table/t/export/01693467621041-039fcf72";
  EXPECT_EQ(SidecarKey("", arn), "DraySchema/01693467621041-039fcf72.json");
  EXPECT_EQ(SidecarKey("a/b", arn), "a/b/DraySchema/01693467621041-039fcf72.json");
  EXPECT_EQ(SidecarKey("a/b/", arn), "a/b/DraySchema/01693467621041-039fcf72.json");
}

TEST(Sidecar, HoldsARequestThatMakesTheSameTable) {
  auto table = json::Parse(
      R"({"TableName":"t","TableStatus":"ACTIVE","TableArn":"arn:t","TableId":"id",)"
      R"("AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],)"
      R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"ItemCount":5,)"
      R"("ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4,)"
      R"("NumberOfDecreasesToday":0},"GlobalSecondaryIndexes":[{"IndexName":"g",)"
      R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"Projection":)"
      R"({"ProjectionType":"ALL"},"IndexStatus":"ACTIVE","ProvisionedThroughput":)"
      R"({"ReadCapacityUnits":1,"WriteCapacityUnits":2}}],"DeletionProtectionEnabled":true})");
  ASSERT_TRUE(table.has_value());
  TableSettings settings;
  settings.table = *table->object();
  settings.missing = {"tags: AccessDeniedException"};
  EXPECT_EQ(RenderSidecar(settings, {"arn:e", "AWSDynamoDB/1/manifest-summary.json", 0}),
            R"({"SchemaVersion":1,"ExportArn":"arn:e","ExportManifest":)"
            R"("AWSDynamoDB/1/manifest-summary.json","TableArn":"arn:t","TableId":"id",)"
            R"("TakenAt":"1970-01-01T00:00:00.000Z","CreateTable":{"TableName":"t",)"
            R"("AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],)"
            R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PROVISIONED",)"
            R"("ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4},)"
            R"("GlobalSecondaryIndexes":[{"IndexName":"g","KeySchema":[{"AttributeName":"pk",)"
            R"("KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":)"
            R"({"ReadCapacityUnits":1,"WriteCapacityUnits":2}}],"DeletionProtectionEnabled":true},)"
            R"("TimeToLive":{"Enabled":false},"PointInTimeRecovery":{"Enabled":false},)"
            R"("Missing":["tags: AccessDeniedException"]})"
            "\n");
}

}  // namespace
}  // namespace dray::remote_jobs
