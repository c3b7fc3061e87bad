// SPDX-License-Identifier: Apache-2.0
// PutItem, DeleteItem and UpdateItem with expressions, and with the parameters from before them.
#include <gmock/gmock.h>

#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

using ::testing::HasSubstr;

class ItemWritesTest : public ApiTest {
 protected:
  void SetUp() override { MakeTable("cities"); }

  Answer Write(std::string_view operation, std::string_view members) {
    return Send(operation, R"({"TableName":"cities",)" + std::string(members) + "}");
  }
  Answer Put(std::string_view item, std::string_view more = "") {
    return Write("PutItem", R"("Item":)" + std::string(item) + std::string(more));
  }
  Answer Update(std::string_view more) {
    return Write("UpdateItem", R"("Key":{"pk":{"S":"a"}},)" + std::string(more));
  }
  std::string Item() {
    return Write("GetItem", R"("Key":{"pk":{"S":"a"}},"ConsistentRead":true)").body;
  }
};

TEST_F(ItemWritesTest, AConditionDecidesWhetherAnItemIsPutOrDeleted) {
  const std::string is_new = R"x(,"ConditionExpression":"attribute_not_exists(pk)")x";
  EXPECT_EQ(Put(R"({"pk":{"S":"a"},"n":{"N":"1"}})", is_new).body, "{}");
  Answer second = Put(R"({"pk":{"S":"a"},"n":{"N":"2"}})", is_new);
  EXPECT_EQ(second.body,
            R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException",)"
            R"("message":"The conditional request failed"})");
  EXPECT_EQ(second.status, 400);
  const std::string key = R"("Key":{"pk":{"S":"a"}},"ConditionExpression":"#n = :n",)"
                          R"("ExpressionAttributeNames":{"#n":"n"},)"
                          R"("ReturnValuesOnConditionCheckFailure":"ALL_OLD",)";
  Answer kept = Write("DeleteItem", key + R"("ExpressionAttributeValues":{":n":{"N":"7"}})");
  EXPECT_EQ(kept.error, "ConditionalCheckFailedException");
  EXPECT_THAT(kept.body, HasSubstr(R"("Item":{"pk":{"S":"a"},"n":{"N":"1"}}})"));
  EXPECT_EQ(Item(), R"({"Item":{"pk":{"S":"a"},"n":{"N":"1"}}})");
  EXPECT_EQ(Write("DeleteItem", key + R"("ExpressionAttributeValues":{":n":{"N":"1"}})").body,
            "{}");
  // Nothing is there to be returned now.
  Answer gone = Write("DeleteItem", key + R"("ExpressionAttributeValues":{":n":{"N":"1"}})");
  EXPECT_EQ(gone.error, "ConditionalCheckFailedException");
  EXPECT_EQ(gone.value.object()->Find("Item"), nullptr);
}

TEST_F(ItemWritesTest, UpdateReturnsWhatItIsAskedFor) {
  const std::string update = R"("UpdateExpression":"SET m.x = :v, n = n + :one REMOVE gone",)"
                             R"("ExpressionAttributeValues":{":v":{"S":"new"},":one":{"N":"1"}})";
  struct Row {
    std::string_view returns, attributes;
  };
  const Row rows[] = {
      {"NONE", ""},
      {"ALL_OLD", R"({"pk":{"S":"a"},"n":{"N":"1"},"m":{"M":{"x":{"S":"old"},"y":{"S":"y"}}},)"
                  R"("gone":{"S":"g"}})"},
      {"UPDATED_OLD", R"({"n":{"N":"1"},"m":{"M":{"x":{"S":"old"}}},"gone":{"S":"g"}})"},
      {"ALL_NEW", R"({"pk":{"S":"a"},"n":{"N":"2"},"m":{"M":{"x":{"S":"new"},"y":{"S":"y"}}}})"},
      {"UPDATED_NEW", R"({"n":{"N":"2"},"m":{"M":{"x":{"S":"new"}}}})"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.returns);
    Put(R"({"pk":{"S":"a"},"n":{"N":"1"},"m":{"M":{"x":{"S":"old"},"y":{"S":"y"}}},)"
        R"("gone":{"S":"g"}})");
    std::string expected =
        row.attributes.empty() ? "{}" : R"({"Attributes":)" + std::string(row.attributes) + "}";
    EXPECT_EQ(Update(update + R"(,"ReturnValues":")" + std::string(row.returns) + "\"").body,
              expected);
  }
  EXPECT_EQ(Item(), R"({"Item":{"pk":{"S":"a"},"n":{"N":"2"},"m":{"M":{"x":{"S":"new"},)"
                    R"("y":{"S":"y"}}}}})");
}

