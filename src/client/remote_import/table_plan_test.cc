// SPDX-License-Identifier: Apache-2.0
#include "client/remote_import/table_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/remote_import/import_request.h"
#include "client/remote_import/staging.h"
#include "client/remote_import/transforms.h"

namespace dray::remote_import {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TableSchema Schema(std::string_view text) {
  auto schema = ParseSchema(text);
  EXPECT_TRUE(schema.has_value()) << schema.error().message;
  return schema ? *schema : TableSchema();
}

TablePlan Plan(const TableSchema& schema, const TableFlags& flags = {}) {
  auto plan = PlanTable("t", schema, flags);
  EXPECT_TRUE(plan.has_value()) << plan.error().message;
  return plan ? *plan : TablePlan();
}

std::string Refusal(const TableSchema& schema, const TableFlags& flags) {
  auto plan = PlanTable("t", schema, flags);
  return plan ? "" : plan.error().message;
}

constexpr std::string_view kSidecar =
    R"({"SchemaVersion":1,"ExportArn":"arn:e","CreateTable":{"TableName":"old",)"
    R"("AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},)"
    R"({"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"l","AttributeType":"B"},)"
    R"({"AttributeName":"g","AttributeType":"N"}],"KeySchema":[{"AttributeName":"pk",)"
    R"("KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"BillingMode":"PROVISIONED",)"
    R"("ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4},)"
    R"("LocalSecondaryIndexes":[{"IndexName":"local","KeySchema":[{"AttributeName":"pk",)"
    R"("KeyType":"HASH"},{"AttributeName":"l","KeyType":"RANGE"}],"Projection":)"
    R"({"ProjectionType":"ALL"}}],"GlobalSecondaryIndexes":[{"IndexName":"global","KeySchema":)"
    R"([{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"},)"
    R"("ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":2}}],)"
    R"("StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"},)"
    R"("TableClass":"STANDARD_INFREQUENT_ACCESS","DeletionProtectionEnabled":true,)"
    R"("SSESpecification":{"Enabled":true,"SSEType":"KMS","KMSMasterKeyId":"arn:key"},)"
    R"("Tags":[{"Key":"team","Value":"data"},{"Key":"aws:x","Value":"y"}]},)"
    R"("TimeToLive":{"Enabled":true,"AttributeName":"expires"},)"
    R"("PointInTimeRecovery":{"Enabled":true,"RecoveryPeriodInDays":7},"Missing":["tags: no"]})";

TEST(TablePlan, OfASidecarCarriesOverWhatCanBe) {
  TablePlan plan = Plan(Schema(kSidecar));
  EXPECT_EQ(plan.parameters,
            R"({"TableName":"t","AttributeDefinitions":[{"AttributeName":"g","AttributeType":"N"},)"
            R"({"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk",)"
            R"("AttributeType":"N"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},)"
            R"({"AttributeName":"sk","KeyType":"RANGE"}],"BillingMode":"PROVISIONED",)"
            R"("ProvisionedThroughput":{"ReadCapacityUnits":3,"WriteCapacityUnits":4},)"
            R"("GlobalSecondaryIndexes":[{"IndexName":"global","KeySchema":[{"AttributeName":"g",)"
            R"("KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"},)"
            R"("ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":2}}]})");
  EXPECT_THAT(plan.left_out,
              ElementsAre(HasSubstr("local secondary index local (pk, l)"), HasSubstr("arn:key"),
                          HasSubstr("tags: no"), HasSubstr("the tag aws:x")));
  std::vector<std::string> requests;
  for (const Setting& setting : plan.settings) {
    requests.push_back(setting.operation + " " + RenderSetting(setting, "x"));
  }
  EXPECT_THAT(
      requests,
      ElementsAre(R"(TagResource {"ResourceArn":"x","Tags":[{"Key":"team","Value":"data"}]})",
                  R"(UpdateTimeToLive {"TableName":"x","TimeToLiveSpecification":{"Enabled":true,)"
                  R"("AttributeName":"expires"}})",
                  R"(UpdateContinuousBackups {"TableName":"x","PointInTimeRecoverySpecification":)"
                  R"({"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":7}})",
                  R"(UpdateTable {"TableName":"x","StreamSpecification":{"StreamEnabled":true,)"
                  R"("StreamViewType":"NEW_IMAGE"}})",
                  R"(UpdateTable {"TableName":"x","TableClass":"STANDARD_INFREQUENT_ACCESS"})",
                  R"(UpdateTable {"TableName":"x","DeletionProtectionEnabled":true})"));
}

