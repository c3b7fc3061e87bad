// SPDX-License-Identifier: Apache-2.0
// Every operation under a user's policies: the action and the resource that it needs, and the
// condition keys that policies can ask of it.
#include <gmock/gmock.h>

#include <set>

#include "api/dynamodb/operation_bodies.h"
#include "api/dynamodb/operation_table.h"
#include "api/dynamodb/restore_overrides.h"
#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

using ::testing::HasSubstr;

class AuthorisationTest : public ApiTest {
 protected:
  const std::string table_ = "arn:aws:dynamodb:us-east-1:111122223333:table/cities";

  void BeUser() {
    caller_.principal.type = policy::Principal::Type::kUser;
    caller_.principal.arn = "arn:aws:iam::111122223333:user/ann";
  }
  void BeRoot() {
    caller_.principal.type = policy::Principal::Type::kRoot;
    caller_.principal.arn = "arn:aws:iam::111122223333:root";
  }
  static std::string Allow(std::string_view action, std::string_view resource,
                           std::string_view condition = "{}") {
    return R"({"Effect":"Allow","Action":")" + std::string(action) + R"(","Resource":")" +
           std::string(resource) + R"(","Condition":)" + std::string(condition) + "}";
  }
  void SetPolicy(const std::vector<std::string>& statements) {
    std::string text = R"({"Version":"2012-10-17","Statement":[)";
    for (const std::string& statement : statements) {
      if (text.back() == '}') text += ',';
      text += statement;
    }
    auto document = policy::Document::Parse(text + "]}", policy::DocumentKind::kIdentity);
    ASSERT_TRUE(document) << text << ": " << document.error().message;
    authorizer_.identities.policies.documents = {*document};
  }
  // Whether a user may who is allowed everything under one condition.
  bool IsAllowed(std::string_view condition, std::string_view operation, std::string_view body) {
    SetPolicy({Allow("dynamodb:*", "*", condition)});
    Answer answer = Send(operation, body);
    EXPECT_TRUE(answer.status == 200 || answer.error == "AccessDeniedException" ||
                answer.error == "ConditionalCheckFailedException")
        << answer.body;
    return answer.error != "AccessDeniedException";
  }
};

// ---- actions and resources

// What the bodies of operation_bodies.h need, action by action.
using Needs = std::vector<std::pair<std::string, std::string>>;
Needs NeedsOf(const Operation& operation) {
  const std::string tables = "arn:aws:dynamodb:us-east-1:111122223333:table/";
  const std::string id = "01731672000123-1a2b3c4d";
  std::string resource = tables + "cities";
  if (operation.resource == ResourceKind::kNone) resource = "*";
  if (operation.resource == ResourceKind::kExport) resource += "/export/" + id;
  if (operation.resource == ResourceKind::kImport) resource += "/import/" + id;
  if (operation.resource == ResourceKind::kBackup) resource += "/backup/" + id;
  if (operation.name == "CreateTable" || operation.name == "ImportTable") {
    resource = tables + "created";
  }
  Needs needs = {{std::string(operation.action), resource}};
  if (operation.name.starts_with("RestoreTable")) {
    for (std::string_view action : kActionsOnTarget) {
      needs.emplace_back(action, tables + "restored");
    }
  }
  return needs;
}