TEST_F(ItemWritesTest, UpdateMakesTheItemThatIsNotThere) {
  EXPECT_EQ(Update(R"("ReturnValues":"ALL_OLD")").body, "{}");
  EXPECT_EQ(Item(), R"({"Item":{"pk":{"S":"a"}}})");
  Write("DeleteItem", R"("Key":{"pk":{"S":"a"}})");
  EXPECT_EQ(Update(R"("UpdateExpression":"ADD n :one","ReturnValues":"UPDATED_NEW",)"
                   R"("ExpressionAttributeValues":{":one":{"N":"1"}})")
                .body,
            R"({"Attributes":{"n":{"N":"1"}}})");
  EXPECT_EQ(Update(R"("UpdateExpression":"SET x = :v","ReturnValues":"UPDATED_OLD",)"
                   R"("ExpressionAttributeValues":{":v":{"N":"1"}})")
                .body,
            "{}");
  Write("DeleteItem", R"("Key":{"pk":{"S":"a"}})");
  EXPECT_EQ(Update(R"("UpdateExpression":"REMOVE n","ReturnValues":"ALL_NEW")").body, "{}");
  EXPECT_EQ(Item(), "{}");
}

TEST_F(ItemWritesTest, UpdateIsConditional) {
  const std::string members = R"("UpdateExpression":"SET n = :n","ConditionExpression":"n < :n",)"
                              R"("ReturnValuesOnConditionCheckFailure":"ALL_OLD",)";
  Put(R"({"pk":{"S":"a"},"n":{"N":"5"}})");
  EXPECT_EQ(Update(members + R"("ExpressionAttributeValues":{":n":{"N":"9"}})").body, "{}");
  Answer lower = Update(members + R"("ExpressionAttributeValues":{":n":{"N":"7"}})");
  EXPECT_EQ(lower.error, "ConditionalCheckFailedException");
  EXPECT_THAT(lower.body, HasSubstr(R"("Item":{"pk":{"S":"a"},"n":{"N":"9"}})"));
  EXPECT_EQ(Item(), R"({"Item":{"pk":{"S":"a"},"n":{"N":"9"}}})");
}

TEST_F(ItemWritesTest, WrongUpdatesAreRefusedInAwssWords) {
  Put(R"({"pk":{"S":"a"},"s":{"S":"x"}})");
  const std::string value = R"(,"ExpressionAttributeValues":{":v":{"N":"1"}})";
  struct Row {
    std::string members, message;
  };
  const Row rows[] = {
      {R"("UpdateExpression":"SET pk = :v")" + value,
       "One or more parameter values were invalid: Cannot update attribute pk. This attribute is "
       "part of the key"},
      {R"("UpdateExpression":"SET pk.x = :v")" + value,
       "One or more parameter values were invalid: Cannot update attribute pk. This attribute is "
       "part of the key"},
      {R"("UpdateExpression":"SET n = :v","ConditionExpression":"pk.x = :v")" + value,
       "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
       "allowed: Key: pk"},
      {R"("UpdateExpression":"")", "Invalid UpdateExpression: The expression can not be empty;"},
      {R"("UpdateExpression":"SET s = s + :v")" + value,
       "An operand in the update expression has an incorrect data type"},
      {R"("UpdateExpression":"SET n = :w")" + value,
       "Invalid UpdateExpression: An expression attribute value used in expression is not "
       "defined; attribute value: :w"},
      {R"("UpdateExpression":"REMOVE n")" + value,
       "Value provided in ExpressionAttributeValues unused in expressions: keys: {:v}"},
      {R"("ReturnValues":"NONE")" + value,
       "ExpressionAttributeValues can only be specified when using expressions: UpdateExpression "
       "and ConditionExpression are null"},
      {R"("ExpressionAttributeNames":{"#a":"b"})",
       "ExpressionAttributeNames can only be specified when using expressions"},
      {R"("UpdateExpression":"SET n = :v","AttributeUpdates":{})" + value,
       "Can not use both expression and non-expression parameters in the same request: "
       "Non-expression parameters: {AttributeUpdates} Expression parameters: {UpdateExpression}"},
      {R"("UpdateExpression":"SET n = :v","ExpressionAttributeValues":{":v":{"N":"x"}})",
       "ExpressionAttributeValues contains invalid value: The parameter cannot be converted to a "
       "numeric value: x for key :v"},
      {R"("UpdateExpression":"SET n = :v","ExpressionAttributeValues":{":v":{"S":")" +
           std::string(409'600, 'x') + R"("}})",
       "Item size to update has exceeded the maximum allowed size"},
  };
  for (const Row& row : rows) {
    Answer answer = Update(row.members);
    EXPECT_EQ(answer.error, "ValidationException") << row.message;
    EXPECT_EQ(answer.message, row.message);
  }
  EXPECT_EQ(Item(), R"({"Item":{"pk":{"S":"a"},"s":{"S":"x"}}})");
}

