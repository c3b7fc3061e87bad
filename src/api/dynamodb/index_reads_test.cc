// SPDX-License-Identifier: Apache-2.0
// Items of tables with secondary indexes: what Query and Scan give of an index, and what writes
// tell of it.
#include <gmock/gmock.h>

#include <set>

#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

using item::Type;
using table::IndexKind;
using table::Projection;
using ::testing::HasSubstr;

class IndexReadsTest : public ApiTest {
 protected:
  // pk, sk; local indexes on l: "l-keys" (KEYS_ONLY), "l-all"; global ones on g: "g-keys" (with r,
  // KEYS_ONLY), "g-some" (INCLUDE i), "g-pair" (g and h, then r and q; ALL).
  void SetUp() override {
    table::TableDescriptor spec;
    spec.account = kAccount;
    spec.name = "orders";
    spec.key_schema = {{{"pk", Type::kString}}, {{"sk", Type::kString}}};
    spec.attribute_definitions = {
        {"pk", Type::kString}, {"sk", Type::kString}, {"l", Type::kString}, {"g", Type::kString},
        {"h", Type::kNumber},  {"r", Type::kNumber},  {"q", Type::kString}};
    auto add = [&](std::string_view name, IndexKind kind, item::KeySchema keys,
                   Projection::Type type, std::vector<std::string> included = {}) {
      table::IndexDescriptor index;
      index.name = name;
      index.kind = kind;
      index.key_schema = std::move(keys);
      index.projection = {type, std::move(included)};
      spec.indexes.push_back(std::move(index));
    };
    const item::KeySchema by_l{{{"pk", Type::kString}}, {{"l", Type::kString}}};
    add("l-keys", IndexKind::kLocal, by_l, Projection::Type::kKeysOnly);
    add("l-all", IndexKind::kLocal, by_l, Projection::Type::kAll);
    add("g-keys", IndexKind::kGlobal, {{{"g", Type::kString}}, {{"r", Type::kNumber}}},
        Projection::Type::kKeysOnly);
    add("g-some", IndexKind::kGlobal, {{{"g", Type::kString}}, {}}, Projection::Type::kInclude,
        {"i"});
    add("g-pair", IndexKind::kGlobal,
        {{{"g", Type::kString}, {"h", Type::kNumber}},
         {{"r", Type::kNumber}, {"q", Type::kString}}},
        Projection::Type::kAll);
    ASSERT_TRUE(tables_->Create(std::move(spec), false).has_value());
  }

  Answer Put(std::string_view sort, std::string_view attributes, std::string_view more = "") {
    return Send("PutItem", R"({"TableName":"orders","Item":{"pk":{"S":"p"},"sk":{"S":")" +
                               std::string(sort) + R"("})" + std::string(attributes) + "}" +
                               std::string(more) + "}");
  }
  // Three items in all indexes, one in none.
  void PutOrders() {
    for (int i = 1; i <= 3; ++i) {
      std::string n = std::to_string(i);
      ASSERT_EQ(Put("s" + n, R"(,"l":{"S":"l)" + std::to_string(4 - i) +
                                 R"("},"g":{"S":"G"},"h":{"N":"7"},"r":{"N":")" + n +
                                 R"("},"q":{"S":"q)" + n + R"("},"i":{"S":"i"},"big":{"S":")" +
                                 std::string(5000, 'x') + R"("})")
                    .status,
                200);
    }
    ASSERT_EQ(Put("s9", "").status, 200);
  }
  Answer Query(std::string_view index, std::string_view condition, std::string_view more = "") {
    return Send("Query", R"({"TableName":"orders","IndexName":")" + std::string(index) +
                             R"(","KeyConditionExpression":")" + std::string(condition) +
                             R"(","ReturnConsumedCapacity":"INDEXES")" + std::string(more) + "}");
  }
  Answer Scan(std::string_view index, std::string_view more = "") {
    return Send("Scan", R"({"TableName":"orders","IndexName":")" + std::string(index) + "\"" +
                            std::string(more) + "}");
  }
  static std::string SortKeys(const Answer& answer) {
    std::string out;
    const json::Value* items = answer.value.object()->Find("Items");
    if (items == nullptr) return answer.body;
    for (const json::Value& item : *items->array()) {
      const json::Value* sort = item.object()->Find("sk");
      out += sort == nullptr ? "? " : *sort->object()->Find("S")->string() + " ";
    }
    return out;
  }
  static std::string Member(const Answer& answer, std::string_view name) {
    std::string out;
    if (const json::Value* value = answer.value.object()->Find(name)) {
      json::AppendValue(*value, out);
    }
    return out;
  }
  static constexpr std::string_view kValueP = R"(,"ExpressionAttributeValues":{":v":{"S":"p"}})";
  static constexpr std::string_view kValueG = R"(,"ExpressionAttributeValues":{":v":{"S":"G"}})";
};

