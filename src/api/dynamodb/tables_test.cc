// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class TablesTest : public ApiTest {
 protected:
  // CreateTable's answer for these members after TableName.
  Answer Create(std::string_view members) {
    return Send("CreateTable", R"({"TableName":"made",)" + std::string(members) + "}");
  }
  static constexpr std::string_view kKeys =
      R"("AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],)"
      R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}])";
  static constexpr std::string_view kOnDemand = R"(,"BillingMode":"PAY_PER_REQUEST")";
  static std::string With(std::string_view more) {
    return std::string(kKeys) + std::string(kOnDemand) + "," + std::string(more);
  }
};

TEST_F(TablesTest, CreatesDescribesAndDeletes) {
  Answer created = Create(std::string(kKeys) + R"(,"ProvisionedThroughput":{"ReadCapacityUnits":5,)"
                                               R"("WriteCapacityUnits":6})");
  EXPECT_EQ(created.status, 200);
  EXPECT_THAT(created.body, HasSubstr(R"("TableStatus":"CREATING")"));
  Answer described = Send("DescribeTable", R"({"TableName":"made"})");
  EXPECT_THAT(
      described.body,
      MatchesRegex(
          R"(\{"Table":\{"AttributeDefinitions":\[\{"AttributeName":"pk","AttributeType":"S"\}\],)"
          R"("TableName":"made","KeySchema":\[\{"AttributeName":"pk","KeyType":"HASH"\}\],)"
          R"("TableStatus":"ACTIVE","CreationDateTime":[0-9.]+,"ProvisionedThroughput":)"
          R"(\{"NumberOfDecreasesToday":0,"ReadCapacityUnits":5,"WriteCapacityUnits":6\},)"
          R"("WarmThroughput":\{"ReadUnitsPerSecond":5,"WriteUnitsPerSecond":6,"Status":"ACTIVE"\},)"
          R"("TableSizeBytes":0,"ItemCount":0,)"
          R"("TableArn":"arn:aws:dynamodb:us-east-1:111122223333:table/made",)"
          R"("TableId":"[0-9a-f-]+","DeletionProtectionEnabled":false\}\})"));
  Answer deleted = Send("DeleteTable", R"({"TableName":"made"})");
  EXPECT_THAT(deleted.body, HasSubstr(R"("TableStatus":"DELETING")"));
  Answer gone = Send("DescribeTable", R"({"TableName":"made"})");
  EXPECT_EQ(gone.body, R"({"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",)"
                       R"("message":"Requested resource not found: Table: made not found"})");
}

TEST_F(TablesTest, FindsATableByItsArn) {
  MakeTable("cities");
  Answer answer = Send("DescribeTable",
                       R"({"TableName":"arn:aws:dynamodb:us-east-1:111122223333:table/cities"})");
  EXPECT_THAT(answer.body, HasSubstr(R"("TableName":"cities")"));
}

TEST_F(TablesTest, NeutralSettingsComeBack) {
  Answer created = Create(With(
      R"("TableClass":"STANDARD_INFREQUENT_ACCESS","DeletionProtectionEnabled":true,)"
      R"("Tags":[{"Key":"k","Value":"v"}],"OnDemandThroughput":{"MaxReadRequestUnits":7},)"
      R"("SSESpecification":{"Enabled":false},"StreamSpecification":{"StreamEnabled":false})"));
  ASSERT_EQ(created.status, 200) << created.body;
  Answer described = Send("DescribeTable", R"({"TableName":"made"})");
  EXPECT_THAT(described.body, HasSubstr(R"("BillingMode":"PAY_PER_REQUEST")"));
  EXPECT_THAT(described.body, HasSubstr(R"("TableClass":"STANDARD_INFREQUENT_ACCESS")"));
  EXPECT_THAT(described.body, HasSubstr(R"("DeletionProtectionEnabled":true)"));
  EXPECT_THAT(described.body, HasSubstr(R"("OnDemandThroughput":{"MaxReadRequestUnits":7},)"));
  Answer kept = Send("DeleteTable", R"({"TableName":"made"})");
  EXPECT_EQ(kept.error, "ValidationException");
  EXPECT_THAT(kept.message, HasSubstr("currently protected against deletion"));
}