TEST_F(ItemWritesTest, ExpectedIsACondition) {
  const std::string item = R"({"pk":{"S":"a"},"n":{"N":"5"},"s":{"S":"hello"}})";
  struct Row {
    std::string_view expected;
    bool holds;
    std::string_view more = {};
  };
  const Row rows[] = {
      {R"({"pk":{"Exists":false}})", false},
      {R"({"x":{"Exists":false}})", true},
      {R"({"n":{"Value":{"N":"5"}}})", true},
      {R"({"n":{"Value":{"N":"5"},"Exists":true}})", true},
      {R"({"n":{"ComparisonOperator":"NE","AttributeValueList":[{"N":"5"}]}})", false},
      {R"({"x":{"ComparisonOperator":"NE","AttributeValueList":[{"N":"5"}]}})", true},
      {R"({"n":{"ComparisonOperator":"GE","Value":{"N":"5"}}})", true},
      {R"({"n":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"},{"N":"4"}]}})",
       false},
      {R"({"n":{"ComparisonOperator":"IN","AttributeValueList":[{"N":"1"},{"N":"5"}]}})", true},
      {R"({"n":{"ComparisonOperator":"NULL"}})", false},
      {R"({"n":{"ComparisonOperator":"NOT_NULL"}})", true},
      {R"({"s":{"ComparisonOperator":"BEGINS_WITH","AttributeValueList":[{"S":"hel"}]}})", true},
      {R"({"s":{"ComparisonOperator":"CONTAINS","AttributeValueList":[{"S":"xx"}]}})", false},
      {R"({"s":{"ComparisonOperator":"NOT_CONTAINS","AttributeValueList":[{"S":"xx"}]}})", true},
      {R"({"x":{"ComparisonOperator":"NOT_CONTAINS","AttributeValueList":[{"S":"xx"}]}})", false},
      {R"({"n":{"Value":{"N":"5"}},"s":{"Value":{"S":"no"}}})", false},
      {R"({"n":{"Value":{"N":"5"}},"s":{"Value":{"S":"no"}}})", true,
       R"(,"ConditionalOperator":"OR")"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.expected);
    Put(item);
    Answer answer =
        Put(item, R"(,"Expected":)" + std::string(row.expected) + std::string(row.more));
    EXPECT_EQ(answer.error, row.holds ? "" : "ConditionalCheckFailedException") << answer.message;
  }
}