TEST_F(AuthorisationTest, EveryOperationNeedsExactlyItsActionsOnItsResources) {
  for (const Operation& operation : Operations()) {
    SCOPED_TRACE(operation.name);
    BeRoot();
    if (operation.name != "CreateTable" && operation.name != "DeleteTable") {
      Send("DeleteTable", R"({"TableName":"created"})");
    }
    if (!tables_->Find(kAccount, "cities")) MakeTable("cities");
    BeUser();
    const Needs needs = NeedsOf(operation);
    std::vector<std::string> statements;
    for (const auto& [action, resource] : needs) statements.push_back(Allow(action, resource));
    SetPolicy(statements);
    Answer allowed = Send(operation.name, BodyOf(operation.name));
    EXPECT_NE(allowed.error, "AccessDeniedException") << allowed.body;
    for (size_t i = 0; i < needs.size(); ++i) {
      const auto& [action, resource] = needs[i];
      SCOPED_TRACE(action);
      std::vector<std::string> others = statements;
      // Not the action, and not the action on something else.
      others[i] = Allow(action, "arn:aws:dynamodb:us-east-1:111122223333:table/other");
      SetPolicy(others);
      Answer denied = Send(operation.name, BodyOf(operation.name));
      EXPECT_EQ(denied.status, 400);
      EXPECT_EQ(denied.error, "AccessDeniedException");
      EXPECT_EQ(denied.message,
                "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: " + action +
                    " on resource: " + resource + " because no identity-based policy allows the " +
                    action + " action");
      EXPECT_EQ(audited_.resource, resource);
      EXPECT_THAT(audited_.detail, HasSubstr("identity polic"));
    }
  }
}

TEST_F(AuthorisationTest, DeniesAreNamedAsSuch) {
  MakeTable("cities");
  BeUser();
  SetPolicy(
      {Allow("*", "*"), R"({"Sid":"No","Effect":"Deny","Action":"dynamodb:Get*","Resource":"*"})"});
  Answer answer = Send("GetItem", BodyOf("GetItem"));
  EXPECT_EQ(answer.message,
            "User: arn:aws:iam::111122223333:user/ann is not authorized to perform: "
            "dynamodb:GetItem on resource: " +
                table_ + " with an explicit deny in an identity-based policy");
  EXPECT_THAT(audited_.detail, HasSubstr("\"No\""));
  EXPECT_EQ(Send("PutItem", BodyOf("PutItem")).status, 200);
}

TEST_F(AuthorisationTest, ForeignTablesAreOnlyForWhatAwsShares) {
  MakeTable("cities");
  const std::set<std::string_view> shared = {
      "BatchGetItem", "BatchWriteItem",     "DeleteItem", "DeleteTable", "DescribeTable",
      "GetItem",      "ListTagsOfResource", "PutItem",    "Query",       "Scan",
      "TagResource",  "UntagResource",      "UpdateItem", "UpdateTable"};
  caller_.principal.account = kOtherAccount;
  caller_.principal.arn = "arn:aws:iam::444455556666:root";
  for (const Operation& operation : Operations()) {
    if (operation.resource != ResourceKind::kTable) continue;
    SCOPED_TRACE(operation.name);
    std::string body = BodyOf(operation.name);
    // By its ARN, wherever the operation takes a name.
    for (size_t at = body.find("\"cities\""); at != std::string::npos;
         at = body.find("\"cities\"", at + 10)) {
      body.replace(at, 8, "\"" + table_ + "\"");
    }
    if (body.find(table_) == std::string::npos) continue;  // CreateTable, ImportTable
    Answer answer = Send(operation.name, body);
    if (shared.contains(operation.name)) {
      EXPECT_EQ(answer.error, "AccessDeniedException");
      EXPECT_EQ(answer.message,
                "User: arn:aws:iam::444455556666:root is not authorized to perform: " +
                    std::string(operation.action) + " on resource: " + table_ +
                    " because no resource-based policy allows the " +
                    std::string(operation.action) + " action");
    } else if (operation.name == "ExportTableToPointInTime") {
      EXPECT_EQ(answer.message, "Access is denied");
    } else {
      EXPECT_EQ(answer.error, "ValidationException") << answer.body;
      EXPECT_THAT(answer.message,
                  ::testing::AnyOf("This action is only supported by accounts that match the "
                                   "resource owner\u2019s account.",
                                   HasSubstr("failed to satisfy constraint")));
    }
    EXPECT_EQ(operation.sharing == Sharing::kAcrossAccounts, shared.contains(operation.name));
  }
}

// ---- dynamodb:LeadingKeys

constexpr std::string_view kOnlyAnn =
    R"({"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":"ann"}})";