TEST_F(IndexReadsTest, AnIndexIsReadInItsOwnOrderAndSparse) {
  PutOrders();
  EXPECT_EQ(SortKeys(Query("l-keys", "pk = :v", kValueP)), "s3 s2 s1 ");
  EXPECT_EQ(SortKeys(Query("l-keys", "pk = :v AND l > :l",
                           R"(,"ExpressionAttributeValues":{":v":{"S":"p"},":l":{"S":"l1"}})")),
            "s2 s1 ");
  EXPECT_EQ(SortKeys(Query("g-keys", "g = :v", kValueG)), "s1 s2 s3 ");
  EXPECT_EQ(SortKeys(Query("g-keys", "g = :v AND r BETWEEN :a AND :b",
                           R"(,"ExpressionAttributeValues":{":v":{"S":"G"},":a":{"N":"2"},)"
                           R"(":b":{"N":"3"}},"ScanIndexForward":false)")),
            "s3 s2 ");
  EXPECT_EQ(Member(Scan("g-some"), "Count"), "3");
}

TEST_F(IndexReadsTest, AnIndexMayHaveSeveralKeyAttributes) {
  PutOrders();
  auto query = [&](std::string_view condition, std::string_view values) {
    return Query("g-pair", condition,
                 R"(,"ExpressionAttributeValues":{":g":{"S":"G"},)" + std::string(values) + "}");
  };
  EXPECT_EQ(SortKeys(query("g = :g AND h = :h", R"(":h":{"N":"7"})")), "s1 s2 s3 ");
  EXPECT_EQ(SortKeys(query("g = :g AND h = :h AND r = :r", R"(":h":{"N":"7"},":r":{"N":"2"})")),
            "s2 ");
  EXPECT_EQ(SortKeys(query("g = :g AND h = :h AND r = :r AND begins_with(q, :q)",
                           R"(":h":{"N":"7"},":r":{"N":"2"},":q":{"S":"q"})")),
            "s2 ");
  EXPECT_EQ(SortKeys(query("g = :g AND h = :h AND r = :r AND q = :q",
                           R"(":h":{"N":"7"},":r":{"N":"2"},":q":{"S":"q3"})")),
            "");
  EXPECT_EQ(query("g = :g AND r = :r", R"(":r":{"N":"2"})").message,
            "Query condition missed key schema element: h");
}