TEST(TablePlan, FlagsWinOverTheSchema) {
  TableFlags flags;
  flags.hash_key = Attribute{"id", "B"};
  flags.billing_mode = "PAY_PER_REQUEST";
  flags.kms_key_id = "alias/mine";
  flags.attributes = {{"y", "N"}};
  flags.global_indexes = {
      R"({"IndexName":"i","KeySchema":[{"AttributeName":"y","KeyType":"HASH"}]})"};
  TablePlan plan = Plan(Schema(kSidecar), flags);
  EXPECT_EQ(plan.parameters,
            R"({"TableName":"t","AttributeDefinitions":[{"AttributeName":"id",)"
            R"("AttributeType":"B"},{"AttributeName":"y","AttributeType":"N"}],"KeySchema":)"
            R"([{"AttributeName":"id","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST",)"
            R"("SSESpecification":{"Enabled":true,"SSEType":"KMS","KMSMasterKeyId":"alias/mine"},)"
            R"("GlobalSecondaryIndexes":[{"IndexName":"i","KeySchema":[{"AttributeName":"y",)"
            R"("KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}]})");
  EXPECT_THAT(plan.left_out, Not(::testing::Contains(HasSubstr("arn:key"))));
  flags.billing_mode.reset();
  flags.read_capacity = 9;
  EXPECT_THAT(Plan(Schema(kSidecar), flags).parameters,
              HasSubstr(R"({"ReadCapacityUnits":9,"WriteCapacityUnits":4})"));
}

TEST(TablePlan, OfFlagsAlone) {
  TableFlags flags;
  flags.hash_key = Attribute{"pk", "S"};
  flags.range_key = Attribute{"sk", "N"};
  TablePlan plan = Plan(TableSchema(), flags);
  EXPECT_EQ(plan.parameters,
            R"({"TableName":"t","AttributeDefinitions":[{"AttributeName":"pk",)"
            R"("AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"}],"KeySchema":)"
            R"([{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk",)"
            R"("KeyType":"RANGE"}],"BillingMode":"PAY_PER_REQUEST"})");
  EXPECT_THAT(plan.settings, IsEmpty());
  EXPECT_THAT(plan.left_out, IsEmpty());
}

TEST(TablePlan, OfADescriptionSaysWhatIsNotInIt) {
  const std::string table =
      R"({"TableName":"old","TableStatus":"ACTIVE","TableArn":"arn:t","AttributeDefinitions":)"
      R"([{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk",)"
      R"("KeyType":"HASH"}],"BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST"},)"
      R"("ProvisionedThroughput":{"ReadCapacityUnits":0,"WriteCapacityUnits":0},)"
      R"("OnDemandThroughput":{"MaxReadRequestUnits":50,"MaxWriteRequestUnits":-1},)"
      R"("Replicas":[{"RegionName":"eu-west-1"}],"DeletionProtectionEnabled":true})";
  for (const std::string& text : {table, "{\"Table\":" + table + "}"}) {
    TableSchema schema = Schema(text);
    EXPECT_EQ(schema.kind, TableSchema::Kind::kDescription);
    TablePlan plan = Plan(schema);
    EXPECT_EQ(plan.parameters,
              R"({"TableName":"t","AttributeDefinitions":[{"AttributeName":"pk",)"
              R"("AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],)"
              R"("BillingMode":"PAY_PER_REQUEST","OnDemandThroughput":)"
              R"({"MaxReadRequestUnits":50}})");
    EXPECT_THAT(plan.left_out,
                ElementsAre(HasSubstr("replica in eu-west-1"), HasSubstr("time to live, tags")));
    ASSERT_EQ(plan.settings.size(), 1u);
    EXPECT_EQ(plan.settings[0].what, "deletion protection");
  }
}

