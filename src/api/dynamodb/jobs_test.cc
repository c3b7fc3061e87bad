// SPDX-License-Identifier: Apache-2.0
// Exports and imports at the edge: checks before the job modules are asked, and descriptions.
#include <gmock/gmock.h>

#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kTableArn = "arn:aws:dynamodb:us-east-1:111122223333:table/Catalog";

class JobsTest : public ApiTest {
 protected:
  Answer Export(std::string_view more, std::string_view arn = kTableArn) {
    return Send("ExportTableToPointInTime", R"({"TableArn":")" + std::string(arn) +
                                                R"(","S3Bucket":"bucket")" + std::string(more) +
                                                "}");
  }
  Answer Import(std::string_view more, std::string_view parameters = "") {
    return Send(
        "ImportTable",
        R"({"ClientToken":"t","S3BucketSource":{"S3Bucket":"bucket","S3KeyPrefix":"data/"},)"
        R"("TableCreationParameters":{"TableName":"Copy","AttributeDefinitions":)"
        R"([{"AttributeName":"pk","AttributeType":"S"}],)"
        R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}])" +
            std::string(parameters.empty() ? R"(,"BillingMode":"PAY_PER_REQUEST")" : parameters) +
            "}" + std::string(more) + "}");
  }
  static export_table::ExportDescription Stored(std::string_view id, jobs::State state) {
    export_table::ExportDescription description;
    description.record.arn = std::string(kTableArn) + "/export/" + std::string(id);
    description.record.account = kAccount;
    description.record.state = state;
    description.record.start_time_micros = 1731672000123456;
    description.record.end_time_micros = 1731672306789012;
    description.request.table_arn = kTableArn;
    description.request.s3_bucket = "bucket";
    description.client_token = "token";
    description.table_id = "0f8fad5b-d9cb-469f-a165-70867728950e";
    description.export_time_micros = 1731672000123456;
    description.manifest_key = "AWSDynamoDB/1/manifest-summary.json";
    description.item_count = 8;
    return description;
  }
};

TEST_F(JobsTest, AnExportRequestArrivesTyped) {
  exports_.next = Stored("01731672000123-1a2b3c4d", jobs::State::kInProgress);
  Answer answer =
      Export(R"(,"S3BucketOwner":"444455556666","S3Prefix":"2024-Nov","ExportTime":1731672000.5,)"
             R"("ClientToken":"abc","Unknown":{})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(exports_.last_request.table_name, "Catalog");
  EXPECT_EQ(exports_.last_request.s3_bucket_owner, "444455556666");
  EXPECT_EQ(exports_.last_request.export_time_micros, 1731672000500000);
  EXPECT_EQ(exports_.last_request.client_token, "abc");
  EXPECT_FALSE(exports_.last_request.export_type.has_value());
  EXPECT_EQ(
      answer.body,
      R"({"ExportDescription":{"ExportArn":"arn:aws:dynamodb:us-east-1:111122223333:table/Catalog/)"
      R"(export/01731672000123-1a2b3c4d","ExportStatus":"IN_PROGRESS","StartTime":1731672000.123,)"
      R"("TableArn":"arn:aws:dynamodb:us-east-1:111122223333:table/Catalog",)"
      R"("TableId":"0f8fad5b-d9cb-469f-a165-70867728950e","ExportTime":1731672000.123,)"
      R"("ClientToken":"token","DestinationType":"S3","S3Bucket":"bucket",)"
      R"("S3BucketOwner":"444455556666","S3Prefix":"2024-Nov","S3SseAlgorithm":"AES256",)"
      R"("ExportFormat":"DYNAMODB_JSON","ItemCount":8,"WrittenSizeBytes":0,"ProgressPercent":0}})");
}

