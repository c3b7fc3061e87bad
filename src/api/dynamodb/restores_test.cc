// SPDX-License-Identifier: Apache-2.0
// Backups and restores as the wire shows them.
#include <gmock/gmock.h>

#include <thread>

#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class RestoresTest : public ApiTest {
 protected:
  void MakeIndexedTable(std::string_view further) {
    Answer made = Send(
        "CreateTable",
        R"({"TableName":"cities","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},)"
        R"({"AttributeName":"sk","AttributeType":"S"},{"AttributeName":"g","AttributeType":"N"},)"
        R"({"AttributeName":"l","AttributeType":"S"}],)"
        R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],)"
        R"("LocalSecondaryIndexes":[{"IndexName":"local","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},)"
        R"({"AttributeName":"l","KeyType":"RANGE"}],"Projection":{"ProjectionType":"ALL"}}],)" +
            std::string(further) + "}");
    ASSERT_EQ(made.status, 200) << made.body;
  }
  void EnableRecovery(std::string_view table) {
    ASSERT_EQ(
        Send("UpdateContinuousBackups",
             R"({"TableName":")" + std::string(table) +
                 R"(","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}})")
            .status,
        200);
  }
  // `members`: further ones, with a comma before them.
  Answer Restore(const std::string& members, const std::string& target = "restored") {
    return Send("RestoreTableToPointInTime",
                R"({"TargetTableName":")" + target + "\"" + members + "}");
  }
  Answer RestoreLatest(const std::string& members) {
    return Restore(R"(,"SourceTableName":"cities","UseLatestRestorableTime":true)" + members);
  }
  std::string WaitUntilActive(const std::string& table) {
    jobs_->Start();
    Answer answer;
    do {
      answer = Send("DescribeTable", R"({"TableName":")" + table + "\"}");
    } while (answer.body.find(R"("TableStatus":"CREATING")") != std::string::npos);
    jobs_->Stop();
    return answer.body;
  }
  static std::string ArnOf(const Answer& answer) {
    const json::Value* details = answer.value.object()->Find("BackupDetails");
    return *details->object()->Find("BackupArn")->string();
  }
};

constexpr std::string_view kOnDemandGlobal =
    R"("BillingMode":"PAY_PER_REQUEST","GlobalSecondaryIndexes":[{"IndexName":"global",)"
    R"("KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}])";
const std::string kSameGlobal =
    R"({"IndexName":"global","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],)"
    R"("Projection":{"ProjectionType":"KEYS_ONLY"})";

TEST_F(RestoresTest, TableTellsWhatIsRestoredUntilItIsActive) {
  MakeIndexedTable(
      std::string(kOnDemandGlobal) +
      R"(,"TableClass":"STANDARD_INFREQUENT_ACCESS","DeletionProtectionEnabled":true,)"
      R"("OnDemandThroughput":{"MaxReadRequestUnits":7},"Tags":[{"Key":"k","Value":"v"}])");
  Send("PutItem", R"({"TableName":"cities","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"g":{"N":"1"}}})");
  EnableRecovery("cities");
  Answer answer = RestoreLatest("");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(R"("TableStatus":"CREATING")"));
  EXPECT_THAT(answer.body, HasSubstr(R"("RestoreSummary":{"SourceTableArn":)"
                                     R"("arn:aws:dynamodb:us-east-1:111122223333:table/cities",)"
                                     R"("RestoreDateTime":)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("RestoreInProgress":true})"));
  EXPECT_THAT(Send("DescribeTable", R"({"TableName":"restored"})").body,
              HasSubstr("RestoreSummary"));
  EXPECT_EQ(RestoreLatest("").error, "TableInUseException");
  EXPECT_EQ(
      Send("GetItem", R"({"TableName":"restored","Key":{"pk":{"S":"a"},"sk":{"S":"b"}}})").error,
      "ResourceNotFoundException");
  const std::string body = WaitUntilActive("restored");
  EXPECT_THAT(body, Not(HasSubstr("RestoreSummary")));
  EXPECT_THAT(body, HasSubstr(R"("ItemCount":1)"));
  EXPECT_THAT(body, HasSubstr(R"("IndexStatus":"ACTIVE")"));
  EXPECT_THAT(body, HasSubstr(R"("IndexName":"local")"));
  EXPECT_THAT(body, HasSubstr(R"("OnDemandThroughput":{"MaxReadRequestUnits":7})"));
  // What does not come over.
  EXPECT_THAT(body, HasSubstr(R"("DeletionProtectionEnabled":false)"));
  EXPECT_THAT(body, Not(HasSubstr("TableClass")));
  EXPECT_THAT(Send("ListTagsOfResource",
                   R"({"ResourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/restored"})")
                  .body,
              HasSubstr(R"("Tags":[])"));
  EXPECT_THAT(Send("DescribeContinuousBackups", R"({"TableName":"restored"})").body,
              HasSubstr(R"("PointInTimeRecoveryStatus":"DISABLED")"));
  EXPECT_EQ(RestoreLatest("").error, "TableAlreadyExistsException");
}