TEST_F(AuthorisationTest, LeadingKeysAreThePartitionKeysThatARequestNames) {
  MakeTable("ttt", "S");
  BeUser();
  const std::string ann = R"({"pk":{"S":"ann"},"sk":{"S":"bob"}})";
  const std::string bob = R"({"pk":{"S":"bob"},"sk":{"S":"ann"}})";
  auto with = [](std::string_view member, const std::string& value) {
    return R"({"TableName":"ttt",")" + std::string(member) + "\":" + value + "}";
  };
  for (std::string_view operation : {"GetItem", "UpdateItem", "DeleteItem"}) {
    EXPECT_TRUE(IsAllowed(kOnlyAnn, operation, with("Key", ann))) << operation;
    EXPECT_FALSE(IsAllowed(kOnlyAnn, operation, with("Key", bob))) << operation;
  }
  EXPECT_TRUE(IsAllowed(kOnlyAnn, "PutItem", with("Item", ann)));
  EXPECT_FALSE(IsAllowed(kOnlyAnn, "PutItem", with("Item", bob)));
  auto reads = [](const std::string& keys) {
    return R"({"RequestItems":{"ttt":{"Keys":[)" + keys + "]}}}";
  };
  EXPECT_TRUE(IsAllowed(kOnlyAnn, "BatchGetItem", reads(ann)));
  EXPECT_FALSE(IsAllowed(kOnlyAnn, "BatchGetItem", reads(ann + "," + bob)));
  auto writes = [](const std::string& requests) {
    return R"({"RequestItems":{"ttt":[)" + requests + "]}}";
  };
  const std::string put_ann = R"({"PutRequest":{"Item":)" + ann + "}}";
  const std::string delete_bob = R"({"DeleteRequest":{"Key":)" + bob + "}}";
  EXPECT_TRUE(IsAllowed(kOnlyAnn, "BatchWriteItem", writes(put_ann)));
  EXPECT_FALSE(IsAllowed(kOnlyAnn, "BatchWriteItem", writes(put_ann + "," + delete_bob)));
  // A statement with Scan in it allows it whatever the keys, as on AWS; one that wants a key
  // denies.
  EXPECT_TRUE(IsAllowed(kOnlyAnn, "Scan", R"({"TableName":"ttt"})"));
  EXPECT_FALSE(IsAllowed(R"({"ForAnyValue:StringEquals":{"dynamodb:LeadingKeys":"ann"}})", "Scan",
                         R"({"TableName":"ttt"})"));
  // It takes a set operator.
  EXPECT_FALSE(
      IsAllowed(R"({"StringEquals":{"dynamodb:LeadingKeys":"ann"}})", "GetItem", with("Key", ann)));
  // The caller's own name, from a variable.
  EXPECT_TRUE(
      IsAllowed(R"({"ForAllValues:StringLike":{"dynamodb:LeadingKeys":"${aws:username}*"}})",
                "GetItem", with("Key", ann)));
  // Wherever it stands in the request: the text of another attribute is none.
  EXPECT_FALSE(
      IsAllowed(kOnlyAnn, "PutItem",
                with("Item", R"({"sk":{"S":"ann"},"name":{"S":"ann"},"pk":{"S":"bob"}})")));
}