TEST_F(JobsTest, AnIncrementalExportIsDescribedByItsPeriod) {
  exports_.next = Stored("01731672000123-1a2b3c4d", jobs::State::kInProgress);
  exports_.next.period =
      export_table::Period{1731668400000000, 1731672000120999, "NEW_AND_OLD_IMAGES"};
  Answer answer = Export(
      R"(,"ExportType":"INCREMENTAL_EXPORT",)"
      R"("IncrementalExportSpecification":{"ExportFromTime":1731668400,"ExportToTime":null})");
  ASSERT_EQ(answer.status, 200) << answer.body;
  ASSERT_TRUE(exports_.last_request.increment);
  EXPECT_EQ(exports_.last_request.increment->from_micros, 1731668400000000);
  EXPECT_FALSE(exports_.last_request.increment->to_micros);
  EXPECT_FALSE(exports_.last_request.increment->view_type);
  EXPECT_THAT(answer.body,
              HasSubstr(R"("IncrementalExportSpecification":{"ExportFromTime":1731668400,)"
                        R"("ExportToTime":1731672000.12,"ExportViewType":"NEW_AND_OLD_IMAGES"})"));
  EXPECT_THAT(answer.body, HasSubstr(R"("ExportType":"INCREMENTAL_EXPORT")"));
  EXPECT_THAT(answer.body, Not(HasSubstr(R"("ExportTime")")));
}

TEST_F(JobsTest, ImportsOfOurOwnAskForTheirActionAndTheWritesOfTheTable) {
  const std::string source =
      R"("ClientToken":"t","S3BucketSource":{"S3Bucket":"bucket"},"InputFormat":"ION")";
  const std::string chain = R"("ClientToken":"t","S3Bucket":"bucket","Manifests":["m"])";
  struct Row {
    std::string_view operation;
    std::string body;
    std::vector<std::string> actions;
  };
  const Row rows[] = {
      {"ImportIntoTable",
       "{" + source + R"(,"TableName":"cities","Mode":"INSERT"})",
       {"dray:ImportIntoTable", "dynamodb:PutItem"}},
      {"ImportIntoTable",
       "{" + source + R"(,"TableName":"cities","Mode":"MERGE"})",
       {"dray:ImportIntoTable", "dynamodb:PutItem", "dynamodb:UpdateItem"}},
      {"ApplyIncrementals",
       "{" + chain + R"(,"TableName":"cities"})",
       {"dray:ApplyIncrementals", "dynamodb:PutItem", "dynamodb:DeleteItem"}},
  };
  for (const Row& row : rows) {
    authorizer_.asked.clear();
    EXPECT_EQ(Send(row.operation, row.body, "Dray_20261122.").status, 200) << response_.body;
    std::vector<std::string> actions;
    for (const auto& asked : authorizer_.asked) {
      EXPECT_EQ(asked.resource, "arn:aws:dynamodb:us-east-1:111122223333:table/cities");
      actions.push_back(std::string(asked.action));
    }
    EXPECT_EQ(actions, row.actions);
    // Not one of DynamoDB's.
    EXPECT_EQ(Send(row.operation, row.body).error, "UnknownOperationException");
  }
  EXPECT_EQ(into_imports_.started, 3);
}

TEST_F(JobsTest, ExportChecksComeInAwssOrderAndWords) {
  struct Row {
    std::string_view more, message;
  };
  const Row rows[] = {
      {R"(,"ExportType":"X")",
       "1 validation error detected: Value 'X' at 'exportType' failed to satisfy constraint: "
       "Member must satisfy enum value set: [FULL_EXPORT, INCREMENTAL_EXPORT]"},
      {R"(,"IncrementalExportSpecification":{"ExportViewType":"NEW_IMAGES"})",
       "1 validation error detected: Value 'NEW_IMAGES' at "
       "'incrementalExportSpecification.exportViewType' failed to satisfy constraint: Member must "
       "satisfy enum value set: [NEW_IMAGE, NEW_AND_OLD_IMAGES]"},
      {R"(,"IncrementalExportSpecification":{})",
       "Invalid Request: Export Type expected to be Incremental Export when incremental export "
       "specification is provided"},
      {R"(,"IncrementalExportSpecification":{},"ExportType":"FULL_EXPORT")",
       "Invalid Request: When Export Type is Full Export , Incremental Export Specification should "
       "not be provided"},
      {R"(,"ExportType":"INCREMENTAL_EXPORT")",
       "Invalid Request: Incremental Export Specification expected when export type is set as "
       "Incremental Export"},
      {R"(,"ExportType":"INCREMENTAL_EXPORT","IncrementalExportSpecification":{})",
       "Invalid Request: ExportFromTime must be provided in IncrementalExportSpecification"},
      {R"(,"S3SseKmsKeyId":"key")",
       "Invalid Request: KMS Key Id is not supported for this encryption type"},
      {R"(,"S3SseAlgorithm":"KMS")",
       "S3SseAlgorithm KMS is not supported by this version of Dray: see docs/compatibility.md"},
      {R"(,"ExportFormat":"CSV")",
       "1 validation error detected: Value 'CSV' at 'exportFormat' failed to satisfy constraint: "
       "Member must satisfy enum value set: [DYNAMODB_JSON, ION]"},
      {R"(,"ClientToken":"a$b")",
       "1 validation error detected: Value 'a$b' at 'clientToken' failed to satisfy constraint: "
       "Member must satisfy regular expression pattern: ^[^\\$]+$"},
  };
  for (const Row& row : rows) {
    Answer answer = Export(row.more);
    EXPECT_EQ(answer.error, "ValidationException") << row.more;
    EXPECT_EQ(answer.message, row.message) << row.more;
  }
  EXPECT_EQ(exports_.started, 0);
}