TEST_F(TablesTest, SaysWhatIsWrongWithADefinition) {
  struct Row {
    std::string members;
    std::string_view message;
  };
  const std::string throughput =
      R"(,"ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":5})";
  const std::string a = R"({"AttributeName":"a","AttributeType":"S"})";
  const std::string b = R"({"AttributeName":"b","AttributeType":"S"})";
  const std::string hash_a = R"({"AttributeName":"a","KeyType":"HASH"})";
  const std::string range_a = R"({"AttributeName":"a","KeyType":"RANGE"})";
  const std::string range_b = R"({"AttributeName":"b","KeyType":"RANGE"})";
  const std::string hash_b = R"({"AttributeName":"b","KeyType":"HASH"})";
  auto table = [&](const std::string& definitions, const std::string& keys) {
    return R"("AttributeDefinitions":[)" + definitions + R"(],"KeySchema":[)" + keys + "]" +
           throughput;
  };
  const Row rows[] = {
      {std::string(kKeys),
       "One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must "
       "both be specified when BillingMode is PROVISIONED"},
      {std::string(kKeys) + std::string(kOnDemand) + throughput,
       "One or more parameter values were invalid: Neither ReadCapacityUnits nor "
       "WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"},
      {table(a, hash_a + "," + range_a),
       "Invalid KeySchema: Some index key attribute have no definition"},
      {table(b, hash_a),
       "One or more parameter values were invalid: Some index key attributes are not defined in "
       "AttributeDefinitions. Keys: [a], AttributeDefinitions: [b]"},
      {table(a + "," + a, hash_a), "Attribute Name is duplicated: a"},
      {table(a, range_a), "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
      {table(a + "," + b, hash_a + "," + hash_b),
       "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type"},
      {table(a + "," + b, hash_a + "," + range_a),
       "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
      {table(a + "," + b, hash_a),
       "One or more parameter values were invalid: Number of attributes in KeySchema does not "
       "exactly match number of attributes defined in AttributeDefinitions"},
      {table(a, ""),
       "1 validation error detected: Value '[]' at 'keySchema' failed to satisfy constraint: "
       "Member must have length greater than or equal to 1"},
      {table(a + "," + b, hash_a + "," + range_b + "," + range_b),
       "1 validation error detected: Value '[KeySchemaElement(attributeName=a, keyType=HASH), "
       "KeySchemaElement(attributeName=b, keyType=RANGE), KeySchemaElement(attributeName=b, "
       "keyType=RANGE)]' at 'keySchema' failed to satisfy constraint: Member must have length less "
       "than or equal to 2"},
      {table(R"({"AttributeName":"a","AttributeType":"X"})", hash_a),
       "1 validation error detected: Value 'X' at 'attributeDefinitions.1.member.attributeType' "
       "failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]"},
  };
  for (const Row& row : rows) EXPECT_EQ(Create(row.members).message, row.message) << row.members;
  EXPECT_EQ(Send("CreateTable", "{" + std::string(kKeys) + "}").message,
            "The parameter 'TableName' is required but was not present in the request");
  EXPECT_EQ(Send("ListTables", "{}").body, R"({"TableNames":[]})");
}

TEST_F(TablesTest, RefusesWhatIsNotBuiltByName) {
  for (std::string_view member : {"VectorIndexes", "GlobalTableSourceArn"}) {
    Answer answer = Create(With("\"" + std::string(member) + "\":[]"));
    EXPECT_EQ(answer.error, "ValidationException");
    EXPECT_EQ(answer.message, std::string(member) +
                                  " is not supported by this version of Dray: see "
                                  "docs/compatibility.md");
  }
  EXPECT_EQ(Create(With(R"("TableClass":"GOLD")")).message,
            "Invalid table-class parameter provided. Please try again with a valid table-class "
            "value: [STANDARD, STANDARD_INFREQUENT_ACCESS].");
  EXPECT_THAT(Create(With(R"("StreamSpecification":{"StreamEnabled":true})")).message,
              HasSubstr("StreamSpecification is not supported"));
  EXPECT_THAT(Create(With(R"("SSESpecification":{"Enabled":true})")).message,
              HasSubstr("SSESpecification with a KMS key is not supported"));
}

TEST_F(TablesTest, ListsNamesInPages) {
  for (std::string_view name : {"bbb", "aaa", "ccc"}) MakeTable(name);
  EXPECT_EQ(Send("ListTables", R"({"Limit":2})").body,
            R"({"TableNames":["aaa","bbb"],"LastEvaluatedTableName":"bbb"})");
  EXPECT_EQ(Send("ListTables", R"({"Limit":2,"ExclusiveStartTableName":"bbb"})").body,
            R"({"TableNames":["ccc"]})");
  EXPECT_THAT(Send("ListTables", R"({"Limit":101})").message,
              HasSubstr("Member must have value less than or equal to 100"));
}

TEST_F(TablesTest, TheSameNameTwiceIsInUse) {
  MakeTable("cities");
  Answer again = Send("CreateTable", R"({"TableName":"cities",)" + With(R"("Tags":[])") + "}");
  EXPECT_EQ(again.error, "ResourceInUseException");
  EXPECT_EQ(again.message, "Table already exists: cities");
}

TEST_F(TablesTest, ContinuousBackupsGoOnAndOff) {
  MakeTable("cities");
  const std::string describe = R"({"TableName":"cities"})";
  EXPECT_EQ(Send("DescribeContinuousBackups", describe).body,
            R"({"ContinuousBackupsDescription":{"ContinuousBackupsStatus":"ENABLED",)"
            R"("PointInTimeRecoveryDescription":{"PointInTimeRecoveryStatus":"DISABLED"}}})");
  Answer on = Send("UpdateContinuousBackups",
                   R"({"TableName":"cities","PointInTimeRecoverySpecification":)"
                   R"({"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":7}})");
  EXPECT_THAT(on.body,
              HasSubstr(R"("PointInTimeRecoveryStatus":"ENABLED","RecoveryPeriodInDays":7,)"
                        R"("EarliestRestorableDateTime":)"));
  EXPECT_THAT(on.body, HasSubstr("LatestRestorableDateTime"));
  Answer off =
      Send("UpdateContinuousBackups", R"({"TableName":"cities","PointInTimeRecoverySpecification":)"
                                      R"({"PointInTimeRecoveryEnabled":false}})");
  EXPECT_THAT(off.body, Not(HasSubstr("RecoveryPeriodInDays")));
}

TEST_F(TablesTest, ContinuousBackupsErrorsAreAwss) {
  MakeTable("cities");
  auto update = [&](std::string_view table, std::string_view specification) {
    return Send("UpdateContinuousBackups", R"({"TableName":")" + std::string(table) +
                                               R"(","PointInTimeRecoverySpecification":)" +
                                               std::string(specification) + "}");
  };
  Answer missing = update("nowhere", R"({"PointInTimeRecoveryEnabled":true})");
  EXPECT_EQ(missing.error, "TableNotFoundException");
  EXPECT_EQ(missing.message, "Table not found: nowhere");
  EXPECT_EQ(
      update("cities", R"({"PointInTimeRecoveryEnabled":false,"RecoveryPeriodInDays":7})").message,
      "Invalid Request: Cannot specify RecoveryPeriodInDays when disabling point-in-time "
      "recovery.");
  EXPECT_EQ(
      update("cities", R"({"PointInTimeRecoveryEnabled":true,"RecoveryPeriodInDays":36})").message,
      "1 validation error detected: Value '36' at "
      "'pointInTimeRecoverySpecification.recoveryPeriodInDays' failed to satisfy constraint: "
      "Member must have value less than or equal to 35");
}

