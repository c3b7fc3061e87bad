// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <set>

#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

using ::testing::HasSubstr;

class ItemsTest : public ApiTest {
 protected:
  Answer Put(std::string_view table, std::string_view item, std::string_view more = "") {
    return Send("PutItem", R"({"TableName":")" + std::string(table) + R"(","Item":)" +
                               std::string(item) + std::string(more) + "}");
  }
  Answer Get(std::string_view table, std::string_view key, std::string_view more = "") {
    return Send("GetItem", R"({"TableName":")" + std::string(table) + R"(","Key":)" +
                               std::string(key) + std::string(more) + "}");
  }
  Answer Delete(std::string_view table, std::string_view key, std::string_view more = "") {
    return Send("DeleteItem", R"({"TableName":")" + std::string(table) + R"(","Key":)" +
                                  std::string(key) + std::string(more) + "}");
  }
  Answer Query(std::string_view condition, std::string_view values, std::string_view more = "") {
    return Send("Query", R"({"TableName":"roads","KeyConditionExpression":")" +
                             std::string(condition) + R"(","ExpressionAttributeValues":)" +
                             std::string(values) + std::string(more) + "}");
  }
  // Five items of one partition: sort keys 1 to 5.
  void MakeRoads() {
    MakeTable("roads", "N");
    for (int i = 5; i >= 1; --i) {
      std::string text = std::to_string(i);
      ASSERT_EQ(Put("roads",
                    R"({"pk":{"S":"x"},"sk":{"N":")" + text + R"("},"v":{"S":"v)" + text + R"("}})")
                    .status,
                200);
    }
  }
  // The sort keys of an answer, in order.
  static std::string SortKeys(const Answer& answer) {
    std::string out;
    const json::Value* items = answer.value.object()->Find("Items");
    if (items == nullptr) return answer.body;
    for (const json::Value& item : *items->array()) {
      out += *item.object()->Find("sk")->object()->Find("N")->string() + " ";
    }
    return out;
  }
  static std::string Member(const Answer& answer, std::string_view name) {
    std::string out;
    if (const json::Value* value = answer.value.object()->Find(name))
      json::AppendValue(*value, out);
    return out;
  }
};

TEST_F(ItemsTest, AnItemOfEveryTypeComesBack) {
  MakeTable("cities");
  const std::string item =
      R"({"pk":{"S":"a"},"n":{"N":"12345678901234567890.123456789"},"b":{"B":"AAE="},)"
      R"("t":{"BOOL":true},"z":{"NULL":true},"l":{"L":[{"S":"é\n"},{"L":[]}]},)"
      R"("m":{"M":{"x":{"M":{}}}},"ss":{"SS":["a","b"]},"ns":{"NS":["1","2"]},"bs":{"BS":["AA=="]}})";
  EXPECT_EQ(Put("cities", item).body, "{}");
  Answer got = Get("cities", R"({"pk":{"S":"a"}})", R"(,"ConsistentRead":true)");
  auto expected = json::Parse(item);
  for (const auto& [name, value] : expected->object()->members) {
    std::string text;
    json::AppendValue(value, text);
    EXPECT_THAT(got.body, HasSubstr("\"" + name + "\":" + text));
  }
}

TEST_F(ItemsTest, GetGivesNothingForAnAbsentKeyAndOnlyTheAttributesAskedFor) {
  MakeTable("cities");
  EXPECT_EQ(Get("cities", R"({"pk":{"S":"none"}})").body, "{}");
  Put("cities", R"({"pk":{"S":"a"},"x":{"S":"1"},"y":{"S":"2"}})");
  EXPECT_EQ(Get("cities", R"({"pk":{"S":"a"}})", R"(,"AttributesToGet":["y","nope"])").body,
            R"({"Item":{"y":{"S":"2"}}})");
  EXPECT_THAT(Get("cities", R"({"pk":{"S":"a"}})", R"(,"AttributesToGet":["y","y"])").message,
              HasSubstr("Duplicate value in attribute name: y"));
}