TEST_F(JobsTest, ExportArnsAreChecked) {
  EXPECT_EQ(Export("", "Catalog").message,
            "One or more parameter values were invalid: tableArn is not a valid ARN");
  EXPECT_EQ(Export("", std::string(kTableArn) + "/index/i").message,
            "Invalid Request: Table ARN is invalid.");
  Answer foreign = Export("", "arn:aws:dynamodb:us-east-1:444455556666:table/Catalog");
  EXPECT_EQ(foreign.error, "AccessDeniedException");
  EXPECT_EQ(foreign.message, "Access is denied");
  EXPECT_EQ(Export("", "arn:aws:dynamodb:eu-west-1:111122223333:table/Catalog").status, 200);
}

TEST_F(JobsTest, ErrorsOfExportsHaveTheirWireNames) {
  struct Row {
    std::string_view reason, name;
  };
  const Row rows[] = {
      {export_table::reason::kTableNotFound, "TableNotFoundException"},
      {export_table::reason::kRecoveryOff, "PointInTimeRecoveryUnavailableException"},
      {export_table::reason::kInvalidTime, "InvalidExportTimeException"},
      {export_table::reason::kTokenConflict, "ExportConflictException"},
      {export_table::reason::kTooMany, "LimitExceededException"},
  };
  for (const Row& row : rows) {
    exports_.start_error = base::Error{base::ErrorKind::kInvalidArgument, "text", row.reason};
    Answer answer = Export("");
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.body, R"({"__type":"com.amazonaws.dynamodb.v20120810#)" +
                               std::string(row.name) + R"(","message":"text"})");
  }
}

