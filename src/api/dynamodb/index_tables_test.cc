// SPDX-License-Identifier: Apache-2.0
// Tables with secondary indexes: CreateTable's rules for them, UpdateTable, what DescribeTable
// shows.
#include <gmock/gmock.h>

#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

// {"AttributeName":...} of "name:TYPE" pairs; TYPE is S, N, B or HASH, RANGE.
std::string Attributes(std::string_view member, std::string_view type_name,
                       const std::vector<std::pair<std::string, std::string>>& pairs) {
  std::string out = "\"" + std::string(member) + "\":[";
  for (const auto& [name, type] : pairs) {
    if (out.back() == '}') out += ',';
    out +=
        R"({"AttributeName":")" + name + "\",\"" + std::string(type_name) + "\":\"" + type + "\"}";
  }
  return out + "]";
}
using Pairs = std::vector<std::pair<std::string, std::string>>;
std::string Definitions(const Pairs& pairs) {
  return Attributes("AttributeDefinitions", "AttributeType", pairs);
}
std::string Keys(const Pairs& pairs) { return Attributes("KeySchema", "KeyType", pairs); }
std::string Index(std::string_view name, const Pairs& keys,
                  std::string_view more = R"("Projection":{"ProjectionType":"ALL"})") {
  return R"({"IndexName":")" + std::string(name) + "\"," + Keys(keys) + "," + std::string(more) +
         "}";
}

class IndexTablesTest : public ApiTest {
 protected:
  // A table "made" with the keys pk and sk. `attributes` are defined besides.
  Answer Create(const Pairs& attributes, std::string_view more, bool is_on_demand = true) {
    Pairs definitions = {{"pk", "S"}, {"sk", "S"}};
    definitions.insert(definitions.end(), attributes.begin(), attributes.end());
    std::string billing = is_on_demand ? R"("BillingMode":"PAY_PER_REQUEST")"
                                       : R"("ProvisionedThroughput":{"ReadCapacityUnits":5,)"
                                         R"("WriteCapacityUnits":6})";
    return Send("CreateTable", R"({"TableName":"made",)" + Definitions(definitions) + "," +
                                   Keys({{"pk", "HASH"}, {"sk", "RANGE"}}) + "," + billing + "," +
                                   std::string(more) + "}");
  }
  static std::string Globals(const std::string& indexes) {
    return "\"GlobalSecondaryIndexes\":[" + indexes + "]";
  }
  static std::string Locals(const std::string& indexes) {
    return "\"LocalSecondaryIndexes\":[" + indexes + "]";
  }
  Answer Update(std::string_view members) {
    return Send("UpdateTable", R"({"TableName":"made",)" + std::string(members) + "}");
  }
  Answer UpdateIndexes(std::string_view updates, const Pairs& definitions = {}) {
    std::string body = "\"GlobalSecondaryIndexUpdates\":[" + std::string(updates) + "]";
    if (!definitions.empty()) body += "," + Definitions(definitions);
    return Update(body);
  }
  std::string Describe() { return Send("DescribeTable", R"({"TableName":"made"})").body; }
  void FinishIndexWork() {
    while (true) {
      base::Result<bool> has_more = tables_->AdvanceIndexWork(100);
      ASSERT_TRUE(has_more.has_value());
      if (!*has_more) return;
    }
  }
};