TEST_F(RestoresTest, OverridesDropIndexesAndChangeBilling) {
  MakeIndexedTable(kOnDemandGlobal);
  EnableRecovery("cities");
  Answer answer =
      RestoreLatest(R"(,"GlobalSecondaryIndexOverride":[],"LocalSecondaryIndexOverride":[])");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, Not(HasSubstr("SecondaryIndexes")));
  EXPECT_THAT(answer.body,
              HasSubstr(R"("AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},)"
                        R"({"AttributeName":"sk","AttributeType":"S"}])"));
  WaitUntilActive("restored");
  Send("DeleteTable", R"({"TableName":"restored"})");
  answer = RestoreLatest(
      R"(,"BillingModeOverride":"PROVISIONED",)"
      R"("ProvisionedThroughputOverride":{"ReadCapacityUnits":3,"WriteCapacityUnits":4},)"
      R"("GlobalSecondaryIndexOverride":[)" +
      kSameGlobal + R"(,"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6}}])");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_THAT(answer.body, HasSubstr(R"("ReadCapacityUnits":3,"WriteCapacityUnits":4)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("ReadCapacityUnits":5,"WriteCapacityUnits":6)"));
  EXPECT_THAT(answer.body, HasSubstr(R"("IndexName":"local")"));
  answer = Restore(R"(,"SourceTableName":"cities","UseLatestRestorableTime":true,)"
                   R"("OnDemandThroughputOverride":{"MaxReadRequestUnits":11})",
                   "capped");
  EXPECT_THAT(answer.body, HasSubstr(R"("OnDemandThroughput":{"MaxReadRequestUnits":11})"));
}