TEST_F(ItemsTest, OldItemsAreReturnedOnRequest) {
  MakeTable("cities");
  EXPECT_EQ(Put("cities", R"({"pk":{"S":"a"},"x":{"S":"1"}})", R"(,"ReturnValues":"ALL_OLD")").body,
            "{}");
  EXPECT_EQ(Put("cities", R"({"pk":{"S":"a"},"x":{"S":"2"}})", R"(,"ReturnValues":"ALL_OLD")").body,
            R"({"Attributes":{"pk":{"S":"a"},"x":{"S":"1"}}})");
  EXPECT_EQ(Delete("cities", R"({"pk":{"S":"a"}})", R"(,"ReturnValues":"ALL_OLD")").body,
            R"({"Attributes":{"pk":{"S":"a"},"x":{"S":"2"}}})");
  EXPECT_EQ(Delete("cities", R"({"pk":{"S":"a"}})", R"(,"ReturnValues":"ALL_OLD")").body, "{}");
  EXPECT_EQ(Put("cities", R"({"pk":{"S":"a"}})", R"(,"ReturnValues":"ALL_NEW")").message,
            "ReturnValues can only be ALL_OLD or NONE");
}

TEST_F(ItemsTest, CapacityIsCountedInBlocks) {
  MakeTable("cities");
  std::string big = R"({"pk":{"S":"a"},"x":{"S":")" + std::string(5000, 'x') + R"("}})";
  EXPECT_EQ(Put("cities", big, R"(,"ReturnConsumedCapacity":"TOTAL")").body,
            R"({"ConsumedCapacity":{"TableName":"cities","CapacityUnits":5.0}})");
  EXPECT_THAT(Get("cities", R"({"pk":{"S":"a"}})", R"(,"ReturnConsumedCapacity":"INDEXES")").body,
              HasSubstr(R"("CapacityUnits":1.0,"Table":{"CapacityUnits":1.0}})"));
  EXPECT_EQ(Get("cities", R"({"pk":{"S":"b"}})", R"(,"ReturnConsumedCapacity":"TOTAL")").body,
            R"({"ConsumedCapacity":{"TableName":"cities","CapacityUnits":0.5}})");
  EXPECT_EQ(Delete("cities", R"({"pk":{"S":"a"}})", R"(,"ReturnConsumedCapacity":"TOTAL")").body,
            R"({"ConsumedCapacity":{"TableName":"cities","CapacityUnits":5.0}})");
}

TEST_F(ItemsTest, WrongItemsAreRefusedInAwssWords) {
  MakeTable("roads", "N");
  struct Row {
    std::string_view item, error, message;
  };
  const Row rows[] = {
      {R"({"pk":{"S":"a"}})", "ValidationException",
       "One or more parameter values were invalid: Missing the key sk in the item"},
      {R"({"pk":{"N":"1"},"sk":{"N":"1"}})", "ValidationException",
       "One or more parameter values were invalid: Type mismatch for key pk expected: S actual: N"},
      {R"({"pk":{"S":"a"},"sk":{"N":1}})", "SerializationException",
       "NUMBER_VALUE cannot be converted to String"},
      {R"({"pk":{"S":"a"},"sk":{"N":"1"},"s":{"SS":[]}})", "ValidationException",
       "One or more parameter values were invalid: An string set  may not be empty"},
      {R"({"pk":{"S":"a"},"sk":{"N":"1"},"s":{"SS":["a","a"]}})", "ValidationException",
       "One or more parameter values were invalid: Input collection [a, a] contains duplicates."},
      {R"({"pk":{"S":"a"},"sk":{"N":"1"},"s":{"NULL":false}})", "ValidationException",
       "One or more parameter values were invalid: Null attribute value types must have the value "
       "of true"},
      {R"({"pk":{"S":"a"},"sk":{"N":"1"},"s":{}})", "ValidationException",
       "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
      {R"({"pk":{"S":"a"},"sk":{"N":"x"}})", "ValidationException",
       "The parameter cannot be converted to a numeric value: x"},
  };
  for (const Row& row : rows) {
    Answer answer = Put("roads", row.item);
    EXPECT_EQ(answer.error, row.error) << row.item;
    EXPECT_EQ(answer.message, row.message) << row.item;
  }
  std::string large = R"({"pk":{"S":"a"},"sk":{"N":"1"},"s":{"S":")" + std::string(410'000, 'x');
  EXPECT_EQ(Put("roads", large + R"("}})").message,
            "Item size has exceeded the maximum allowed size");
  EXPECT_EQ(Get("roads", R"({"pk":{"S":"a"}})").message,
            "The provided key element does not match the schema");
  EXPECT_EQ(Get("nowhere", R"({"pk":{"S":"a"}})").message, "Requested resource not found");
}