TEST_F(IndexTablesTest, CreatesAndDescribesIndexesOfBothKinds) {
  Answer created = Create(
      {{"l", "N"}, {"g", "B"}, {"h", "S"}},
      Locals(Index("local", {{"pk", "HASH"}, {"l", "RANGE"}},
                   R"("Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["z","a"]})")) +
          "," +
          Globals(Index("global", {{"g", "HASH"}, {"h", "HASH"}, {"l", "RANGE"}, {"sk", "RANGE"}},
                        R"("Projection":{"ProjectionType":"KEYS_ONLY"})")));
  ASSERT_EQ(created.status, 200) << created.body;
  EXPECT_THAT(created.body, HasSubstr(R"("IndexStatus":"CREATING")"));
  EXPECT_THAT(created.body, Not(HasSubstr("WarmThroughput")));
  EXPECT_THAT(
      Describe(),
      HasSubstr(
          R"("LocalSecondaryIndexes":[{"IndexName":"local","KeySchema":[)"
          R"({"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"l","KeyType":"RANGE"}],)"
          R"("Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["a","z"]},)"
          R"("IndexSizeBytes":0,"ItemCount":0,)"
          R"("IndexArn":"arn:aws:dynamodb:us-east-1:111122223333:table/made/index/local"}],)"
          R"("GlobalSecondaryIndexes":[{"IndexName":"global","KeySchema":[)"
          R"({"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"h","KeyType":"HASH"},)"
          R"({"AttributeName":"l","KeyType":"RANGE"},{"AttributeName":"sk","KeyType":"RANGE"}],)"
          R"("Projection":{"ProjectionType":"KEYS_ONLY"},"IndexStatus":"ACTIVE",)"
          R"("ProvisionedThroughput":{"NumberOfDecreasesToday":0,"ReadCapacityUnits":0,)"
          R"("WriteCapacityUnits":0},"WarmThroughput":{"ReadUnitsPerSecond":12000,)"
          R"("WriteUnitsPerSecond":4000,"Status":"ACTIVE"},"IndexSizeBytes":0,"ItemCount":0,)"));
}

TEST_F(IndexTablesTest, CountsEntriesLive) {
  ASSERT_EQ(Create({{"g", "S"}}, Globals(Index("global", {{"g", "HASH"}}))).status, 200);
  Send("PutItem", R"({"TableName":"made","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"g":{"S":"c"}}})");
  Send("PutItem", R"({"TableName":"made","Item":{"pk":{"S":"b"},"sk":{"S":"b"}}})");
  EXPECT_THAT(Describe(), HasSubstr(R"("IndexSizeBytes":8,"ItemCount":1)"));
  EXPECT_THAT(Describe(), HasSubstr(R"("TableSizeBytes":14,"ItemCount":2)"));
}