TEST_F(RestoresTest, SaysWhatIsWrongWithARestore) {
  MakeIndexedTable(kOnDemandGlobal);
  const std::string source = R"(,"SourceTableName":"cities")",
                    latest = R"(,"UseLatestRestorableTime":true)";
  struct Row {
    std::string members;
    std::string error, message;
  };
  const Row before[] = {
      {latest, "ValidationException", "The parameter 'TableName' is required"},
      {source + latest +
           R"(,"SourceTableArn":"arn:aws:dynamodb:us-east-1:111122223333:table/cities")",
       "ValidationException", "Must provide exactly one of: sourceTableArn, sourceTableName"},
      {R"(,"SourceTableArn":"arn:aws:dynamodb:us-east-1:444455556666:table/cities")" + latest,
       "ValidationException",
       "This action is only supported by accounts that match the resource owner\u2019s account."},
      {source + latest + R"(,"RestoreDateTime":1700000000)", "ValidationException",
       "Both RestoreDateTime and UseLatestRestorableTime cannot be set"},
      {source, "ValidationException",
       "Either one of RestoreDateTime or UseLatestRestorableTime must be specified"},
      {R"(,"SourceTableName":"missing")" + latest, "TableNotFoundException",
       "Table not found: missing"},
      {source + latest, "PointInTimeRecoveryUnavailableException",
       "Point in time recovery is not enabled for table 'cities'"},
  };
  for (const Row& row : before) {
    Answer answer = Restore(row.members);
    EXPECT_EQ(answer.error, row.error) << row.members;
    EXPECT_EQ(answer.message, row.message);
  }
  EnableRecovery("cities");
  const std::string base = source + latest;
  const std::string invalid = "One or more parameter values were invalid: ";
  const Row after[] = {
      {source + R"(,"RestoreDateTime":1700000000)", "InvalidRestoreTimeException", "between"},
      {source + R"(,"RestoreDateTime":4700000000)", "InvalidRestoreTimeException", "between"},
      {base + R"(,"GlobalSecondaryIndexOverride":[)" + kSameGlobal + "}," + kSameGlobal + "}]",
       "ValidationException", "Duplicate index name: global"},
      {base + R"(,"GlobalSecondaryIndexOverride":[{"IndexName":"invented","KeySchema":)"
              R"([{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}])",
       "ValidationException", "does not match an index of the table"},
      {base + R"(,"GlobalSecondaryIndexOverride":[{"IndexName":"global","KeySchema":)"
              R"([{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}])",
       "ValidationException", "does not match an index of the table"},
      {base + R"(,"BillingModeOverride":"PROVISIONED")", "ValidationException",
       invalid + "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode "
                 "is PROVISIONED"},
      {base + R"(,"BillingModeOverride":"PROVISIONED",)"
              R"("ProvisionedThroughputOverride":{"ReadCapacityUnits":3,"WriteCapacityUnits":4})",
       "ValidationException", invalid + "ProvisionedThroughput is not specified for index: global"},
      {base + R"(,"ProvisionedThroughputOverride":{"ReadCapacityUnits":3,"WriteCapacityUnits":4})",
       "ValidationException",
       invalid + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when "
                 "BillingMode is PAY_PER_REQUEST"},
      {base + R"(,"SSESpecificationOverride":{"Enabled":true})", "ValidationException",
       "SSESpecificationOverride with a KMS key is not supported"},
      {base + R"(,"VectorIndexOverride":[])", "ValidationException", "VectorIndexOverride"},
  };
  for (const Row& row : after) {
    Answer answer = Restore(row.members);
    EXPECT_EQ(answer.error, row.error) << row.members;
    EXPECT_THAT(answer.message, HasSubstr(row.message)) << row.members;
  }
  EXPECT_EQ(Restore(base, "a!").error, "ValidationException");
  EXPECT_EQ(Restore(base, "cities").error, "TableAlreadyExistsException");
  EXPECT_EQ(Send("ListTables", "{}").body, R"({"TableNames":["cities"]})");
}

TEST_F(RestoresTest, RestoreNeedsToWriteTheTarget) {
  MakeTable("cities");
  EnableRecovery("cities");
  authorizer_.asked.clear();
  RestoreLatest("");
  std::vector<std::string> asked;
  for (const access::ResourceRequest& request : authorizer_.asked) {
    asked.push_back(request.action + " " +
                    request.resource.substr(request.resource.rfind(':') + 1));
  }
  EXPECT_THAT(asked, ::testing::ElementsAre(
                         "dynamodb:RestoreTableToPointInTime table/cities",
                         "dynamodb:PutItem table/restored", "dynamodb:UpdateItem table/restored",
                         "dynamodb:DeleteItem table/restored", "dynamodb:GetItem table/restored",
                         "dynamodb:Query table/restored", "dynamodb:Scan table/restored",
                         "dynamodb:BatchWriteItem table/restored"));
}