TEST_F(ItemsTest, ExpressionsAndWhatCameBeforeThemDoNotMix) {
  MakeTable("cities");
  const std::string item = R"({"pk":{"S":"a"}})";
  EXPECT_EQ(Put("cities", item, R"(,"Expected":{},"ConditionExpression":"x")").message,
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {Expected} Expression parameters: {ConditionExpression}");
  EXPECT_EQ(Put("cities", item, R"(,"ExpressionAttributeValues":{":a":{"S":"x"}})").message,
            "ExpressionAttributeValues can only be specified when using expressions: "
            "ConditionExpression is null");
  EXPECT_EQ(Get("cities", item, R"(,"ExpressionAttributeNames":{"#a":"x"})").message,
            "ExpressionAttributeNames can only be specified when using expressions");
  EXPECT_EQ(Get("cities", item, R"(,"AttributesToGet":["a"],"ProjectionExpression":"a")").message,
            "Can not use both expression and non-expression parameters in the same request: "
            "Non-expression parameters: {AttributesToGet} Expression parameters: "
            "{ProjectionExpression}");
  auto query = [&](std::string_view more) {
    return Send("Query", R"({"TableName":"cities","KeyConditions":{"pk":{"ComparisonOperator":)"
                         R"("EQ","AttributeValueList":[{"S":"a"}]}})" +
                             std::string(more) + "}");
  };
  EXPECT_EQ(
      query(R"(,"ProjectionExpression":"a","ExpressionAttributeValues":{":a":{"N":"1"}})").message,
      "ExpressionAttributeValues can only be specified when using expressions: "
      "FilterExpression and KeyConditionExpression are null");
  // KeyConditions may go with an expression that is not about the key.
  EXPECT_EQ(
      query(R"(,"FilterExpression":"a = :a","ExpressionAttributeValues":{":a":{"N":"1"}})").body,
      R"({"Items":[],"Count":0,"ScannedCount":0})");
}

TEST_F(ItemsTest, ProjectionsReachIntoItems) {
  MakeTable("cities");
  Put("cities", R"({"pk":{"S":"a"},"m":{"M":{"x":{"N":"1"},"y":{"N":"2"}}},"l":{"L":[{"S":"0"},)"
                R"({"S":"1"}]},"n":{"N":"3"}})");
  const std::string key = R"({"pk":{"S":"a"}})";
  EXPECT_EQ(Get("cities", key,
                R"(,"ProjectionExpression":"#m.x, l[1]","ExpressionAttributeNames":{"#m":"m"})")
                .body,
            R"({"Item":{"m":{"M":{"x":{"N":"1"}}},"l":{"L":[{"S":"1"}]}}})");
  EXPECT_EQ(Get("cities", key, R"(,"ProjectionExpression":"absent")").body, R"({"Item":{}})");
  EXPECT_EQ(Get("cities", key, R"(,"ProjectionExpression":"pk[0]")").message,
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
            "allowed: Key: pk");
  EXPECT_EQ(Send("BatchGetItem", R"({"RequestItems":{"cities":{"Keys":[{"pk":{"S":"a"}}],)"
                                 R"("ProjectionExpression":"#n","ExpressionAttributeNames":)"
                                 R"({"#n":"n"}}},"ReturnConsumedCapacity":"INDEXES"})")
                .body,
            R"({"Responses":{"cities":[{"n":{"N":"3"}}]},"UnprocessedKeys":{},)"
            R"("ConsumedCapacity":[{"TableName":"cities","CapacityUnits":0.5,)"
            R"("Table":{"CapacityUnits":0.5}}]})");
}

TEST_F(ItemsTest, BatchGetGivesBackWhatDoesNotFitAsItWasAsked) {
  MakeTable("cities");
  std::string keys;
  for (int i = 0; i < 45; ++i) {
    std::string key = R"({"S":"k)" + std::to_string(i) + R"("})";
    Put("cities", R"({"pk":)" + key + R"(,"x":{"S":")" + std::string(400'000, 'x') + R"("}})");
    keys += (i == 0 ? "" : ",") + (R"({"pk":)" + key + "}");
  }
  Answer answer = Send("BatchGetItem", R"({"RequestItems":{"cities":{"Keys":[)" + keys +
                                           R"(],"ConsistentRead":true,"ProjectionExpression":"#p",)"
                                           R"("ExpressionAttributeNames":{"#p":"pk"}}}})");
  const json::Value* responses = answer.value.object()->Find("Responses");
  EXPECT_EQ(responses->object()->Find("cities")->array()->size(), 42u);  // the 42nd crosses 16 MB
  EXPECT_EQ(Member(answer, "UnprocessedKeys"),
            R"({"cities":{"Keys":[{"pk":{"S":"k42"}},{"pk":{"S":"k43"}},{"pk":{"S":"k44"}}],)"
            R"("ConsistentRead":true,"ProjectionExpression":"#p",)"
            R"("ExpressionAttributeNames":{"#p":"pk"}}})");
}

TEST_F(ItemsTest, FiltersLeaveOutAndLimitCountsBefore) {
  MakeRoads();
  const std::string values = R"({":p":{"S":"x"},":v":{"S":"v2"}})";
  Answer filtered = Query("pk = :p", values, R"(,"FilterExpression":"v > :v","Limit":3)");
  EXPECT_EQ(SortKeys(filtered), "3 ");
  EXPECT_EQ(Member(filtered, "Count") + Member(filtered, "ScannedCount"), "13");
  EXPECT_EQ(Member(filtered, "LastEvaluatedKey"), R"({"pk":{"S":"x"},"sk":{"N":"3"}})");
  Answer counted = Query("pk = :p", values, R"(,"FilterExpression":"NOT v = :v","Select":"COUNT")");
  EXPECT_EQ(counted.body, R"({"Count":4,"ScannedCount":5})");
  EXPECT_EQ(
      Query("pk = :p", R"({":p":{"S":"x"},":s":{"N":"1"}})", R"(,"FilterExpression":"sk = :s")")
          .message,
      "Filter Expression can only contain non-primary key attributes: Primary key "
      "attribute: sk");
  Answer scanned = Send("Scan", R"x({"TableName":"roads","FilterExpression":"sk IN (:a, :b)",)x"
                                R"("ExpressionAttributeValues":{":a":{"N":"1"},":b":{"N":"4"}},)"
                                R"("ProjectionExpression":"sk"})");
  EXPECT_EQ(scanned.body, R"({"Items":[{"sk":{"N":"1"}},{"sk":{"N":"4"}}],"Count":2,)"
                          R"("ScannedCount":5})");
  Answer older = Send("Scan", R"({"TableName":"roads","ScanFilter":{"v":{"ComparisonOperator":)"
                              R"("EQ","AttributeValueList":[{"S":"v3"}]}},"Select":"COUNT"})");
  EXPECT_EQ(older.body, R"({"Count":1,"ScannedCount":5})");
}

TEST_F(ItemsTest, BatchesWriteAndReadSeveralTables) {
  MakeTable("cities");
  MakeTable("roads", "N");
  Answer written = Send("BatchWriteItem",
                        R"({"RequestItems":{"cities":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},)"
                        R"({"PutRequest":{"Item":{"pk":{"S":"b"}}}}],)"
                        R"("roads":[{"PutRequest":{"Item":{"pk":{"S":"a"},"sk":{"N":"1"}}}}]},)"
                        R"("ReturnConsumedCapacity":"TOTAL"})");
  EXPECT_EQ(written.body, R"({"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"cities",)"
                          R"("CapacityUnits":2.0},{"TableName":"roads","CapacityUnits":1.0}]})");
  EXPECT_EQ(Send("BatchWriteItem",
                 R"({"RequestItems":{"cities":[{"DeleteRequest":{"Key":{"pk":{"S":"a"}}}}]}})")
                .body,
            R"({"UnprocessedItems":{}})");
  Answer read = Send("BatchGetItem",
                     R"({"RequestItems":{"cities":{"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"b"}}]},)"
                     R"("roads":{"Keys":[{"pk":{"S":"a"},"sk":{"N":"1"}}],)"
                     R"("AttributesToGet":["sk"]}}})");
  EXPECT_EQ(read.body, R"({"Responses":{"cities":[{"pk":{"S":"b"}}],"roads":[{"sk":{"N":"1"}}]},)"
                       R"("UnprocessedKeys":{}})");
}

