// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "model/expression/bound_key_condition.h"
#include "model/expression/test_request.h"

namespace dray::expression {
namespace {

item::KeySchema Schema(item::Type sort = item::Type::kString) {
  item::KeySchema schema;
  schema.hash = {{"pk", item::Type::kString}};
  schema.range = {{"sk", sort}};
  return schema;
}

item::KeySchema IndexSchema() {
  item::KeySchema schema;
  schema.hash = {{"h1", item::Type::kString}, {"h2", item::Type::kNumber}};
  schema.range = {
      {"r1", item::Type::kString}, {"r2", item::Type::kNumber}, {"r3", item::Type::kString}};
  return schema;
}

std::string TextOf(const item::ValueView& value) {
  std::string text;
  test::AppendText(value, text);
  return text;
}

constexpr std::string_view kOperators[] = {"=", "<", "<=", ">", ">=", "BETWEEN", "begins_with"};

// The selection in words, or the error.
std::string Select(std::string_view expression, std::string_view values,
                   const item::KeySchema& schema = Schema(), std::string_view names = "") {
  test::Request request(values, names);
  auto tree = Parse(Kind::kKeyCondition, expression);
  if (!tree) return tree.error().message;
  auto bound = BoundKeyCondition::Bind(*tree, request.parameters);
  if (!bound) return bound.error().message;
  auto used = request.parameters.CheckAllUsed();
  if (!used) return used.error().message;
  auto terms = bound->Terms();
  if (!terms) return terms.error().message;
  auto selection = SelectKeys(*terms, schema);
  if (!selection) return selection.error().message;
  std::string text;
  for (const auto& value : selection->hash) text += TextOf(value) + " ";
  text += "|";
  for (const auto& value : selection->range_equal) text += " " + TextOf(value);
  if (selection->range_last) {
    const KeyTerm& last = *selection->range_last;
    text += " " + std::string(kOperators[static_cast<size_t>(last.op)]) + TextOf(last.operand);
    if (last.op == KeyOperator::kBetween) text += ".." + TextOf(last.upper);
  }
  return text;
}

constexpr std::string_view kOne = "{:p: 'x'}";
constexpr std::string_view kTwo = "{:p: 'x', :a: 'b'}";
constexpr std::string_view kThree = "{:p: 'x', :a: 'b', :b: 'd'}";

TEST(KeyCondition, SelectsPartitionAndRange) {
  struct Row {
    std::string_view expression, values, result;
  };
  const Row rows[] = {
      {"pk = :p", kOne, "'x' |"},
      {":p=pk", kOne, "'x' |"},
      {"(pk = :p)", kOne, "'x' |"},
      {"pk = :p AND sk = :a", kTwo, "'x' | 'b'"},
      {"sk = :a and pk = :p", kTwo, "'x' | 'b'"},
      {"((sk = :a) AND (pk = :p))", kTwo, "'x' | 'b'"},
      {"(pk = :p AND (sk = :a))", kTwo, "'x' | 'b'"},
      {"pk = :p AND sk < :a", kTwo, "'x' | <'b'"},
      {"pk = :p AND sk <= :a", kTwo, "'x' | <='b'"},
      {"pk = :p AND sk > :a", kTwo, "'x' | >'b'"},
      {"pk = :p AND sk >= :a", kTwo, "'x' | >='b'"},
      {"pk = :p AND :a < sk", kTwo, "'x' | >'b'"},
      {"pk = :p AND :a >= sk", kTwo, "'x' | <='b'"},
      {"pk = :p AND begins_with ( sk , :a )", kTwo, "'x' | begins_with'b'"},
      {"sk between :a and :b AND pk = :p", kThree, "'x' | BETWEEN'b'..'d'"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Select(row.expression, row.values), row.result) << row.expression;
  }
  EXPECT_EQ(Select("#k = :p", kOne, Schema(), "#k=pk"), "'x' |");
}

TEST(KeyCondition, SelectsSeveralAttributesOfAnIndex) {
  auto select = [](std::string_view expression) {
    std::string values = "{";
    for (auto [name, value] : {std::pair(":s", "'x'"), {":n", "1"}, {":t", "'y'"}, {":m", "2"}}) {
      if (std::string(expression).find(name) == std::string::npos) continue;
      values += (values.size() > 1 ? ", " : "") + std::string(name) + ": " + value;
    }
    return Select(expression, values + "}", IndexSchema());
  };
  EXPECT_EQ(select("h1 = :s AND h2 = :n"), "'x' 1 |");
  EXPECT_EQ(select("h2 = :n AND h1 = :s AND r1 = :t"), "'x' 1 | 'y'");
  EXPECT_EQ(select("h1 = :s AND h2 = :n AND r1 > :t"), "'x' 1 | >'y'");
  EXPECT_EQ(select("r2 < :m AND h1 = :s AND h2 = :n AND r1 = :t"), "'x' 1 | 'y' <2");
  EXPECT_EQ(select("h1 = :s AND h2 = :n AND r1 = :t AND r2 = :m AND begins_with(r3, :t)"),
            "'x' 1 | 'y' 2 begins_with'y'");
  EXPECT_EQ(select("h1 = :s"), "Query condition missed key schema element: h2");
  EXPECT_EQ(select("h1 = :s AND h2 > :n"), "Query key condition not supported");
  EXPECT_EQ(select("h1 = :s AND h2 = :n AND r2 = :m"),
            "Query condition missed key schema element: r1");
  EXPECT_EQ(select("h1 = :s AND h2 = :n AND r1 > :t AND r2 = :m"),
            "Query key condition not supported");
  EXPECT_EQ(select("h1 = :s AND h2 = :n AND r1 = :t AND q = :m"),
            "Query condition missed key schema element: r2");
}

TEST(KeyCondition, RefusesTheRestOfTheConditionLanguage) {
  struct Row {
    std::string_view expression, values, message;
  };
  const Row rows[] = {
      {"a > b and size(b) > c or a > c", "", "Invalid operator used in KeyConditionExpression: OR"},
      {"a in (b, size(c), d)", "", "Invalid operator used in KeyConditionExpression: IN"},
      {"attribute_exists(a)", "",
       "Invalid operator used in KeyConditionExpression: attribute_exists"},
      {"contains(a.d, b)", "", "Invalid operator used in KeyConditionExpression: contains"},
      {"not a > b", "", "Invalid operator used in KeyConditionExpression: NOT"},
      {"a <> b", "", "Invalid operator used in KeyConditionExpression: <>"},
      {":p between size(b) and size(a) and b > :a", kTwo,
       "Invalid condition in KeyConditionExpression: BETWEEN operator must have the key attribute "
       "as "
       "its first operand"},
      {"begins_with(:p, b) and a > :a", kTwo,
       "Invalid condition in KeyConditionExpression: begins_with operator must have the key "
       "attribute as its first operand"},
      {"size(b) > a AND a.b > b AND b > c", "",
       "KeyConditionExpressions cannot contain nested operations"},
      {"a > size(b.d)", "", "KeyConditionExpressions cannot contain nested operations"},
      {"b > a.b", "",
       "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
       "condition"},
      {"a between b and size(a)", "",
       "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
       "condition"},
      {"begins_with(a, b)", "",
       "Invalid condition in KeyConditionExpression: Multiple attribute names used in one "
       "condition"},
      {"b.d > a AND c.d > e.f", "",
       "KeyConditionExpressions cannot have conditions on nested attributes"},
      {"b[0] > a", "", "KeyConditionExpressions cannot have conditions on nested attributes"},
      {":p > :a AND a < :p", kTwo,
       "Invalid condition in KeyConditionExpression: No key attribute specified"},
      {"b > :a AND b < :p", kTwo,
       "KeyConditionExpressions must only contain one condition per key"},
      {"(a > :p and b > :p) and (b > :p and c > :p)", kOne,
       "KeyConditionExpressions must only contain one condition per key"},
      {"", "", "Invalid KeyConditionExpression: The expression can not be empty;"},
      {"((pk = :p))", kOne,
       "Invalid KeyConditionExpression: The expression has redundant "
       "parentheses;"},
      {"name = :p", kOne,
       "Invalid KeyConditionExpression: Attribute name is a reserved keyword; reserved keyword: "
       "name"},
      {"frob(pk, :p)", kOne,
       "Invalid KeyConditionExpression: Invalid function name; function: frob"},
      {"pk = :p !!", kOne,
       "Invalid KeyConditionExpression: Syntax error; token: \"!\", near: \":p !!\""},
      {"pk = :q", kOne,
       "Invalid KeyConditionExpression: An expression attribute value used in expression is not "
       "defined; attribute value: :q"},
      {"a between :p and :a", "{:p: 1, :a: 'a'}",
       "Invalid KeyConditionExpression: The BETWEEN operator requires same data type for lower and "
       "upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: "
       "AttributeValue: {S:a}"},
      {"pk = :p", kTwo,
       "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a}"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Select(row.expression, row.values), row.message) << row.expression;
  }
}

TEST(KeyCondition, FitsTheKeySchemaOrSaysWhy) {
  EXPECT_EQ(Select("sk = :p", kOne), "Query condition missed key schema element: pk");
  EXPECT_EQ(Select("pk = :p AND thing = :a", kTwo),
            "Query condition missed key schema element: sk");
  EXPECT_EQ(Select("pk < :p", kOne), "Query key condition not supported");
  EXPECT_EQ(Select("pk = :p AND sk = :a AND c = :b", kThree),
            "Conditions can be of length 1 or 2 only");
  EXPECT_EQ(Select("pk = :p", "{:p: 1}"),
            "One or more parameter values were invalid: Condition parameter type does not match "
            "schema type");
  EXPECT_EQ(Select("pk = :p", "{:p: ''}"),
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk");
  EXPECT_EQ(
      Select("pk = :p AND begins_with(sk, :a)", "{:p: 'x', :a: 1}", Schema(item::Type::kNumber)),
      "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
      "operator or function: begins_with, operand type: N");
  item::KeySchema hash_only = Schema();
  hash_only.range.clear();
  EXPECT_EQ(Select("pk = :p AND sk = :a", kTwo, hash_only), "Query key condition not supported");
}

}  // namespace
}  // namespace dray::expression