TEST_F(AuthorisationTest, LeadingKeysOfQueries) {
  Send("CreateTable",
       R"({"TableName":"ttt","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
       R"({"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"S"},)"
       R"({"AttributeName":"g","AttributeType":"S"}],"KeySchema":[)"
       R"({"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],)"
       R"("GlobalSecondaryIndexes":[{"IndexName":"byg","KeySchema":[)"
       R"({"AttributeName":"g","KeyType":"HASH"},{"AttributeName":"pk","KeyType":"RANGE"}],)"
       R"("Projection":{"ProjectionType":"ALL"}}]})");
  BeUser();
  auto query = [](std::string_view condition, std::string_view more = "") {
    return R"({"TableName":"ttt","KeyConditionExpression":")" + std::string(condition) +
           R"(","ExpressionAttributeValues":{":a":{"S":"ann"},":b":{"S":"bob"}})" +
           std::string(more) + "}";
  };
  EXPECT_TRUE(IsAllowed(kOnlyAnn, "Query", query("pk = :a AND sk = :b")));
  EXPECT_FALSE(IsAllowed(kOnlyAnn, "Query", query("sk = :a AND pk = :b")));
  EXPECT_FALSE(
      IsAllowed(kOnlyAnn, "Query",
                query("#k = :b AND sk = :a", R"(,"ExpressionAttributeNames":{"#k":"pk"})")));
  EXPECT_FALSE(IsAllowed(kOnlyAnn, "Query",
                         R"({"TableName":"ttt","KeyConditions":{"pk":{"ComparisonOperator":"EQ",)"
                         R"("AttributeValueList":[{"S":"bob"}]}}})"));
  // An index has a leading key of its own: the table's partition key is nothing special in it.
  const std::string by_g = R"(,"IndexName":"byg")";
  EXPECT_TRUE(IsAllowed(kOnlyAnn, "Query", query("g = :a AND pk = :b", by_g)));
  EXPECT_FALSE(IsAllowed(kOnlyAnn, "Query", query("g = :b AND pk = :a", by_g)));
  // And a resource of its own.
  SetPolicy({Allow("dynamodb:Query", "arn:aws:dynamodb:us-east-1:111122223333:table/ttt")});
  EXPECT_EQ(Send("Query", query("g = :a AND pk = :b", by_g)).error, "AccessDeniedException");
  SetPolicy(
      {Allow("dynamodb:Query", "arn:aws:dynamodb:us-east-1:111122223333:table/ttt/index/byg")});
  EXPECT_EQ(Send("Query", query("g = :a AND pk = :b", by_g)).status, 200);
}

TEST_F(AuthorisationTest, LeadingKeysOfNumbersAndBytesAreTexts) {
  for (std::string_view type : {"N", "B"}) {
    Send("CreateTable", R"({"TableName":"table-)" + std::string(type) +
                            R"(","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
                            R"({"AttributeName":"pk","AttributeType":")" +
                            std::string(type) +
                            R"("}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]})");
  }
  BeUser();
  auto allowed = [&](std::string_view wanted, std::string_view type, std::string_view value) {
    return IsAllowed(
        R"({"ForAllValues:StringEquals":{"dynamodb:LeadingKeys":")" + std::string(wanted) + "\"}}",
        "GetItem",
        R"({"TableName":"table-)" + std::string(type) + R"(","Key":{"pk":{")" + std::string(type) +
            R"(":")" + std::string(value) + "\"}}}");
  };
  // However a number is written, it is one key.
  for (std::string_view one : {"1", "1.0", "1e0", "0.1E1", "+01"}) {
    EXPECT_TRUE(allowed("1", "N", one)) << one;
    EXPECT_FALSE(allowed("2", "N", one)) << one;
  }
  EXPECT_TRUE(allowed("-12.5", "N", "-12.50"));
  EXPECT_TRUE(allowed("AAEC", "B", "AAEC"));
  EXPECT_FALSE(allowed("AAEC", "B", "AAED"));
}

// ---- dynamodb:Attributes, Select, ReturnValues, ReturnConsumedCapacity