TEST_F(JobsTest, DescribesFinishedExports) {
  exports_.stored = {Stored("01731672000123-1a2b3c4d", jobs::State::kCompleted),
                     Stored("01731672000124-1a2b3c4d", jobs::State::kFailed)};
  exports_.stored[1].record.failure_code = "S3AccessDenied";
  exports_.stored[1].record.failure_message = "Access Denied (Service: Amazon S3)";
  exports_.stored[1].record.failure_detail = "the bucket policy's Condition";
  auto describe = [&](std::string_view arn) {
    return Send("DescribeExport", R"({"ExportArn":")" + std::string(arn) + "\"}");
  };
  Answer completed = describe(exports_.stored[0].record.arn);
  EXPECT_THAT(completed.body, HasSubstr(R"("EndTime":1731672306.789)"));
  EXPECT_THAT(completed.body,
              HasSubstr(R"("ExportManifest":"AWSDynamoDB/1/manifest-summary.json")"));
  EXPECT_THAT(completed.body, HasSubstr(R"("BilledSizeBytes":0,"ItemCount":8)"));
  EXPECT_THAT(completed.body, Not(HasSubstr("ExportType")));
  EXPECT_THAT(completed.body, Not(HasSubstr("ProgressPercent")));
  Answer failed = describe(exports_.stored[1].record.arn);
  EXPECT_THAT(failed.body, HasSubstr(R"("FailureCode":"S3AccessDenied")"));
  EXPECT_THAT(failed.body, HasSubstr(R"("FailureDetail":"the bucket policy's Condition")"));
  EXPECT_THAT(failed.body, Not(HasSubstr("ExportManifest")));
  EXPECT_THAT(failed.body, Not(HasSubstr("ItemCount")));
  // The policy of a foreign bucket is not shown to those who merely write into it.
  exports_.stored[1].request.s3_bucket_owner = "999999999999";
  EXPECT_THAT(describe(exports_.stored[1].record.arn).body, Not(HasSubstr("FailureDetail")));

  std::string unknown = std::string(kTableArn) + "/export/01731672000999-1a2b3c4d";
  EXPECT_EQ(describe(unknown).error, "ExportNotFoundException");
  EXPECT_EQ(describe(unknown).message, "Export not found: Export not found: " + unknown);
  EXPECT_EQ(describe("arn:aws:dynamodb:eu-west-1:111122223333:table/Catalog/export/1-2").message,
            "Export not found: Invalid export arn");
  EXPECT_EQ(describe(kTableArn).message, "Invalid Export ARN");
  EXPECT_EQ(describe(std::string(kTableArn) + "/import/1-2").message, "Invalid Export ARN");
  EXPECT_EQ(describe("arn:x:dynamodb:us-east-1:111122223333:table/Catalog/export/1").message,
            "Invalid Export ARN");
  EXPECT_EQ(describe("arn:aws:dynamodb:us-east-1:444455556666:table/Catalog/export/1").error,
            "AccessDeniedException");
  EXPECT_THAT(describe("short").message,
              HasSubstr("Member must have length greater than or equal to 37"));
}

TEST_F(JobsTest, ListsExportsInPagesAndOnlyThoseOfTheTableThatIsThere) {
  for (int i = 0; i < 12; ++i) {
    exports_.stored.push_back(
        Stored("0173167200012" + std::to_string(i) + "-1a2b3c4d", jobs::State::kCompleted));
  }
  Answer first = Send("ListExports", "{}");
  EXPECT_EQ(first.value.object()->Find("ExportSummaries")->array()->size(), 10u);
  EXPECT_THAT(first.body, HasSubstr(R"("ExportStatus":"COMPLETED","ExportType":"FULL_EXPORT")"));
  std::string token = *first.value.object()->Find("NextToken")->string();
  Answer second = Send("ListExports", R"({"NextToken":")" + token + "\"}");
  EXPECT_EQ(second.value.object()->Find("ExportSummaries")->array()->size(), 2u);
  EXPECT_EQ(second.value.object()->Find("NextToken"), nullptr);
  EXPECT_EQ(Send("ListExports", R"({"NextToken":"abc"})").message,
            "Invalid Request: Provided nextToken is invalid: abc");

  const std::string of_table = R"({"TableArn":")" + std::string(kTableArn) + "\"}";
  EXPECT_EQ(Send("ListExports", of_table).body, R"({"ExportSummaries":[]})");
  MakeTable("Catalog");
  EXPECT_EQ(Send("ListExports", of_table).body, R"({"ExportSummaries":[]})");
  auto table = tables_->Find(kAccount, "Catalog");
  exports_.stored[11].table_id = tables_->Describe(*table).table_id;
  EXPECT_EQ(Send("ListExports", of_table).value.object()->Find("ExportSummaries")->array()->size(),
            1u);
}