TEST_F(IndexTablesTest, SaysWhatIsWrongWithAnIndex) {
  struct Row {
    Pairs attributes;
    std::string more;
    std::string message;
  };
  const std::string invalid(kInvalid);
  const Pairs a = {{"a", "S"}};
  std::string many_globals, many_locals;
  for (int i = 0; i < 21; ++i) {
    std::string name = "global" + std::to_string(i);
    many_globals += (i > 0 ? "," : "") + Index(name, {{"a", "HASH"}});
    if (i < 6) many_locals += (i > 0 ? "," : "") + Index(name, {{"pk", "HASH"}, {"a", "RANGE"}});
  }
  Pairs eleven, five_hashes, five_ranges = {{"a", "HASH"}};
  for (char c = 'a'; c <= 'f'; ++c) eleven.emplace_back(std::string(1, c), "S");
  for (char c = 'a'; c <= 'e'; ++c) five_hashes.emplace_back(std::string(1, c), "HASH");
  for (char c = 'b'; c <= 'f'; ++c) five_ranges.emplace_back(std::string(1, c), "RANGE");
  five_hashes.emplace_back("f", "RANGE");
  const Row rows[] = {
      {a, Globals(""), invalid + "List of GlobalSecondaryIndexes is empty"},
      {a, Locals(""), invalid + "List of LocalSecondaryIndexes is empty"},
      {{},
       Globals(Index("global", {{"q", "HASH"}})),
       invalid + "Some index key attributes are not defined in AttributeDefinitions. Keys: [q], "
                 "AttributeDefinitions: [pk, sk]"},
      {{{"a", "S"}, {"b", "S"}},
       Globals(Index("global", {{"a", "HASH"}})),
       invalid +
           "Some AttributeDefinitions are not used. AttributeDefinitions: [a, b, pk, sk], keys "
           "used: [a, pk, sk]"},
      {a, Globals(Index("global", {{"a", "RANGE"}})),
       "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"},
      {a, Globals(Index("global", {{"a", "HASH"}, {"a", "RANGE"}})),
       "Both the Hash Key and the Range Key element in the KeySchema have the same name"},
      {a, Globals(Index("global", {{"a", "HASH"}, {"pk", "HASH"}, {"a", "RANGE"}})),
       "The KeySchema contains multiple key attributes with the same name"},
      {a, Globals(Index("global", {{"a", "HASH"}, {"pk", "RANGE"}, {"sk", "HASH"}})),
       invalid + "All HASH key attributes must precede RANGE key attributes in the KeySchema"},
      {eleven, Globals(Index("global", five_hashes)),
       invalid + "The KeySchema exceeds the maximum allowed number of HASH key attributes"},
      {eleven, Globals(Index("global", five_ranges)),
       invalid + "The KeySchema exceeds the maximum allowed number of RANGE key attributes"},
      {a, Locals(Index("local", {{"a", "HASH"}, {"pk", "RANGE"}})),
       invalid +
           "Index KeySchema does not have the same leading hash key as table KeySchema for index: "
           "local. index hash key: a, table hash key: pk"},
      {{},
       Locals(Index("local", {{"pk", "HASH"}})),
       invalid + "Index KeySchema does not have a range key for index: local"},
      {a, Globals(Index("global", {{"a", "HASH"}}, R"("Projection":{})")),
       invalid + "Unknown ProjectionType: null"},
      {a, Globals(Index("global", {{"a", "HASH"}}, R"("Projection":{"ProjectionType":"INCLUDE"})")),
       invalid + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified"},
      {a,
       Globals(Index("global", {{"a", "HASH"}},
                     R"("Projection":{"ProjectionType":"ALL","NonKeyAttributes":["x"]})")),
       invalid + "ProjectionType is ALL, but NonKeyAttributes is specified"},
      {a,
       Globals(Index("global", {{"a", "HASH"}},
                     R"("Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":["x","x"]})")),
       invalid + "Duplicate element in NonKeyAttributes: x"},
      {a, Globals(Index("same", {{"a", "HASH"}}) + "," + Index("same", {{"pk", "HASH"}})),
       invalid + "Duplicate index name: same"},
      {a,
       Locals(Index("same", {{"pk", "HASH"}, {"a", "RANGE"}})) + "," +
           Globals(Index("same", {{"a", "HASH"}})),
       invalid + "Duplicate index name: same"},
      {a,
       Globals(Index("global", {{"a", "HASH"}},
                     R"("Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":)"
                     R"({"ReadCapacityUnits":1,"WriteCapacityUnits":1})")),
       invalid +
           "ProvisionedThroughput should not be specified for index: global when BillingMode is "
           "PAY_PER_REQUEST"},
      {a,
       Globals(Index("global", {{"a", "HASH"}},
                     R"("Projection":{"ProjectionType":"ALL"},"OnDemandThroughput":)"
                     R"({"MaxReadRequestUnits":0})")),
       invalid +
           "Requested MaxReadRequestUnits for OnDemandThroughput for index : global is outside of "
           "valid range"},
      {a, Globals(many_globals),
       invalid + "GlobalSecondaryIndex count exceeds the per-table limit of 20"},
      {a, Locals(many_locals),
       invalid + "Number of LocalSecondaryIndexes exceeds per-table limit of 5"},
      {a, Globals(Index("g!", {{"a", "HASH"}})),
       "2 validation errors detected: Value 'g!' at 'globalSecondaryIndexes.1.member.indexName' "
       "failed to satisfy constraint: Member must satisfy regular expression pattern: "
       "[a-zA-Z0-9_.-]+; Value 'g!' at 'globalSecondaryIndexes.1.member.indexName' failed to "
       "satisfy constraint: Member must have length greater than or equal to 3"},
  };
  for (const Row& row : rows) {
    Answer answer = Create(row.attributes, row.more);
    EXPECT_EQ(answer.error, "ValidationException") << row.more;
    EXPECT_EQ(answer.message, row.message);
  }
  EXPECT_EQ(Create(a, Globals(Index("global", {{"a", "HASH"}})), /*is_on_demand=*/false).message,
            invalid + "ProvisionedThroughput is not specified for index: global");
  Answer no_sort_key =
      Send("CreateTable", R"({"TableName":"made",)" + Definitions({{"pk", "S"}, {"a", "S"}}) + "," +
                              Keys({{"pk", "HASH"}}) + R"(,"BillingMode":"PAY_PER_REQUEST",)" +
                              Locals(Index("local", {{"pk", "HASH"}, {"a", "RANGE"}})) + "}");
  EXPECT_EQ(no_sort_key.message,
            invalid +
                "Table KeySchema does not have a range key, which is required when specifying a "
                "LocalSecondaryIndex");
  EXPECT_EQ(Send("ListTables", "{}").body, R"({"TableNames":[]})");
}

TEST_F(IndexTablesTest, ProjectsAtMostAHundredAttributes) {
  std::string globals;
  for (int i = 0; i < 6; ++i) {
    std::string names;
    for (int k = 0; k < 20; ++k) names += (k > 0 ? ",\"n" : "\"n") + std::to_string(k) + "\"";
    globals +=
        (i > 0 ? "," : "") +
        Index("global" + std::to_string(i), {{"pk", "HASH"}},
              R"("Projection":{"ProjectionType":"INCLUDE","NonKeyAttributes":[)" + names + "]}");
    Answer answer = Create({}, Globals(globals));
    EXPECT_EQ(answer.status, i < 5 ? 200 : 400) << i;
    Send("DeleteTable", R"({"TableName":"made"})");
  }
}

TEST_F(IndexTablesTest, AnIndexComesAndGoes) {
  ASSERT_EQ(Create({{"a", "S"}}, Globals(Index("first", {{"a", "HASH"}}))).status, 200);
  Send("PutItem", R"({"TableName":"made","Item":{"pk":{"S":"a"},"sk":{"S":"b"},"b":{"N":"1"}}})");
  const std::string create = "{\"Create\":" + Index("second", {{"b", "HASH"}}) + "}";
  Answer updated = UpdateIndexes(create, {{"b", "N"}});
  ASSERT_EQ(updated.status, 200) << updated.body;
  EXPECT_THAT(updated.body, HasSubstr(R"("TableStatus":"UPDATING")"));
  EXPECT_THAT(updated.body, HasSubstr(R"("IndexStatus":"CREATING","Backfilling":true)"));
  EXPECT_THAT(Describe(), HasSubstr(R"("TableStatus":"ACTIVE")"));
  EXPECT_THAT(Describe(), HasSubstr(R"([{"AttributeName":"a","AttributeType":"S"},)"
                                    R"({"AttributeName":"b","AttributeType":"N"},)"));

  // Until it is there.
  Answer again = UpdateIndexes(create, {{"b", "N"}});
  EXPECT_EQ(again.error, "ResourceInUseException");
  EXPECT_EQ(again.message,
            "Attempt to change a resource which is still in use: Index is being created. Table: "
            "made Index: second");
  Answer other = UpdateIndexes(R"({"Delete":{"IndexName":"first"}})");
  EXPECT_EQ(other.error, "LimitExceededException");
  EXPECT_EQ(other.message,
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table");
  Answer gone = Send("DeleteTable", R"({"TableName":"made"})");
  EXPECT_EQ(gone.error, "ResourceInUseException");
  EXPECT_EQ(gone.message,
            "Attempt to change a resource which is still in use: Cannot delete table while indexes "
            "are being created, updated, or deleted.");
  FinishIndexWork();
  EXPECT_THAT(Describe(), Not(HasSubstr("Backfilling")));
  EXPECT_THAT(Describe(), HasSubstr(R"("IndexSizeBytes":9,"ItemCount":1)"));
  EXPECT_EQ(UpdateIndexes(create, {{"b", "N"}}).message,
            "Attempting to create an index which already exists");

  Answer deleted = UpdateIndexes(R"({"Delete":{"IndexName":"second"}})");
  EXPECT_THAT(deleted.body, HasSubstr(R"("IndexStatus":"DELETING")"));
  EXPECT_THAT(Describe(), HasSubstr(R"("TableStatus":"UPDATING")"));
  EXPECT_EQ(UpdateIndexes(R"({"Delete":{"IndexName":"second"}})").message,
            "Attempt to change a resource which is still in use: Index is being deleted. Table: "
            "made Index: second");
  FinishIndexWork();
  EXPECT_THAT(Describe(), Not(HasSubstr("second")));
  // The definition goes with the last key that used it.
  EXPECT_THAT(Describe(), Not(HasSubstr(R"("AttributeName":"b")")));
  Answer unknown = UpdateIndexes(R"({"Delete":{"IndexName":"second"}})");
  EXPECT_EQ(unknown.error, "ResourceNotFoundException");
  EXPECT_EQ(unknown.message, "Requested resource not found: Index second for table made");
}

TEST_F(IndexTablesTest, SaysWhatIsWrongWithAnUpdate) {
  ASSERT_EQ(
      Create({{"a", "S"}, {"l", "S"}}, Globals(Index("first", {{"a", "HASH"}})) + "," +
                                           Locals(Index("local", {{"pk", "HASH"}, {"l", "RANGE"}})))
          .status,
      200);
  const std::string invalid(kInvalid);
  const std::string units = R"({"ReadCapacityUnits":1,"WriteCapacityUnits":1})";
  auto updates = [](const std::string& list) {
    return "\"GlobalSecondaryIndexUpdates\":[" + list + "]";
  };
  const std::string create = "{\"Create\":" + Index("second", {{"b", "HASH"}}) + "}";
  const std::string b = "," + Definitions({{"b", "S"}});
  struct Row {
    std::string members;
    std::string message;
    std::string_view error = "ValidationException";
  };
  const std::string nothing =
      "At least one of ProvisionedThroughput, BillingMode, UpdateStreamEnabled, "
      "GlobalSecondaryIndexUpdates, SSESpecification, ReplicaUpdates, MultiAccountReplicaReady, "
      "ReplicaTransitRoleArn, MultiRegionConsistency, DeletionProtectionEnabled, "
      "OnDemandThroughput, WarmThroughput or TableClass is required";
  const Row rows[] = {
      {Definitions({{"b", "S"}}), nothing},
      {updates(""), nothing},
      {updates("") + R"(,"DeletionProtectionEnabled":true)",
       invalid + "List of GlobalSecondaryIndexUpdates is empty"},
      {updates("{}"),
       invalid + "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, "
                 "GlobalSecondaryIndexUpdate.Delete must not be null"},
      {updates(R"({"Update":{"IndexName":"first"},"Delete":{"IndexName":"first"}})"),
       invalid + "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate "
                 "object"},
      {updates(R"({"Delete":{"IndexName":"first"}},{"Delete":{"IndexName":"first"}})"),
       invalid +
           "Only one global secondary index update per index is allowed simultaneously. Index: "
           "first"},
      {updates(create), invalid + "AttributeDefinitions is not specified for index: second"},
      {updates(create) + "," + Definitions({{"c", "S"}}),
       invalid + "Some index key attributes are not defined in AttributeDefinitions. Keys: [b], "
                 "AttributeDefinitions: [c]"},
      {updates("{\"Create\":" + Index("second", {{"a", "HASH"}}) + "}") + "," +
           Definitions({{"a", "N"}}),
       invalid +
           "Attributes cannot be redefined. Please check that your attribute has the same type as "
           "previously defined. Existing schema: Schema:[SchemaElement: key{a:S:HASH}] New schema: "
           "Schema:[SchemaElement: key{a:N:HASH}]"},
      {updates(create + R"(,{"Delete":{"IndexName":"first"}})") + b,
       "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously "
       "per table",
       "LimitExceededException"},
      {updates(R"({"Delete":{"IndexName":"local"}})"),
       "Cannot delete an index that is not a GlobalSecondaryIndex: local"},
      {updates(R"({"Update":{"IndexName":"first","ProvisionedThroughput":)" + units + "}}"),
       invalid +
           "The only Updates for index: first when TableThroughputMode is PAY_PER_REQUEST can be "
           "to OnDemandThroughput, WarmThroughput"},
      {updates(create) + b + R"(,"DeletionProtectionEnabled":true)",
       invalid + "DeletionProtection modification must be the only operation in the request"},
      {R"("TableClass":"STANDARD","BillingMode":"PAY_PER_REQUEST")",
       invalid + "TableClass modification must be the only operation in the request"},
      {R"("SSESpecification":{"Enabled":false})",
       invalid + "Table is already encrypted by default"},
      {R"("StreamSpecification":{"StreamEnabled":false})",
       "Table has no stream to disable: TableName: made"},
      {R"("ProvisionedThroughput":)" + units,
       invalid +
           "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is "
           "PAY_PER_REQUEST"},
      {R"("BillingMode":"PROVISIONED")",
       invalid + "ProvisionedThroughput must be specified when BillingMode is PROVISIONED"},
      {R"("BillingMode":"PROVISIONED","ProvisionedThroughput":)" + units,
       invalid + "ProvisionedThroughput must be specified for index: first"},
      {R"("WarmThroughput":{"ReadUnitsPerSecond":1})",
       invalid + "Requested ReadUnitsPerSecond for WarmThroughput for table is lower than current "
                 "WarmThroughput, decreasing WarmThroughput is not supported"},
      {R"("OnDemandThroughput":{"MaxWriteRequestUnits":0})",
       invalid +
           "Requested MaxWriteRequestUnits for OnDemandThroughput for table is outside of valid "
           "range"},
      {R"("ReplicaUpdates":[])",
       "ReplicaUpdates is not supported by this version of Dray: see docs/compatibility.md"},
  };
  const std::string before = Describe();
  for (const Row& row : rows) {
    Answer answer = Update(row.members);
    EXPECT_EQ(answer.error, row.error) << row.members;
    EXPECT_EQ(answer.message, row.message);
  }
  EXPECT_EQ(Describe(), before);
  EXPECT_EQ(Send("UpdateTable", R"({"TableName":"none","DeletionProtectionEnabled":true})").message,
            "Requested resource not found: Table: none not found");
}

TEST_F(IndexTablesTest, ThroughputAndBillingChange) {
  const std::string index_units = R"({"ReadCapacityUnits":2,"WriteCapacityUnits":3})";
  ASSERT_EQ(
      Create({{"a", "S"}},
             Globals(Index("first", {{"a", "HASH"}},
                           R"("Projection":{"ProjectionType":"ALL"},"ProvisionedThroughput":)" +
                               index_units)),
             /*is_on_demand=*/false)
          .status,
      200);
  EXPECT_THAT(
      Update(R"("ProvisionedThroughput":{"ReadCapacityUnits":5,"WriteCapacityUnits":6})").message,
      "The provisioned throughput for the table will not change. The requested value equals the "
      "current value. Current ReadCapacityUnits provisioned for the table: 5. Requested "
      "ReadCapacityUnits: 5. Current WriteCapacityUnits provisioned for the table: 6. Requested "
      "WriteCapacityUnits: 6. Refer to the Amazon DynamoDB Developer Guide for current limits and "
      "how to request higher limits.");
  Answer updated =
      Update(R"("ProvisionedThroughput":{"ReadCapacityUnits":7,"WriteCapacityUnits":2})");
  EXPECT_THAT(updated.body, HasSubstr(R"("TableStatus":"UPDATING")"));
  EXPECT_THAT(updated.body, HasSubstr(R"("ReadCapacityUnits":5,"WriteCapacityUnits":6})"));
  std::string described = Describe();
  EXPECT_THAT(described,
              MatchesRegex(R"(.*"ProvisionedThroughput":\{"LastIncreaseDateTime":[0-9.]+,)"
                           R"("LastDecreaseDateTime":[0-9.]+,"NumberOfDecreasesToday":1,)"
                           R"("ReadCapacityUnits":7,"WriteCapacityUnits":2\}.*)"));
  // It keeps what it once had.
  EXPECT_THAT(described, HasSubstr(R"("ReadUnitsPerSecond":7,"WriteUnitsPerSecond":6)"));

  Answer index = UpdateIndexes(R"({"Update":{"IndexName":"first","ProvisionedThroughput":)"
                               R"({"ReadCapacityUnits":9,"WriteCapacityUnits":9}}})");
  EXPECT_THAT(index.body, HasSubstr(R"("IndexStatus":"UPDATING")"));
  EXPECT_THAT(index.body, HasSubstr(R"("TableStatus":"ACTIVE")"));
  EXPECT_THAT(Describe(), HasSubstr(R"("ReadCapacityUnits":9,"WriteCapacityUnits":9})"));

  EXPECT_EQ(Update(R"("BillingMode":"PAY_PER_REQUEST")").status, 200);
  described = Describe();
  EXPECT_THAT(described, HasSubstr(R"("BillingModeSummary":{"BillingMode":"PAY_PER_REQUEST",)"));
  EXPECT_THAT(described, HasSubstr(R"("ReadCapacityUnits":0,"WriteCapacityUnits":0})"));
  EXPECT_THAT(described, Not(HasSubstr(R"("ReadCapacityUnits":9)")));
  EXPECT_EQ(Update(R"("BillingMode":"PAY_PER_REQUEST")").status, 200);
  EXPECT_EQ(Update(R"("OnDemandThroughput":{"MaxReadRequestUnits":8})").status, 200);
  EXPECT_THAT(Describe(), HasSubstr(R"("OnDemandThroughput":{"MaxReadRequestUnits":8})"));
  EXPECT_EQ(Update(R"("OnDemandThroughput":{"MaxReadRequestUnits":-1})").status, 200);
  EXPECT_THAT(Describe(), Not(HasSubstr("OnDemandThroughput")));

  Answer back = Update(
      R"("BillingMode":"PROVISIONED","ProvisionedThroughput":{"ReadCapacityUnits":1,)"
      R"("WriteCapacityUnits":1},"GlobalSecondaryIndexUpdates":[{"Update":{"IndexName":"first",)"
      R"("ProvisionedThroughput":)" +
      index_units + "}}]");
  ASSERT_EQ(back.status, 200) << back.body;
  described = Describe();
  EXPECT_THAT(described, HasSubstr(R"("BillingModeSummary":{"BillingMode":"PROVISIONED",)"));
  EXPECT_THAT(described, HasSubstr(R"("ReadCapacityUnits":2,"WriteCapacityUnits":3})"));
}

TEST_F(IndexTablesTest, SettingsChange) {
  ASSERT_EQ(Create({}, R"("DeletionProtectionEnabled":true)").status, 200);
  Answer unprotected = Update(R"("DeletionProtectionEnabled":false)");
  EXPECT_THAT(unprotected.body, HasSubstr(R"("TableStatus":"ACTIVE")"));
  EXPECT_THAT(unprotected.body, HasSubstr(R"("DeletionProtectionEnabled":false)"));
  EXPECT_EQ(Update(R"("TableClass":"STANDARD")").status, 200);
  EXPECT_THAT(Describe(), Not(HasSubstr("TableClassSummary")));
  EXPECT_EQ(Update(R"("TableClass":"STANDARD_INFREQUENT_ACCESS")").status, 200);
  EXPECT_THAT(Describe(), MatchesRegex(R"(.*"TableClassSummary":\{"TableClass":)"
                                       R"("STANDARD_INFREQUENT_ACCESS","LastUpdateDateTime":.*)"));
  EXPECT_EQ(Update(R"("WarmThroughput":{"ReadUnitsPerSecond":20000})").status, 200);
  EXPECT_THAT(Describe(), HasSubstr(R"("ReadUnitsPerSecond":20000,"WriteUnitsPerSecond":4000)"));
  EXPECT_EQ(Send("DeleteTable", R"({"TableName":"made"})").status, 200);
}

TEST_F(IndexTablesTest, ATableHasAtMostTwentyGlobalIndexes) {
  std::string globals;
  for (int i = 0; i < 20; ++i) {
    globals += (i > 0 ? "," : "") + Index("global" + std::to_string(i), {{"a", "HASH"}});
  }
  ASSERT_EQ(Create({{"a", "S"}}, Globals(globals)).status, 200);
  Answer answer =
      UpdateIndexes("{\"Create\":" + Index("one-more", {{"a", "HASH"}}) + "}", {{"a", "S"}});
  EXPECT_EQ(answer.error, "LimitExceededException");
  EXPECT_EQ(answer.message,
            "Subscriber limit exceeded: Number of global secondary indexes exceeds per-table limit "
            "of 20");
}

}  // namespace
}  // namespace dray::dynamodb