TEST_F(ItemsTest, BatchesAreChecked) {
  MakeTable("cities");
  EXPECT_EQ(Send("BatchWriteItem", R"({"RequestItems":{}})").message,
            "The requestItems parameter is required for BatchWriteItem");
  EXPECT_EQ(Send("BatchGetItem", "{}").message,
            "The requestItems parameter is required for BatchGetItem");
  EXPECT_EQ(Send("BatchWriteItem",
                 R"({"RequestItems":{"cities":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}},)"
                 R"({"DeleteRequest":{"Key":{"pk":{"S":"a"}}}}]}})")
                .message,
            "Provided list of item keys contains duplicates");
  std::string requests, keys;
  for (int i = 0; i < 101; ++i) {
    std::string key = R"({"pk":{"S":"k)" + std::to_string(i) + R"("}})";
    if (i > 0) keys += ',';
    keys += key;
    if (i < 26) requests += (i > 0 ? "," : "") + (R"({"PutRequest":{"Item":)" + key + "}}");
  }
  EXPECT_THAT(Send("BatchWriteItem", R"({"RequestItems":{"cities":[)" + requests + "]}}").message,
              HasSubstr("Member must have length less than or equal to 25"));
  EXPECT_EQ(Send("BatchGetItem", R"({"RequestItems":{"cities":{"Keys":[)" + keys + "]}}}").message,
            "1 validation error detected: Value at 'RequestItems.cities.member.Keys' failed to "
            "satisfy constraint: Member must have length less than or equal to 100");
  EXPECT_EQ(Send("BatchGetItem",
                 R"({"RequestItems":{"cities":{"Keys":[{"pk":{"S":"a"}},{"pk":{"S":"a"}}]}}})")
                .message,
            "Provided list of item keys contains duplicates");
  // One missing table: nothing of the batch is written.
  EXPECT_EQ(Send("BatchWriteItem",
                 R"({"RequestItems":{"cities":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}}],)"
                 R"("nowhere":[{"PutRequest":{"Item":{"pk":{"S":"a"}}}}]}})")
                .error,
            "ResourceNotFoundException");
  EXPECT_EQ(Get("cities", R"({"pk":{"S":"a"}})").body, "{}");
}