TEST_F(JobsTest, AnImportRequestArrivesTypedAndIsEchoed) {
  imports_.next.record.arn = "arn:aws:dynamodb:us-east-1:111122223333:table/Copy/import/1-2";
  imports_.next.record.table_arn = "arn:aws:dynamodb:us-east-1:111122223333:table/Copy";
  imports_.next.record.start_time_micros = 1731675000321000;
  imports_.next.table_id = "7b7ecc22-302f-4039-8ea9-8e7c3eb2bcb8";
  imports_.next.log_group_arn =
      "arn:aws:logs:us-east-1:111122223333:log-group:/aws-dynamodb/imports:*";
  imports_.next.processed_items = 3;
  imports_.next.imported_items = 2;
  imports_.next.errors = 1;
  Answer answer = Import(R"(,"InputFormat":"DYNAMODB_JSON","InputCompressionType":"GZIP")");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(imports_.last_request.table.name, "Copy");
  EXPECT_EQ(imports_.last_request.table.key_schema.hash[0].name, "pk");
  EXPECT_EQ(imports_.last_request.s3_key_prefix, "data/");
  EXPECT_EQ(
      answer.body,
      R"({"ImportTableDescription":{"ImportArn":"arn:aws:dynamodb:us-east-1:111122223333:table/)"
      R"(Copy/import/1-2","ImportStatus":"IN_PROGRESS",)"
      R"("TableArn":"arn:aws:dynamodb:us-east-1:111122223333:table/Copy",)"
      R"("TableId":"7b7ecc22-302f-4039-8ea9-8e7c3eb2bcb8","ClientToken":"t",)"
      R"("S3BucketSource":{"S3BucketOwner":"111122223333","S3Bucket":"bucket",)"
      R"("S3KeyPrefix":"data/"},"ErrorCount":1,"CloudWatchLogGroupArn":)"
      R"("arn:aws:logs:us-east-1:111122223333:log-group:/aws-dynamodb/imports:*",)"
      R"("InputFormat":"DYNAMODB_JSON","InputCompressionType":"GZIP","TableCreationParameters":)"
      R"({"TableName":"Copy","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],)"
      R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"},)"
      R"("StartTime":1731675000.321,"ProcessedItemCount":3,"ImportedItemCount":2,)"
      R"("ProgressPercent":0}})");
}

TEST_F(JobsTest, TheErrorsOfAJobComeInPages) {
  jobs::Record record;
  record.type = "import";
  record.account = kAccount;
  record.arn = "arn:aws:dynamodb:us-east-1:111122223333:table/Copy/import/1-2";
  ASSERT_TRUE(jobs_->Accept(record).has_value());
  const std::string job = R"({"JobArn":")" + record.arn + "\"";
  auto send = [&](const std::string& body) {
    return Send("DescribeJobErrors", body, "Dray_20261122.");
  };
  EXPECT_EQ(send(job + "}").body, R"({"Errors":[],"HasMore":false})");
  const std::string position(24, '\1');
  imports_.error_log.lines = {{1731675000321000, position, R"({"itemIndex":0})"}};
  imports_.error_log.is_last = false;
  const std::string token(48, '0');
  EXPECT_EQ(send(job + R"(,"Limit":7,"NextToken":")" + token + "\"}").body,
            R"({"Errors":[{"Time":1731675000.321,"Error":{"itemIndex":0}}],"NextToken":")"
            R"(010101010101010101010101010101010101010101010101","HasMore":true})");
  EXPECT_EQ(imports_.last_query.count_max, 7u);
  EXPECT_EQ(imports_.last_query.after, std::string(24, '\0'));
  EXPECT_EQ(send(job + R"(,"NextToken":"00"})").error, "ValidationException");
  EXPECT_EQ(send(job + R"(,"Limit":1001})").error, "ValidationException");
}