TEST_F(TablesTest, ATableThatIsBeingLoadedCannotBeUsed) {
  table::TableDescriptor spec;
  spec.account = kAccount;
  spec.name = "loading";
  spec.key_schema.hash = {{"pk", item::Type::kString}};
  ASSERT_TRUE(tables_->Create(spec, /*load_later=*/true).has_value());
  EXPECT_THAT(Send("DescribeTable", R"({"TableName":"loading"})").body,
              HasSubstr(R"("TableStatus":"CREATING")"));
  EXPECT_EQ(Send("PutItem", R"({"TableName":"loading","Item":{"pk":{"S":"a"}}})").error,
            "ResourceNotFoundException");
  EXPECT_EQ(Send("DeleteTable", R"({"TableName":"loading"})").error, "ResourceInUseException");
  EXPECT_EQ(Send("UpdateTable", R"({"TableName":"loading","BillingMode":"PAY_PER_REQUEST"})").error,
            "ResourceInUseException");
  EXPECT_EQ(Send("TagResource",
                 R"({"ResourceArn":"arn:aws:dynamodb:us-east-1:111122223333:table/loading",)"
                 R"("Tags":[{"Key":"k","Value":"v"}]})")
                .error,
            "ResourceNotFoundException");
  EXPECT_EQ(Send("CreateBackup", R"({"TableName":"loading","BackupName":"backup"})").error,
            "ContinuousBackupsUnavailableException");
  EXPECT_EQ(Send("UpdateContinuousBackups",
                 R"({"TableName":"loading","PointInTimeRecoverySpecification":)"
                 R"({"PointInTimeRecoveryEnabled":true}})")
                .error,
            "ContinuousBackupsUnavailableException");
  EXPECT_EQ(Send("DescribeContinuousBackups", R"({"TableName":"loading"})").error,
            "ContinuousBackupsUnavailableException");
}

TEST_F(TablesTest, EndpointsAndLimits) {
  EXPECT_EQ(Send("DescribeEndpoints", "{}").body,
            R"({"Endpoints":[{"Address":"127.0.0.1:8000","CachePeriodInMinutes":1440}]})");
  EXPECT_THAT(Send("DescribeLimits", "{}").body, HasSubstr("TableMaxReadCapacityUnits"));
}

}  // namespace
}  // namespace dray::dynamodb