TEST_F(AuthorisationTest, AttributesAreAllThatARequestNames) {
  MakeTable("ttt");
  BeUser();
  constexpr std::string_view kOnly =
      R"({"ForAllValues:StringEquals":{"dynamodb:Attributes":["pk","a","b"]}})";
  struct Row {
    std::string operation, members;  // "X" stands for an attribute
  };
  const std::string key = R"("Key":{"pk":{"S":"k"}})";
  const std::string value = R"(,"ExpressionAttributeValues":{":v":{"S":"v"}})";
  const std::string name = R"(,"ExpressionAttributeNames":{"#x":"X"})";
  const std::string queried =
      R"("KeyConditions":{"pk":{"ComparisonOperator":"EQ","AttributeValueList":[{"S":"k"}]}})";
  const std::string filter = R"({"X":{"ComparisonOperator":"NULL"}})";
  const Row rows[] = {
      {"GetItem", key + R"(,"ProjectionExpression":"a, X")"},
      {"GetItem", key + R"(,"ProjectionExpression":"X.b[0].a")"},
      {"GetItem", key + R"(,"ProjectionExpression":"#x.a")" + name},
      {"GetItem", key + R"(,"AttributesToGet":["a","X"])"},
      {"PutItem", R"("Item":{"pk":{"S":"k"},"X":{"S":"v"}})"},
      {"PutItem",
       R"j("Item":{"pk":{"S":"k"}},"ConditionExpression":"attribute_not_exists(#x)")j" + name},
      {"PutItem", R"("Item":{"pk":{"S":"k"}},"Expected":{"X":{"Exists":false}})"},
      {"DeleteItem", key + R"j(,"ConditionExpression":"NOT (a = :v OR size(X.c) = :v)")j" + value},
      {"UpdateItem", key + R"(,"UpdateExpression":"SET X = :v")" + value},
      {"UpdateItem",
       key + R"(,"UpdateExpression":"SET X = :v","ReturnValues":"UPDATED_NEW")" + value},
      {"UpdateItem", key + R"j(,"UpdateExpression":"SET a = if_not_exists(X, :v)")j" + value},
      {"UpdateItem", key + R"(,"UpdateExpression":"REMOVE a, #x")" + name},
      {"UpdateItem", key + R"(,"AttributeUpdates":{"X":{"Action":"DELETE"}})"},
      {"Query", queried + R"j(,"FilterExpression":"attribute_not_exists(X)")j"},
      {"Query", queried + R"(,"ProjectionExpression":"X")"},
      {"Query", queried + R"(,"Select":"COUNT","QueryFilter":)" + filter},
      {"Scan", R"j("FilterExpression":"attribute_not_exists(#x.a)")j" + name},
      {"Scan", R"("AttributesToGet":["X"])"},
      {"Scan", R"("ScanFilter":)" + filter},
  };
  auto body = [](const Row& row, std::string_view attribute) {
    std::string members = row.members;
    for (size_t at = members.find('X'); at != std::string::npos; at = members.find('X')) {
      members.replace(at, 1, attribute);
    }
    return R"({"TableName":"ttt",)" + members + "}";
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.operation + " " + row.members);
    EXPECT_TRUE(IsAllowed(kOnly, row.operation, body(row, "b")));
    EXPECT_FALSE(IsAllowed(kOnly, row.operation, body(row, "secret")));
  }
  const std::string batch_get = R"({"RequestItems":{"ttt":{"Keys":[{"pk":{"S":"k"}}],)"
                                R"("ProjectionExpression":"a,)";
  EXPECT_TRUE(IsAllowed(kOnly, "BatchGetItem", batch_get + R"(b"}}})"));
  EXPECT_FALSE(IsAllowed(kOnly, "BatchGetItem", batch_get + R"(secret"}}})"));
  const std::string batch_put =
      R"({"RequestItems":{"ttt":[{"PutRequest":{"Item":{"pk":{"S":"k"},")";
  EXPECT_TRUE(IsAllowed(kOnly, "BatchWriteItem", batch_put + R"(a":{"S":"v"}}}}]}})"));
  EXPECT_FALSE(IsAllowed(kOnly, "BatchWriteItem", batch_put + R"(secret":{"S":"v"}}}}]}})"));
  // The keys are among them.
  EXPECT_FALSE(IsAllowed(R"({"ForAllValues:StringEquals":{"dynamodb:Attributes":["a"]}})",
                         "GetItem", R"({"TableName":"ttt","Key":{"pk":{"S":"k"}}})"));
}