TEST_F(JobsTest, ImportChecksComeInAwssWords) {
  struct Row {
    std::string_view more, parameters, message;
  };
  const Row rows[] = {
      {R"(,"InputFormat":"DYNAMODB_JSON","InputCompressionType":"BZIP2")", "",
       "1 validation error detected: Value 'BZIP2' at 'inputCompressionType' failed to satisfy "
       "constraint: Member must satisfy enum value set: [ZSTD, NONE, GZIP]"},
      {R"(,"InputFormat":"DYNAMODB_JSON","InputFormatOptions":{"Csv":{}})", "",
       "Invalid Request: Unsupported InputFormatOptions for the given input format: "
       "DYNAMODB_JSON."},
      {R"(,"InputFormat":"CSV","InputFormatOptions":{"Csv":{"Delimiter":";;"}})", "",
       "2 validation errors detected: Value ';;' at 'inputFormatOptions.csv.delimiter' failed to "
       "satisfy constraint: Member must satisfy regular expression pattern: [,;:|\t ]; Value ';;' "
       "at 'inputFormatOptions.csv.delimiter' failed to satisfy constraint: Member must have "
       "length less than or equal to 1"},
      {R"(,"InputFormat":"CSV","InputFormatOptions":{"Csv":{"HeaderList":["pk",""]}})", "",
       "1 validation error detected: Value '' at 'inputFormatOptions.csv.headerList.2.member' "
       "failed to satisfy constraint: Member must have length greater than or equal to 1"},
      {R"(,"InputFormat":"DYNAMODB_JSON")", R"(,"BillingMode":"PROVISIONED")",
       "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must "
       "both be specified when BillingMode is PROVISIONED"},
      {R"(,"InputFormat":"DYNAMODB_JSON")",
       R"(,"ProvisionedThroughput":{"ReadCapacityUnits":1,"WriteCapacityUnits":1},)"
       R"("OnDemandThroughput":{"MaxWriteRequestUnits":5})",
       "One or more parameter values were invalid: MaxWriteRequestUnits for OnDemandThroughput "
       "cannot be specified when table BillingMode is PROVISIONED."},
      {R"(,"InputFormat":"DYNAMODB_JSON")",
       R"(,"BillingMode":"PAY_PER_REQUEST","GlobalSecondaryIndexes":[])",
       "One or more parameter values were invalid: List of GlobalSecondaryIndexes is empty"},
  };
  for (const Row& row : rows) {
    Answer answer = Import(row.more, row.parameters);
    EXPECT_EQ(answer.error, "ValidationException") << row.more;
    EXPECT_EQ(answer.message, row.message) << row.more;
  }
  EXPECT_THAT(Send("ImportTable", "{}").message,
              HasSubstr("Value null at 'clientToken' failed to satisfy constraint: Member must not "
                        "be null"));
  EXPECT_EQ(imports_.started, 0);
}

TEST_F(JobsTest, DescribesAndListsImports) {
  import_table::ImportDescription description;
  description.record.arn = "arn:aws:dynamodb:us-east-1:111122223333:table/Copy/import/1-2";
  description.record.table_arn = "arn:aws:dynamodb:us-east-1:111122223333:table/Copy";
  description.record.account = kAccount;
  description.record.state = jobs::State::kCompleted;
  description.record.start_time_micros = 1731675000321000;
  description.record.end_time_micros = 1731675136400000;
  description.request.s3_bucket = "bucket";
  description.request.input_format = "DYNAMODB_JSON";
  description.request.table_creation_parameters_json = "{}";
  description.processed_bytes = 1519;
  imports_.stored = {description};
  Answer answer = Send("DescribeImport", R"({"ImportArn":")" + description.record.arn + "\"}");
  EXPECT_THAT(answer.body, HasSubstr(R"("EndTime":1731675136.4)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("ProcessedSizeBytes":1519)"));
  EXPECT_EQ(Send("DescribeImport",
                 R"({"ImportArn":"arn:aws:dynamodb:us-east-1:111122223333:table/Copy/import/9"})")
                .error,
            "ImportNotFoundException");
  EXPECT_EQ(Send("DescribeImport",
                 R"({"ImportArn":"arn:aws:dynamodb:us-east-1:111122223333:table/Copy/export/9"})")
                .message,
            "Invalid Import ARN");
  EXPECT_EQ(
      Send("ListImports", "{}").body,
      R"({"ImportSummaryList":[{"ImportArn":"arn:aws:dynamodb:us-east-1:111122223333:table/Copy/)"
      R"(import/1-2","ImportStatus":"COMPLETED",)"
      R"("TableArn":"arn:aws:dynamodb:us-east-1:111122223333:table/Copy","S3BucketSource":)"
      R"({"S3BucketOwner":"111122223333","S3Bucket":"bucket"},"CloudWatchLogGroupArn":"",)"
      R"("InputFormat":"DYNAMODB_JSON","StartTime":1731675000.321,"EndTime":1731675136.4}]})");
  EXPECT_EQ(Send("ListImports", R"({"PageSize":26})").error, "ValidationException");
}

}  // namespace
}  // namespace dray::dynamodb