TEST_F(RestoresTest, BackupIsDescribedRestoredAndDeleted) {
  MakeIndexedTable(kOnDemandGlobal);
  Send("PutItem", R"({"TableName":"cities","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"g":{"N":"1"}}})");
  Answer created = Send("CreateBackup", R"({"TableName":"cities","BackupName":"first"})");
  ASSERT_EQ(created.status, 200) << created.body;
  EXPECT_THAT(created.body, HasSubstr(R"("BackupStatus":"CREATING","BackupType":"USER")"));
  const std::string arn = ArnOf(created);
  EXPECT_THAT(arn, MatchesRegex("arn:aws:dynamodb:us-east-1:111122223333:table/cities/backup/"
                                "[0-9]{14}-[0-9a-f]{8}"));
  const std::string by_arn = R"({"BackupArn":")" + arn + "\"";
  Answer described = Send("DescribeBackup", by_arn + "}");
  EXPECT_THAT(described.body, HasSubstr(R"("BackupStatus":"AVAILABLE")"));
  EXPECT_THAT(described.body, HasSubstr(R"("ItemCount":1,"BillingMode":"PAY_PER_REQUEST")"));
  EXPECT_THAT(described.body, HasSubstr(R"("GlobalSecondaryIndexes":[{"IndexName":"global")"));
  EXPECT_THAT(described.body, HasSubstr(R"("LocalSecondaryIndexes":[{"IndexName":"local")"));
  EXPECT_THAT(Send("ListBackups", "{}").body, HasSubstr(arn));
  EXPECT_EQ(Send("ListBackups", R"({"BackupType":"SYSTEM"})").body, R"({"BackupSummaries":[]})");
  EXPECT_EQ(Send("ListBackups", R"({"BackupType":"AWS_BACKUP"})").body,
            R"({"BackupSummaries":[]})");
  EXPECT_EQ(Send("DeleteTable", R"({"TableName":"cities"})").status, 200);
  Answer restored = Send("RestoreTableFromBackup", by_arn + R"(,"TargetTableName":"restored"})");
  ASSERT_EQ(restored.status, 200) << restored.body;
  EXPECT_THAT(restored.body, HasSubstr(R"("RestoreSummary":{"SourceBackupArn":")" + arn));
  EXPECT_EQ(Send("DeleteBackup", by_arn + "}").error, "BackupInUseException");
  EXPECT_THAT(WaitUntilActive("restored"), HasSubstr(R"("ItemCount":1)"));
  Answer deleted = Send("DeleteBackup", by_arn + "}");
  EXPECT_THAT(deleted.body, HasSubstr(R"("BackupStatus":"DELETED")"));
  for (std::string_view operation : {"DeleteBackup", "DescribeBackup"}) {
    Answer gone = Send(operation, by_arn + "}");
    EXPECT_EQ(gone.error, "BackupNotFoundException");
    EXPECT_EQ(gone.message, "Backup not found: " + arn);
  }
  EXPECT_EQ(Send("CreateBackup", R"({"TableName":"cities","BackupName":"first"})").message,
            "Table not found: cities");
  EXPECT_EQ(
      Send("DescribeBackup", R"({"BackupArn":"arn:aws:dynamodb:us-east-1:111122223333:table/x"})")
          .error,
      "ValidationException");
}

TEST_F(RestoresTest, DeletedTableWithRecoveryLeavesASystemBackup) {
  MakeTable("cities");
  EnableRecovery("cities");
  Send("PutItem", R"({"TableName":"cities","Item":{"pk":{"S":"a"}}})");
  Send("DeleteTable", R"({"TableName":"cities"})");
  EXPECT_EQ(Send("ListBackups", "{}").body, R"({"BackupSummaries":[]})");
  Answer listed = Send("ListBackups", R"({"BackupType":"ALL","TableName":"cities"})");
  EXPECT_THAT(listed.body, HasSubstr(R"("BackupName":"cities$DeletedTableBackup")"));
  EXPECT_THAT(listed.body, HasSubstr(R"("BackupType":"SYSTEM")"));
  EXPECT_THAT(listed.body, HasSubstr(R"("BackupExpiryDateTime":)"));
}

TEST_F(RestoresTest, ListsBackupsInPages) {
  MakeTable("aaa");
  MakeTable("bbb");
  for (std::string table : {"aaa", "bbb", "aaa"}) {
    Send("CreateBackup", R"({"TableName":")" + table + R"(","BackupName":"backup"})");
  }
  Answer page = Send("ListBackups", R"({"Limit":2})");
  const json::Value* last = page.value.object()->Find("LastEvaluatedBackupArn");
  ASSERT_NE(last, nullptr) << page.body;
  EXPECT_THAT(*last->string(), HasSubstr("table/aaa/backup/"));
  page = Send("ListBackups", R"({"Limit":2,"ExclusiveStartBackupArn":")" + *last->string() + "\"}");
  EXPECT_EQ(page.value.object()->Find("LastEvaluatedBackupArn"), nullptr);
  EXPECT_THAT(page.body, HasSubstr(R"("TableName":"bbb")"));
  EXPECT_THAT(Send("ListBackups", R"({"TimeRangeUpperBound":1700000000})").body,
              Not(HasSubstr("BackupArn")));
}

}  // namespace
}  // namespace dray::dynamodb
