// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/key_condition.h"

#include <gtest/gtest.h>

namespace dray::dynamodb {
namespace {

constexpr std::string_view kValues = R"({":p":{"S":"x"}})";
constexpr std::string_view kTwo = R"({":p":{"S":"x"},":a":{"S":"b"}})";
constexpr std::string_view kThree = R"({":p":{"S":"x"},":a":{"S":"b"},":b":{"S":"d"}})";

item::KeySchema Schema(item::Type sort = item::Type::kString) {
  item::KeySchema schema;
  schema.hash = {{"pk", item::Type::kString}};
  schema.range = {{"sk", sort}};
  return schema;
}

// "pk=x" and the sort range in words, or the error.
std::string Explain(std::string_view expression, std::string_view values = kValues,
                    std::string_view names = "", const item::KeySchema& schema = Schema()) {
  auto value_document = JsonDocument::Parse(values);
  std::optional<JsonDocument> name_document;
  std::optional<JsonView> name_view;
  if (!names.empty()) {
    name_document.emplace(*JsonDocument::Parse(names));
    name_view = name_document->root();
  }
  auto terms = ParseKeyConditionExpression(expression, name_view, value_document->root());
  if (!terms) return terms.error().message;
  auto range = ResolveKeyRange(*terms, schema);
  if (!range) return range.error().message;
  std::string out = "pk=" + range->partition_key;
  const table::SortRange& sort = range->sort;
  if (sort.prefix) out += " prefix " + *sort.prefix;
  if (sort.from) out += (sort.from_inclusive ? " from " : " after ") + *sort.from;
  if (sort.to) out += (sort.to_inclusive ? " to " : " before ") + *sort.to;
  return out;
}

TEST(KeyCondition, AcceptsTheWholeGrammar) {
  struct Row {
    std::string_view expression, values, result;
  };
  const Row rows[] = {
      {"pk = :p", kValues, "pk=x"},
      {"pk=:p", kValues, "pk=x"},
      {":p = pk", kValues, "pk=x"},
      {"(pk = :p)", kValues, "pk=x"},
      {"pk = :p AND sk = :a", kTwo, "pk=x from b to b"},
      {"sk = :a and pk = :p", kTwo, "pk=x from b to b"},
      {"(pk = :p) AND (sk = :a)", kTwo, "pk=x from b to b"},
      {"(pk = :p AND (sk = :a))", kTwo, "pk=x from b to b"},
      {"pk = :p AND sk < :a", kTwo, "pk=x before b"},
      {"pk = :p AND sk <= :a", kTwo, "pk=x to b"},
      {"pk = :p AND sk > :a", kTwo, "pk=x after b"},
      {"pk = :p AND sk >= :a", kTwo, "pk=x from b"},
      {"pk = :p AND :a < sk", kTwo, "pk=x after b"},
      {"pk = :p AND begins_with(sk, :a)", kTwo, "pk=x prefix b"},
      {"pk = :p AND begins_with ( sk , :a )", kTwo, "pk=x prefix b"},
      {"pk = :p AND sk BETWEEN :a AND :b", kThree, "pk=x from b to d"},
      {"sk between :a and :b AND pk = :p", kThree, "pk=x from b to d"},
  };
  for (const Row& row : rows)
    EXPECT_EQ(Explain(row.expression, row.values), row.result) << row.expression;
}

TEST(KeyCondition, ReplacesNames) {
  EXPECT_EQ(Explain("#k = :p", kValues, R"({"#k":"pk"})"), "pk=x");
  EXPECT_EQ(Explain("#x = :p", kValues, R"({"#k":"pk"})"),
            "Invalid KeyConditionExpression: An expression attribute name used in the document "
            "path is not defined; attribute name: #x");
  EXPECT_EQ(Explain("pk = :p", kValues, R"({"#unused":"data"})"),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}");
  EXPECT_EQ(Explain("pk = :p", kTwo),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a}");
  EXPECT_EQ(Explain("pk = :q"),
            "Invalid KeyConditionExpression: An expression attribute value used in expression is "
            "not defined; attribute value: :q");
}

TEST(KeyCondition, RefusesTheRestOfTheConditionLanguage) {
  struct Row {
    std::string_view expression, message;
  };
  const std::string prefix = "Invalid KeyConditionExpression: ";
  const Row rows[] = {
      {"", "The expression can not be empty;"},
      {"  ", "The expression can not be empty;"},
      {"pk = :p OR sk = :p", "Invalid operator used in KeyConditionExpression: OR"},
      {"NOT pk = :p", "Invalid operator used in KeyConditionExpression: NOT"},
      {"pk <> :p", "Invalid operator used in KeyConditionExpression: <>"},
      {"pk IN (:p)", "Invalid operator used in KeyConditionExpression: IN"},
      {"attribute_exists(pk)", "Invalid operator used in KeyConditionExpression: attribute_exists"},
      {"frob(pk, :p)", "Invalid function name; function: frob"},
      {"((pk = :p))", "The expression has redundant parentheses;"},
      {"pk = sk",
       "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
       "condition"},
      {"name = :p", "Attribute name is a reserved keyword; reserved keyword: name"},
      {"pk.x = :p", "KeyConditionExpressions cannot have conditions on nested attributes"},
      {"pk = :p !!", "Syntax error; token: \"!\", near: \":p !!\""},
      {"pk = ", "Syntax error; token: \"<EOF>\", near: \"pk = \""},
      {"pk = :p AND", "Syntax error; token: \"<EOF>\", near: \":p AND\""},
      {"(pk = :p", "Syntax error; token: \"<EOF>\", near: \"= :p\""},
      {"pk = :p )", "Syntax error; token: \")\", near: \":p )\""},
      {"= :p", "Syntax error; token: \"=\", near: \"= :p\""},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Explain(row.expression), prefix + std::string(row.message)) << row.expression;
  }
  EXPECT_EQ(Explain(std::string(500, '(')).substr(0, 32), "Invalid KeyConditionExpression: ");
  EXPECT_EQ(
      Explain(std::string(5000, ' ') + "pk = :p"),
      prefix + "Expression size has exceeded the maximum allowed size; expression size: 5007");
}

TEST(KeyCondition, FitsTheKeySchemaOrSaysWhy) {
  EXPECT_EQ(Explain("sk = :p"), "Query condition missed key schema element: pk");
  EXPECT_EQ(Explain("pk = :p AND thing = :a", kTwo),
            "Query condition missed key schema element: sk");
  EXPECT_EQ(Explain("pk < :p"), "Query key condition not supported");
  EXPECT_EQ(Explain("pk = :p AND pk = :a", kTwo),
            "KeyConditionExpressions must only contain one condition per key");
  EXPECT_EQ(Explain("pk = :p", R"({":p":{"N":"1"}})"),
            "One or more parameter values were invalid: Condition parameter type does not match "
            "schema type");
  EXPECT_EQ(Explain("pk = :p", R"({":p":{"S":""}})"),
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk");
  EXPECT_EQ(Explain("pk = :p AND sk BETWEEN :b AND :a", kThree),
            "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be "
            "greater than or equal to lower bound; lower bound operand: AttributeValue: {S:d}, "
            "upper bound operand: AttributeValue: {S:b}");
  EXPECT_EQ(Explain("pk = :p AND begins_with(sk, :a)", R"({":p":{"S":"x"},":a":{"N":"1"}})", "",
                    Schema(item::Type::kNumber)),
            "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
            "operator or function: begins_with, operand type: N");
}

TEST(KeyCondition, LegacyConditionsMeanTheSame) {
  auto explain = [](std::string_view conditions) -> std::string {
    auto document = JsonDocument::Parse(conditions);
    auto terms = ReadKeyConditions(document->root());
    if (!terms) return terms.error().message;
    auto range = ResolveKeyRange(*terms, Schema());
    if (!range) return range.error().message;
    return range->partition_key + " " + range->sort.from.value_or("-") + " " +
           range->sort.to.value_or("-") + " " + range->sort.prefix.value_or("-");
  };
  const std::string pk = R"("pk":{"AttributeValueList":[{"S":"x"}],"ComparisonOperator":"EQ"})";
  EXPECT_EQ(explain("{" + pk + "}"), "x - - -");
  EXPECT_EQ(explain("{" + pk +
                    R"(,"sk":{"AttributeValueList":[{"S":"a"},{"S":"c"}],)"
                    R"("ComparisonOperator":"BETWEEN"}})"),
            "x a c -");
  EXPECT_EQ(explain("{" + pk +
                    R"(,"sk":{"AttributeValueList":[{"S":"a"}],)"
                    R"("ComparisonOperator":"BEGINS_WITH"}})"),
            "x - - a");
  EXPECT_EQ(explain(R"({"pk":{"AttributeValueList":[{"S":"x"}],"ComparisonOperator":"NE"}})"),
            "Attempted conditional constraint is not an indexable operation");
  EXPECT_EQ(explain(R"({"pk":{"AttributeValueList":[],"ComparisonOperator":"EQ"}})"),
            "One or more parameter values were invalid: Invalid number of argument(s) for the EQ "
            "ComparisonOperator");
  EXPECT_EQ(explain("{}"), "Conditions can be of length 1 or 2 only");
}

TEST(ReservedWords, AreFoundInAnyCase) {
  EXPECT_TRUE(IsReservedWord("name"));
  EXPECT_TRUE(IsReservedWord("Abort"));
  EXPECT_TRUE(IsReservedWord("ZONE"));
  EXPECT_FALSE(IsReservedWord("pk"));
}

}  // namespace
}  // namespace dray::dynamodb