TEST_F(ItemsTest, QueryGoesBothWaysInPages) {
  MakeRoads();
  const std::string values = R"({":p":{"S":"x"}})";
  EXPECT_EQ(SortKeys(Query("pk = :p", values)), "1 2 3 4 5 ");
  EXPECT_EQ(SortKeys(Query("pk = :p", values, R"(,"ScanIndexForward":false)")), "5 4 3 2 1 ");
  std::string seen, more;
  int pages = 0;
  do {
    Answer page = Query("pk = :p", values, R"(,"Limit":2,"ScanIndexForward":false)" + more);
    ASSERT_EQ(page.status, 200) << page.body;
    seen += SortKeys(page);
    std::string last = Member(page, "LastEvaluatedKey");
    more = last.empty() ? "" : ",\"ExclusiveStartKey\":" + last;
    ++pages;
  } while (!more.empty());
  EXPECT_EQ(seen, "5 4 3 2 1 ");
  EXPECT_EQ(pages, 3);
  // A full page has a key to go on from even at the end.
  EXPECT_EQ(Member(Query("pk = :p", values, R"(,"Limit":5)"), "LastEvaluatedKey"),
            R"({"pk":{"S":"x"},"sk":{"N":"5"}})");
}

TEST_F(ItemsTest, QueryKeepsToItsRange) {
  MakeRoads();
  const std::string values = R"({":p":{"S":"x"},":a":{"N":"2"},":b":{"N":"4"}})";
  EXPECT_EQ(SortKeys(Query("pk = :p AND sk BETWEEN :a AND :b", values)), "2 3 4 ");
  const std::string two = R"({":p":{"S":"x"},":a":{"N":"2"}})";
  EXPECT_EQ(SortKeys(Query("pk = :p AND sk > :a", two)), "3 4 5 ");
  EXPECT_EQ(SortKeys(Query("pk = :p AND sk <= :a", two, R"(,"ScanIndexForward":false)")), "2 1 ");
  EXPECT_EQ(Query("pk = :p", R"({":p":{"S":"y"}})").body,
            R"({"Items":[],"Count":0,"ScannedCount":0})");
  EXPECT_EQ(Query("pk = :p", R"({":p":{"S":"x"}})",
                  R"(,"Select":"COUNT","ReturnConsumedCapacity":"TOTAL","ConsistentRead":true)")
                .body,
            R"({"Count":5,"ScannedCount":5,"ConsumedCapacity":{"TableName":"roads",)"
            R"("CapacityUnits":1.0}})");
}