TEST_F(IndexReadsTest, PagesGoOnFromTheKeysOfIndexAndTable) {
  PutOrders();
  for (std::string_view index : {"l-all", "g-keys", "g-some", "g-pair"}) {
    SCOPED_TRACE(index);
    std::multiset<std::string> seen;
    std::string more;
    int pages = 0;
    do {
      Answer page = Scan(index, R"(,"Limit":1)" + more);
      ASSERT_EQ(page.status, 200) << page.body;
      if (std::string keys = SortKeys(page); !keys.empty()) seen.insert(keys);
      std::string last = Member(page, "LastEvaluatedKey");
      more = last.empty() ? "" : ",\"ExclusiveStartKey\":" + last;
      ASSERT_LT(++pages, 9);
    } while (!more.empty());
    EXPECT_EQ(seen, (std::multiset<std::string>{"s1 ", "s2 ", "s3 "}));
  }
  EXPECT_EQ(
      Member(Query("g-keys", "g = :v", std::string(kValueG) + R"(,"Limit":2)"), "LastEvaluatedKey"),
      R"({"pk":{"S":"p"},"sk":{"S":"s2"},"g":{"S":"G"},"r":{"N":"2"}})");
  EXPECT_EQ(SortKeys(Query("l-keys", "pk = :v",
                           std::string(kValueP) + R"(,"ExclusiveStartKey":{"pk":{"S":"p"},)"
                                                  R"("sk":{"S":"s2"},"l":{"S":"l2"}})")),
            "s1 ");
  // Segments share out the index's own partitions.
  size_t found = 0;
  for (int segment = 0; segment < 3; ++segment) {
    Answer part = Scan("g-some", R"(,"TotalSegments":3,"Segment":)" + std::to_string(segment));
    found += std::stoul(Member(part, "Count"));
  }
  EXPECT_EQ(found, 3u);
}

TEST_F(IndexReadsTest, ALocalIndexFetchesWhatItLacksAndAGlobalOneRefuses) {
  PutOrders();
  const std::string entries =
      R"({"TableName":"orders","CapacityUnits":0.5,"Table":{"CapacityUnits":0.0},)"
      R"("LocalSecondaryIndexes":{"l-keys":{"CapacityUnits":0.5}}})";
  Answer projected = Query("l-keys", "pk = :v", kValueP);
  EXPECT_EQ(Member(projected, "ConsumedCapacity"), entries);
  EXPECT_THAT(projected.body, HasSubstr(R"({"pk":{"S":"p"},"sk":{"S":"s3"},"l":{"S":"l1"}})"));
  const std::string fetched =
      R"({"TableName":"orders","CapacityUnits":3.5,"Table":{"CapacityUnits":3.0},)"
      R"("LocalSecondaryIndexes":{"l-keys":{"CapacityUnits":0.5}}})";
  Answer all = Query("l-keys", "pk = :v", std::string(kValueP) + R"(,"Select":"ALL_ATTRIBUTES")");
  EXPECT_EQ(Member(all, "ConsumedCapacity"), fetched);
  EXPECT_THAT(all.body, HasSubstr(R"("i":{"S":"i"},"big":)"));
  Answer some = Query("l-keys", "pk = :v", std::string(kValueP) + R"(,"ProjectionExpression":"i")");
  EXPECT_EQ(Member(some, "Items"), R"([{"i":{"S":"i"}},{"i":{"S":"i"}},{"i":{"S":"i"}}])");
  EXPECT_EQ(Member(some, "ConsumedCapacity"), fetched);
  Answer keys =
      Query("l-keys", "pk = :v", std::string(kValueP) + R"(,"ProjectionExpression":"sk")");
  EXPECT_EQ(Member(keys, "ConsumedCapacity"), entries);

  const std::string invalid = "One or more parameter values were invalid: ";
  EXPECT_EQ(
      Query("g-some", "g = :v", std::string(kValueG) + R"(,"Select":"ALL_ATTRIBUTES")").message,
      invalid +
          "Select type ALL_ATTRIBUTES is not supported for global secondary index g-some "
          "because its projection type is not ALL");
  EXPECT_EQ(Query("g-some", "g = :v", std::string(kValueG) + R"(,"ProjectionExpression":"i, big")")
                .message,
            invalid + "Global secondary index g-some does not project [big]");
  EXPECT_EQ(
      Query("g-some", "g = :v", std::string(kValueG) + R"(,"FilterExpression":"big = :v")").message,
      invalid + "Secondary index g-some does not project one or more filter attributes: [big]");
  EXPECT_EQ(Query("g-some", "g = :v", std::string(kValueG) + R"(,"ConsistentRead":true)").message,
            "Consistent reads are not supported on global secondary indexes");
  EXPECT_EQ(Query("none", "g = :v", kValueG).message,
            "The table does not have the specified index: none");
}