TEST_F(ItemWritesTest, AttributeUpdatesAreAnUpdate) {
  Put(R"({"pk":{"S":"a"},"n":{"N":"5"},"ss":{"SS":["a","b"]},"l":{"L":[{"N":"1"}]},"gone":{"S":"x"}})");
  EXPECT_EQ(Update(R"("AttributeUpdates":{"n":{"Action":"ADD","Value":{"N":"2"}},)"
                   R"("ss":{"Action":"DELETE","Value":{"SS":["a"]}},)"
                   R"("l":{"Action":"ADD","Value":{"L":[{"N":"2"}]}},"gone":{"Action":"DELETE"},)"
                   R"("new":{"Value":{"S":"v"}}},"ReturnValues":"ALL_NEW")")
                .body,
            R"({"Attributes":{"pk":{"S":"a"},"n":{"N":"7"},"ss":{"SS":["b"]},)"
            R"("l":{"L":[{"N":"1"},{"N":"2"}]},"new":{"S":"v"}}})");
  auto refused = [&](std::string_view updates) {
    return Update(R"("AttributeUpdates":)" + std::string(updates)).message;
  };
  EXPECT_EQ(refused(R"({"new":{"Action":"ADD","Value":{"N":"1"}}})"),
            "Type mismatch for attribute to update");
  EXPECT_EQ(refused(R"({"new":{"Action":"PUT"}})"),
            "One or more parameter values were invalid: Only DELETE action is allowed when no "
            "attribute value is specified");
  EXPECT_EQ(refused(R"({"new":{"Action":"DELETE","Value":{"S":"x"}}})"),
            "One or more parameter values were invalid: DELETE action with value is not supported "
            "for the type S");
  EXPECT_EQ(refused(R"({"pk":{"Value":{"S":"x"}}})"),
            "One or more parameter values were invalid: Cannot update attribute pk. This "
            "attribute is part of the key");
}

TEST_F(ItemWritesTest, WrongOlderParametersAreRefusedInAwssWords) {
  const std::string invalid = "One or more parameter values were invalid: ";
  struct Row {
    std::string members, message;
  };
  const Row rows[] = {
      {R"("ConditionalOperator":"AND")",
       "ConditionalOperator cannot be used without Filter or Expected"},
      {R"("Expected":{"n":{"Exists":false}},"ConditionalOperator":"AND")",
       "ConditionalOperator can only be used when Filter or Expected has two or more elements"},
      {R"("Expected":{"n":{}})",
       invalid + "Value must be provided when Exists is null for Attribute: n"},
      {R"("Expected":{"n":{"Exists":false,"Value":{"N":"1"}}})",
       invalid + "Value cannot be used when Exists is false for Attribute: n"},
      {R"("Expected":{"n":{"ComparisonOperator":"EQ"}})",
       invalid + "Value or AttributeValueList must be used with ComparisonOperator: EQ for "
                 "Attribute: n"},
      {R"("Expected":{"n":{"ComparisonOperator":"BETWEEN","AttributeValueList":[{"N":"1"}]}})",
       invalid + "Invalid number of argument(s) for the BETWEEN ComparisonOperator"},
      {R"("Expected":{"n":{"ComparisonOperator":"BETWEEN","AttributeValueList":)"
       R"([{"N":"2"},{"N":"1"}]}})",
       "The BETWEEN condition was provided a range where the lower bound is greater than the "
       "upper bound"},
      {R"("Expected":{"n":{"ComparisonOperator":"LT","AttributeValueList":[{"BOOL":true}]}})",
       invalid + "ComparisonOperator LT is not valid for BOOL AttributeValue type"},
      {R"("Expected":{"n":{"ComparisonOperator":"IN","AttributeValueList":[{"N":"1"},{"S":"1"}]}})",
       invalid + "AttributeValues inside AttributeValueList must be of same type"},
      {R"("Expected":{"n":{"AttributeValueList":[{"N":"1"}]}})",
       invalid + "AttributeValueList can only be used with a ComparisonOperator for Attribute: n"},
  };
  for (const Row& row : rows) EXPECT_EQ(Update(row.members).message, row.message);
  EXPECT_EQ(Update(R"("AttributeUpdates":{"n":{"Action":"X"}})").message,
            "1 validation error detected: Value 'X' at 'attributeUpdates.n.member.action' failed "
            "to satisfy constraint: Member must satisfy enum value set: [ADD, DELETE, PUT]");
  EXPECT_EQ(Update(R"("Expected":{"":{"Exists":false}})").message,
            invalid + "Empty attribute name");
}

}  // namespace
}  // namespace dray::dynamodb