TEST(TablePlan, WhatIsNotKnownIsSaid) {
  TableFlags flags;
  EXPECT_THAT(Refusal(TableSchema(), flags), HasSubstr("the table's keys are not known: give"));
  flags.range_key = Attribute{"sk", "N"};
  EXPECT_THAT(Refusal(TableSchema(), flags), HasSubstr("--range-key needs --hash-key"));
  flags.hash_key = Attribute{"pk", "S"};
  flags.global_indexes = {"{}"};
  EXPECT_THAT(Refusal(TableSchema(), flags), HasSubstr("--gsi takes one index as JSON"));
  flags.global_indexes = {
      R"({"IndexName":"i","KeySchema":[{"AttributeName":"y","KeyType":"HASH"}]})"};
  EXPECT_THAT(Refusal(TableSchema(), flags), HasSubstr("give --attribute y:S"));
  flags.global_indexes.clear();
  flags.billing_mode = "PROVISIONED";
  EXPECT_THAT(Refusal(TableSchema(), flags), HasSubstr("needs --read-capacity"));
  flags.billing_mode = "PAY_PER_REQUEST";
  flags.write_capacity = 1;
  EXPECT_THAT(Refusal(TableSchema(), flags), HasSubstr("are of --billing-mode provisioned"));
}

TEST(Schema, WhatIsNoneIsRefused) {
  auto refusal = [](std::string_view text) {
    auto schema = ParseSchema(text);
    return schema ? "" : schema.error().message;
  };
  EXPECT_THAT(refusal("{"), HasSubstr("it is not JSON"));
  EXPECT_THAT(refusal("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal("{}"), HasSubstr("it has no KeySchema"));
  EXPECT_THAT(refusal(R"({"Table":{}})"), HasSubstr("it has no KeySchema"));
  EXPECT_THAT(refusal(R"({"SchemaVersion":2})"), HasSubstr("later version"));
  EXPECT_EQ(Schema(R"({"KeySchema":[{"AttributeName":"a","KeyType":"HASH"}]})").kind,
            TableSchema::Kind::kRequest);
}

TEST(Schema, AttributesOfFlags) {
  EXPECT_EQ(ParseAttribute("a:b:N")->name, "a:b");
  EXPECT_EQ(ParseAttribute("a:b:N")->type, "N");
  for (const char* wrong : {"", "a", "a:", ":S", "a:s", "a:SS"}) {
    EXPECT_FALSE(ParseAttribute(wrong).has_value()) << wrong;
  }
}

TEST(ImportRequest, SendsWhatIsThereAndNothingElse) {
  ImportRequest request;
  request.bucket = "b";
  request.input.format = "ION";
  request.table_parameters = "{}";
  request.client_token = "t";
  EXPECT_EQ(RenderImportRequest(request),
            R"({"ClientToken":"t","S3BucketSource":{"S3Bucket":"b"},"InputFormat":"ION",)"
            R"("TableCreationParameters":{}})");
  request.prefix = "p/";
  request.bucket_owner = "444455556666";
  request.input = {"CSV", "GZIP", ";", {"a", "b"}};
  EXPECT_EQ(RenderImportRequest(request),
            R"({"ClientToken":"t","S3BucketSource":{"S3BucketOwner":"444455556666",)"
            R"("S3Bucket":"b","S3KeyPrefix":"p/"},"InputFormat":"CSV","InputFormatOptions":)"
            R"({"Csv":{"Delimiter":";","HeaderList":["a","b"]}},"InputCompressionType":"GZIP",)"
            R"("TableCreationParameters":{}})");
  EXPECT_EQ(DelimiterOf("tab"), "\t");
  EXPECT_EQ(DelimiterOf("SPACE"), " ");
  EXPECT_EQ(DelimiterOf("|"), "|");
}

TEST(ImportRequest, IntoATableThatIsThereIsAnOperationOfOurOwn) {
  ImportRequest request;
  request.bucket = "b";
  request.input.format = "ION";
  request.client_token = "t";
  request.mode = "MERGE";
  request.table_name = "there";
  request.is_dry_run = true;
  request.transforms = "[]";
  EXPECT_EQ(RenderImportRequest(request),
            R"({"ClientToken":"t","S3BucketSource":{"S3Bucket":"b"},"InputFormat":"ION",)"
            R"("TableName":"there","Mode":"MERGE","DryRun":true,"Transforms":[]})");
  EXPECT_EQ(OperationOf(request).name, "ImportIntoTable");
  EXPECT_TRUE(OperationOf(request).is_own);
  request.mode.clear();
  EXPECT_EQ(OperationOf(request).name, "ImportTable");
  EXPECT_TRUE(OperationOf(request).is_own);
  request.transforms.clear();
  EXPECT_FALSE(OperationOf(request).is_own);
}

TEST(Transforms, StayInTheirOrder) {
  using Kind = TransformStep::Kind;
  TransformPlan plan;
  EXPECT_EQ(RenderTransforms(plan, ""), "");
  plan.steps = {{Kind::kMask, "email"},       {Kind::kRename, "a=b"},    {Kind::kDrop, "x,y"},
                {Kind::kFilter, "#s = :one"}, {Kind::kMask, "n=no=one"}, {Kind::kKeep, "pk"}};
  plan.filter_names = R"({"#s":"state"})";
  plan.filter_values = R"({":one":{"N":"1"}})";
  plan.mask_key_file = "key";
  ASSERT_TRUE(CheckTransforms(plan).has_value());
  EXPECT_EQ(
      RenderTransforms(plan, "0123456789abcdef"),
      R"([{"Mask":{"Attribute":"email","Method":"HASH","Key":"0123456789abcdef"}},)"
      R"({"Rename":{"From":"a","To":"b"}},{"Drop":["x","y"]},{"Filter":{"Expression":"#s = :one",)"
      R"("ExpressionAttributeNames":{"#s":"state"},"ExpressionAttributeValues":)"
      R"({":one":{"N":"1"}}}},{"Mask":{"Attribute":"n","Method":"TEXT","Text":"no=one"}},)"
      R"({"Keep":["pk"]}])");
}

TEST(Transforms, WhatIsNoneIsRefused) {
  using Kind = TransformStep::Kind;
  auto refusal = [](const TransformPlan& plan) {
    base::Status checked = CheckTransforms(plan);
    return checked ? "" : checked.error().message;
  };
  EXPECT_THAT(refusal({{{Kind::kRename, "a"}}, "", "", ""}), HasSubstr("--rename takes FROM=TO"));
  EXPECT_THAT(refusal({{{Kind::kRename, "a="}}, "", "", ""}), HasSubstr("--rename takes FROM=TO"));
  EXPECT_THAT(refusal({{{Kind::kKeep, ""}}, "", "", ""}), HasSubstr("names no attribute"));
  EXPECT_THAT(refusal({{{Kind::kMask, "a"}}, "", "", ""}), HasSubstr("give --mask-key-file"));
  EXPECT_THAT(refusal({{{Kind::kMask, "a=x"}}, "", "", "key"}), HasSubstr("is of --mask NAME"));
  EXPECT_THAT(refusal({{}, "{}", "", ""}), HasSubstr("are of --filter"));
  EXPECT_THAT(refusal({{{Kind::kFilter, "a > b"}}, "x", "", ""}), HasSubstr("a JSON object"));
  EXPECT_THAT(refusal({{{Kind::kFilter, "a > b"}, {Kind::kFilter, "c"}}, "", "", ""}),
              HasSubstr("may be given once"));
}

TEST(Staging, PartsAreAsLargeAsTheirNumberDemands) {
  constexpr uint64_t kMegabyte = 1 << 20;
  EXPECT_EQ(PartBytesOf(1, 8 * kMegabyte), 8 * kMegabyte);
  EXPECT_EQ(PartBytesOf(9000 * 8 * kMegabyte, 8 * kMegabyte), 8 * kMegabyte);
  const uint64_t five_terabytes = 5ull << 40;
  const uint64_t part = PartBytesOf(five_terabytes, 8 * kMegabyte);
  EXPECT_EQ(part % kMegabyte, 0u);
  EXPECT_LE(five_terabytes / part, 9000u);
}

}  // namespace
}  // namespace dray::remote_import