TEST_F(AuthorisationTest, SelectTellsWhatAReadReturns) {
  Send("CreateTable",
       R"({"TableName":"ttt","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[)"
       R"({"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"g","AttributeType":"S"}],)"
       R"("KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],"GlobalSecondaryIndexes":[)"
       R"({"IndexName":"byg","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],)"
       R"("Projection":{"ProjectionType":"ALL"}}]})");
  BeUser();
  struct Row {
    std::string operation, members, select;
  };
  const std::string key = R"("Key":{"pk":{"S":"k"}})";
  const std::string index = R"("IndexName":"byg")";
  const Row rows[] = {
      {"GetItem", key, "ALL_ATTRIBUTES"},
      {"GetItem", key + R"(,"ProjectionExpression":"a")", "SPECIFIC_ATTRIBUTES"},
      {"Scan", R"("Limit":1)", "ALL_ATTRIBUTES"},
      {"Scan", R"("Select":"ALL_ATTRIBUTES")", "ALL_ATTRIBUTES"},
      {"Scan", R"("Select":"COUNT")", "COUNT"},
      {"Scan", R"("ProjectionExpression":"a")", "SPECIFIC_ATTRIBUTES"},
      {"Scan", R"("Select":"SPECIFIC_ATTRIBUTES","AttributesToGet":["a"])", "SPECIFIC_ATTRIBUTES"},
      {"Scan", index, "ALL_PROJECTED_ATTRIBUTES"},
      {"Scan", index + R"(,"Select":"ALL_ATTRIBUTES")", "ALL_ATTRIBUTES"},
      {"Scan", index + R"(,"Select":"ALL_PROJECTED_ATTRIBUTES")", "ALL_PROJECTED_ATTRIBUTES"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.operation + " " + row.members);
    const std::string body = R"({"TableName":"ttt",)" + row.members + "}";
    for (std::string_view select :
         {"ALL_ATTRIBUTES", "ALL_PROJECTED_ATTRIBUTES", "SPECIFIC_ATTRIBUTES", "COUNT"}) {
      EXPECT_EQ(IsAllowed(R"({"StringEquals":{"dynamodb:Select":")" + std::string(select) + "\"}}",
                          row.operation, body),
                select == row.select)
          << select;
    }
  }
  // Writes have none.
  EXPECT_TRUE(IsAllowed(R"({"Null":{"dynamodb:Select":"true"}})", "PutItem",
                        R"({"TableName":"ttt","Item":{"pk":{"S":"k"}}})"));
}

TEST_F(AuthorisationTest, ReturnValuesAreThoseOfFailingConditionsToo) {
  MakeTable("ttt");
  BeUser();
  const std::string update = R"({"TableName":"ttt","Key":{"pk":{"S":"k"}},)"
                             R"("UpdateExpression":"REMOVE a","ReturnValues":")";
  constexpr std::string_view kHarmless =
      R"({"StringEquals":{"dynamodb:ReturnValues":["NONE","UPDATED_OLD","UPDATED_NEW"]}})";
  for (std::string_view value : {"NONE", "UPDATED_OLD", "UPDATED_NEW"}) {
    EXPECT_TRUE(IsAllowed(kHarmless, "UpdateItem", update + std::string(value) + "\"}"));
  }
  for (std::string_view value : {"ALL_OLD", "ALL_NEW"}) {
    EXPECT_FALSE(IsAllowed(kHarmless, "UpdateItem", update + std::string(value) + "\"}"));
  }
  // NONE is what a write has that says nothing.
  const std::string put = R"({"TableName":"ttt","Item":{"pk":{"S":"k"}})";
  EXPECT_TRUE(IsAllowed(kHarmless, "PutItem", put + "}"));
  EXPECT_FALSE(IsAllowed(kHarmless, "PutItem", put + R"(,"ReturnValues":"ALL_OLD"})"));
  const std::string condition = R"j(,"ConditionExpression":"attribute_not_exists(x)",)j"
                                R"("ReturnValuesOnConditionCheckFailure":)";
  EXPECT_TRUE(IsAllowed(kHarmless, "PutItem", put + condition + R"("NONE"})"));
  EXPECT_FALSE(IsAllowed(kHarmless, "PutItem", put + condition + R"("ALL_OLD"})"));
  // Both values must be allowed where there are two.
  EXPECT_FALSE(IsAllowed(R"({"StringEquals":{"dynamodb:ReturnValues":"ALL_OLD"}})", "UpdateItem",
                         update + R"j(ALL_NEW","ConditionExpression":"attribute_not_exists(x)",)j"
                                  R"("ReturnValuesOnConditionCheckFailure":"ALL_OLD"})"));
  constexpr std::string_view kNoCapacity =
      R"({"StringEquals":{"dynamodb:ReturnConsumedCapacity":"NONE"}})";
  EXPECT_TRUE(IsAllowed(kNoCapacity, "PutItem", put + "}"));
  EXPECT_FALSE(IsAllowed(kNoCapacity, "PutItem", put + R"(,"ReturnConsumedCapacity":"TOTAL"})"));
  EXPECT_FALSE(
      IsAllowed(kNoCapacity, "Scan", R"({"TableName":"ttt","ReturnConsumedCapacity":"INDEXES"})"));
}