TEST_F(IndexReadsTest, FetchedItemsCountForThePagesMegabyte) {
  for (int i = 0; i < 8; ++i) {
    Answer put = Put("s" + std::to_string(i),
                     R"(,"l":{"S":"l"},"big":{"S":")" + std::string(190'000, 'x') + R"("})");
    ASSERT_EQ(put.status, 200) << put.body;
  }
  const std::string all = std::string(kValueP) + R"(,"Select":"ALL_ATTRIBUTES")";
  Answer first = Query("l-keys", "pk = :v", all);
  EXPECT_EQ(SortKeys(first), "s0 s1 s2 s3 s4 s5 ");
  EXPECT_EQ(Member(first, "ScannedCount"), "6");
  std::string last = Member(first, "LastEvaluatedKey");
  EXPECT_EQ(last, R"({"pk":{"S":"p"},"sk":{"S":"s5"},"l":{"S":"l"}})");
  Answer second = Query("l-keys", "pk = :v", all + R"(,"ExclusiveStartKey":)" + last);
  EXPECT_EQ(SortKeys(second), "s6 s7 ");
  EXPECT_EQ(Member(second, "LastEvaluatedKey"), "");
}

TEST_F(IndexReadsTest, StartKeysAreChecked) {
  PutOrders();
  auto start = [&](std::string_view key) {
    return Query("g-keys", "g = :v",
                 std::string(kValueG) + R"(,"ExclusiveStartKey":)" + std::string(key))
        .message;
  };
  EXPECT_EQ(start(R"({"pk":{"S":"p"},"sk":{"S":"s1"}})"), "The provided starting key is invalid");
  EXPECT_EQ(start(R"({"pk":{"S":"p"},"sk":{"S":"s1"},"g":{"S":"G"},"x":{"N":"1"}})"),
            "The provided starting key is invalid");
  EXPECT_EQ(start(R"({"pk":{"S":"p"},"sk":{"S":"s1"},"g":{"S":"G"},"r":{"S":"1"}})"),
            "The provided key element does not match the schema");
  EXPECT_EQ(start(R"({"pk":{"S":"p"},"sk":{"N":"1"},"g":{"S":"G"},"r":{"N":"1"}})"),
            "The provided starting key is invalid: The provided key element does not match the "
            "schema");
  EXPECT_EQ(start(R"({"pk":{"S":"p"},"sk":{"S":"s1"},"g":{"S":"H"},"r":{"N":"1"}})"),
            "The provided starting key is outside query boundaries based on provided conditions");
}

TEST_F(IndexReadsTest, KeysOfIndexesAreCheckedBeforeConditions) {
  PutOrders();
  const std::string mismatch =
      "One or more parameter values were invalid: Type mismatch for Index Key g Expected: S "
      "Actual: N IndexName: g-keys";
  const std::string fails = R"x(,"ConditionExpression":"attribute_exists(nothing)")x";
  EXPECT_EQ(Put("s1", R"(,"g":{"N":"1"})", fails).message, mismatch);
  EXPECT_EQ(Put("s1", R"(,"g":{"S":""})").message,
            "One or more parameter values are not valid. A value specified for a secondary index "
            "key is not supported. The AttributeValue for a key attribute cannot contain an empty "
            "string value. IndexName: g-keys, IndexKey: g");
  auto update = [&](std::string_view more) {
    return Send("UpdateItem", R"({"TableName":"orders","Key":{"pk":{"S":"p"},"sk":{"S":"s1"}},)" +
                                  std::string(more) + "}");
  };
  const std::string number = R"(,"ExpressionAttributeValues":{":v":{"N":"1"}})";
  EXPECT_EQ(update(R"("UpdateExpression":"SET g = :v")" + number + fails).message, mismatch);
  EXPECT_EQ(update(R"("UpdateExpression":"SET g.x = :v")" + number).message,
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
            "allowed: IndexKey: g");
  EXPECT_EQ(update(R"("UpdateExpression":"SET g = h")").message,
            "The update expression attempted to update the secondary index key to unsupported "
            "type");
  EXPECT_EQ(update(R"("UpdateExpression":"SET g = :v","ExpressionAttributeValues":{":v":{"S":""}})")
                .message,
            "One or more parameter values are not valid. The update expression attempted to "
            "update a secondary index key to a value that is not supported. The AttributeValue "
            "for a key attribute cannot contain an empty string value.");
}