TEST_F(ItemsTest, QueryIsChecked) {
  MakeRoads();
  const std::string values = R"({":p":{"S":"x"}})";
  EXPECT_EQ(Query("pk = :p", values, R"(,"Limit":0)").message,
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member "
            "must have value greater than or equal to 1");
  EXPECT_EQ(Query("pk = :p", values, R"(,"Select":"X")").message,
            "1 validation error detected: Value 'X' at 'select' failed to satisfy constraint: "
            "Member must satisfy enum value set: [SPECIFIC_ATTRIBUTES, COUNT, ALL_ATTRIBUTES, "
            "ALL_PROJECTED_ATTRIBUTES]");
  EXPECT_EQ(Query("pk = :p", values, R"(,"IndexName":"idx")").message,
            "The table does not have the specified index: idx");
  EXPECT_EQ(Query("pk = :p", values, R"(,"ExclusiveStartKey":{"pk":{"S":"other"},"sk":{"N":"1"}})")
                .message,
            "The provided starting key is outside query boundaries based on provided conditions");
  EXPECT_EQ(Query("pk = :p", values, R"(,"ExclusiveStartKey":{"pk":{"S":"x"}})").message,
            "The provided starting key is invalid");
  EXPECT_EQ(Query("pk = :p AND sk > :s", R"({":p":{"S":"x"},":s":{"N":"2"}})",
                  R"(,"ExclusiveStartKey":{"pk":{"S":"x"},"sk":{"N":"1"}})")
                .message,
            "The provided starting key does not match the range key predicate");
  EXPECT_THAT(Query("pk = :p", values, R"(,"Select":"SPECIFIC_ATTRIBUTES")").message,
              HasSubstr("Must specify the AttributesToGet"));
  EXPECT_EQ(Send("Query", R"({"TableName":"roads"})").message,
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the "
            "request.");
}

TEST_F(ItemsTest, ScanFindsEveryItemOnceInSegmentsAndPages) {
  MakeTable("cities");
  std::set<std::string> expected;
  for (int i = 0; i < 60; ++i) {
    std::string key = R"({"pk":{"S":"k)" + std::to_string(i) + R"("}})";
    expected.insert(key);
    ASSERT_EQ(Put("cities", key).status, 200);
  }
  for (int total : {1, 4}) {
    std::multiset<std::string> seen;
    for (int segment = 0; segment < total; ++segment) {
      std::string more;
      do {
        Answer page = Send("Scan", R"({"TableName":"cities","Limit":7,"TotalSegments":)" +
                                       std::to_string(total) + R"(,"Segment":)" +
                                       std::to_string(segment) + more + "}");
        ASSERT_EQ(page.status, 200) << page.body;
        for (const json::Value& item : *page.value.object()->Find("Items")->array()) {
          std::string text;
          json::AppendValue(item, text);
          seen.insert(text);
        }
        std::string last = Member(page, "LastEvaluatedKey");
        more = last.empty() ? "" : ",\"ExclusiveStartKey\":" + last;
      } while (!more.empty());
    }
    EXPECT_EQ(seen.size(), expected.size());
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()), expected);
  }
}

TEST_F(ItemsTest, ScanIsChecked) {
  MakeTable("cities");
  auto scan = [&](std::string_view more) {
    return Send("Scan", R"({"TableName":"cities",)" + std::string(more) + "}").message;
  };
  EXPECT_EQ(scan(R"("Segment":0)"),
            "The TotalSegments parameter is required but was not present in the request when "
            "Segment parameter is present");
  EXPECT_EQ(scan(R"("TotalSegments":4)"),
            "The Segment parameter is required but was not present in the request when parameter "
            "TotalSegments is present");
  EXPECT_EQ(scan(R"("Segment":5,"TotalSegments":5)"),
            "The Segment parameter is zero-based and must be less than parameter TotalSegments: "
            "Segment: 5 is not less than TotalSegments: 5");
  EXPECT_EQ(scan(R"("Limit":0)"),
            "1 validation error detected: Value '0' at 'limit' failed to satisfy constraint: "
            "Member must have value greater than or equal to 1");
}

}  // namespace
}  // namespace dray::dynamodb