// A job writes what its objects hold: keys and attributes that no policy has named.
TEST_F(AuthorisationTest, ImportsIntoTablesAreNotForCallersOfSomeKeys) {
  MakeTable("ttt");
  BeUser();
  const std::string body =
      R"({"ClientToken":"t","TableName":"ttt","S3BucketSource":{"S3Bucket":"bucket"},)"
      R"("InputFormat":"DYNAMODB_JSON","Mode":"INSERT"})";
  SetPolicy({Allow("dray:*", "*"), Allow("dynamodb:*", "*", kOnlyAnn)});
  Answer denied = Send("ImportIntoTable", body, "Dray_20261122.");
  EXPECT_EQ(denied.error, "AccessDeniedException");
  EXPECT_THAT(denied.message, HasSubstr("dynamodb:PutItem"));
  SetPolicy({Allow("dray:*", "*"), Allow("dynamodb:*", "*")});
  EXPECT_EQ(Send("ImportIntoTable", body, "Dray_20261122.").status, 200);
}

// ---- tags

TEST_F(AuthorisationTest, TagsOfTheTableAndOfTheRequest) {
  MakeTable("cities");
  Send("TagResource",
       R"({"ResourceArn":")" + table_ + R"(","Tags":[{"Key":"team","Value":"red"}]})");
  BeUser();
  constexpr std::string_view kRed = R"({"StringEquals":{"aws:ResourceTag/team":"red"}})";
  constexpr std::string_view kBlue = R"({"StringEquals":{"aws:ResourceTag/team":"blue"}})";
  for (std::string_view operation : {"GetItem", "DescribeTable", "CreateBackup", "PutItem"}) {
    EXPECT_TRUE(IsAllowed(kRed, operation, BodyOf(operation))) << operation;
    EXPECT_FALSE(IsAllowed(kBlue, operation, BodyOf(operation))) << operation;
  }
  auto tag = [&](std::string_view key, std::string_view value) {
    return R"({"ResourceArn":")" + table_ + R"(","Tags":[{"Key":")" + std::string(key) +
           R"(","Value":")" + std::string(value) + "\"}]}";
  };
  constexpr std::string_view kCosts = R"({"ForAllValues:StringEquals":{"aws:TagKeys":["cost"]},)"
                                      R"("StringLike":{"aws:RequestTag/cost":"c-*"}})";
  EXPECT_TRUE(IsAllowed(kCosts, "TagResource", tag("cost", "c-1")));
  EXPECT_FALSE(IsAllowed(kCosts, "TagResource", tag("cost", "1")));
  EXPECT_FALSE(IsAllowed(kCosts, "TagResource", tag("team", "blue")));
  constexpr std::string_view kCostKey = R"({"ForAllValues:StringEquals":{"aws:TagKeys":["cost"]}})";
  const std::string untag = R"({"ResourceArn":")" + table_ + R"(","TagKeys":[)";
  EXPECT_TRUE(IsAllowed(kCostKey, "UntagResource", untag + R"("cost"]})"));
  EXPECT_FALSE(IsAllowed(kCostKey, "UntagResource", untag + R"("cost","team"]})"));
  std::string create = BodyOf("CreateTable");
  create.pop_back();
  EXPECT_FALSE(
      IsAllowed(kCosts, "CreateTable", create + R"(,"Tags":[{"Key":"team","Value":"blue"}]})"));
  EXPECT_TRUE(
      IsAllowed(kCosts, "CreateTable", create + R"(,"Tags":[{"Key":"cost","Value":"c-2"}]})"));
}

}  // namespace
}  // namespace dray::dynamodb