TEST_F(IndexReadsTest, WritesTellWhatIndexesCostAndHowLargeCollectionsAre) {
  const std::string asks =
      R"(,"ReturnConsumedCapacity":"INDEXES","ReturnItemCollectionMetrics":"SIZE")";
  EXPECT_EQ(Put("s1", R"(,"l":{"S":"1"},"g":{"S":"G"},"r":{"N":"1"})", asks).body,
            R"({"ConsumedCapacity":{"TableName":"orders","CapacityUnits":5.0,)"
            R"("Table":{"CapacityUnits":1.0},)"
            R"("LocalSecondaryIndexes":{"l-all":{"CapacityUnits":1.0},)"
            R"("l-keys":{"CapacityUnits":1.0}},)"
            R"("GlobalSecondaryIndexes":{"g-keys":{"CapacityUnits":1.0},)"
            R"("g-some":{"CapacityUnits":1.0}}},)"
            R"("ItemCollectionMetrics":{"ItemCollectionKey":{"pk":{"S":"p"}},)"
            R"("SizeEstimateRangeGB":[0.0,1.0]}})");
  // The entry of g-keys moves: a delete and a put. l-all holds everything, so it changes too.
  EXPECT_EQ(
      Send("UpdateItem", R"({"TableName":"orders","Key":{"pk":{"S":"p"},"sk":{"S":"s1"}},)"
                         R"("UpdateExpression":"SET r = :r","ReturnConsumedCapacity":"INDEXES",)"
                         R"("ExpressionAttributeValues":{":r":{"N":"2"}}})")
          .body,
      R"({"ConsumedCapacity":{"TableName":"orders","CapacityUnits":4.0,)"
      R"("Table":{"CapacityUnits":1.0},)"
      R"("LocalSecondaryIndexes":{"l-all":{"CapacityUnits":1.0}},)"
      R"("GlobalSecondaryIndexes":{"g-keys":{"CapacityUnits":2.0}}}})");
  EXPECT_EQ(Send("BatchWriteItem",
                 R"({"RequestItems":{"orders":[{"DeleteRequest":{"Key":{"pk":{"S":"p"},)"
                 R"("sk":{"S":"s1"}}}},{"PutRequest":{"Item":{"pk":{"S":"p"},"sk":{"S":"s2"}}}}]},)"
                 R"("ReturnItemCollectionMetrics":"SIZE","ReturnConsumedCapacity":"TOTAL"})")
                .body,
            R"({"UnprocessedItems":{},"ItemCollectionMetrics":{"orders":[{"ItemCollectionKey":)"
            R"({"pk":{"S":"p"}},"SizeEstimateRangeGB":[0.0,1.0]}]},)"
            R"("ConsumedCapacity":[{"TableName":"orders","CapacityUnits":6.0}]})");
}

TEST_F(IndexReadsTest, ReadingAnIndexNeedsPermissionOnTheIndex) {
  authorizer_.asked.clear();
  Scan("g-some");
  Query("l-all", "pk = :v", kValueP);
  ASSERT_EQ(authorizer_.asked.size(), 2u);
  EXPECT_EQ(authorizer_.asked[0].resource,
            "arn:aws:dynamodb:us-east-1:111122223333:table/orders/index/g-some");
  EXPECT_EQ(authorizer_.asked[1].resource,
            "arn:aws:dynamodb:us-east-1:111122223333:table/orders/index/l-all");
}

}  // namespace
}  // namespace dray::dynamodb
