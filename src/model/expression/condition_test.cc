// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/expression/test_request.h"

namespace dray::expression {
namespace {

using test::Holds;

constexpr std::string_view kItem =
    "{pk: 'k', s: 'banana', n: 10, b: b'hi there', t: true, z: null, l: [2, 'dog', <1, 2>, [3, "
    "4]], "
    "m: {x: 1, y: {deep: 'v'}}, ss: <'a', 'b'>, ns: <1, 5>, bs: <b'p', b'q'>, dotted.name: 'yes', "
    "f: 6, e: ''}";

TEST(Condition, ComparesByValue) {
  struct Row {
    std::string_view expression, values, holds;
  };
  const Row rows[] = {
      {"n = :v", "{:v: 10.0}", "true"},
      {"n = :v", "{:v: 1e1}", "true"},
      {"n = :v", "{:v: '10'}", "false"},
      {"n <> :v", "{:v: '10'}", "true"},
      {"n > :v", "{:v: 9}", "true"},
      {"n < :v", "{:v: 100}", "true"},
      {"n >= :v AND n <= :v", "{:v: 10}", "true"},
      {"n < :v", "{:v: 10.00000000000000000000000000000000001}", "true"},
      {"s > :v", "{:v: 'apple'}", "true"},
      {"s < :v", "{:v: 'banana_'}", "true"},
      {"s < :v", "{:v: 10}", "false"},
      {"s >= :v", "{:v: 10}", "false"},
      {"b > :v", "{:v: b'hi'}", "true"},
      {"b = :v", "{:v: 'hi there'}", "false"},
      {"t = :v", "{:v: true}", "true"},
      {"t <> :v", "{:v: false}", "true"},
      {"z = :v", "{:v: null}", "true"},
      {"ss = :v", "{:v: <'b', 'a'>}", "true"},
      {"ss = :v", "{:v: <'b'>}", "false"},
      {"ns = :v", "{:v: <5.0, 1>}", "true"},
      {"bs <> :v", "{:v: <b'q', b'p'>}", "false"},
      {"l = :v", "{:v: [2.0, 'dog', <2, 1>, [3, 4]]}", "true"},
      {"l = :v", "{:v: ['dog', 2, <2, 1>, [3, 4]]}", "false"},
      {"l = :v", "{:v: [2, 'dog', <2, 1>]}", "false"},
      {"m = :v", "{:v: {y: {deep: 'v'}, x: 1}}", "true"},
      {"m = :v", "{:v: {y: {deep: 'w'}, x: 1}}", "false"},
      {"m = :v", "{:v: {x: 1}}", "false"},
      {"m.y.deep = :v", "{:v: 'v'}", "true"},
      {"l[1] = :v", "{:v: 'dog'}", "true"},
      {"l[3][1] = :v", "{:v: 4}", "true"},
      {"l[9] = :v", "{:v: 4}", "false"},
      {"m[0] = :v", "{:v: 4}", "false"},
      {"l.x = :v", "{:v: 4}", "false"},
      {"s.x = :v", "{:v: 4}", "false"},
      {":v = n", "{:v: 10}", "true"},
      {":v < :w", "{:v: 1, :w: 2}", "true"},
      {"l < n", "", "false"},
      {"e = :v", "{:v: ''}", "true"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Holds(row.expression, kItem, row.values), row.holds)
        << row.expression << " " << row.values;
  }
}

TEST(Condition, TreatsMissingAttributesAsUnequalToEverything) {
  EXPECT_EQ(Holds("q = :v", kItem, "{:v: 1}"), "false");
  EXPECT_EQ(Holds("q <> :v", kItem, "{:v: 1}"), "true");
  EXPECT_EQ(Holds("q <> n", kItem), "true");
  EXPECT_EQ(Holds("q = r", kItem), "false");
  EXPECT_EQ(Holds("q <> r", kItem), "true");
  for (std::string_view op : {"<", "<=", ">", ">="}) {
    EXPECT_EQ(Holds("q " + std::string(op) + " :v", kItem, "{:v: 1}"), "false");
    EXPECT_EQ(Holds(":v " + std::string(op) + " q", kItem, "{:v: 1}"), "false");
  }
  EXPECT_EQ(Holds("NOT q < :v", kItem, "{:v: 1}"), "true");
  EXPECT_EQ(Holds("q BETWEEN :v AND :v", kItem, "{:v: 1}"), "false");
  EXPECT_EQ(Holds("q IN (r, :v)", kItem, "{:v: 1}"), "false");
  EXPECT_EQ(Holds("size(q) <> :v", kItem, "{:v: 1}"), "true");
  EXPECT_EQ(Holds("contains(q, :v)", kItem, "{:v: 1}"), "false");
  EXPECT_EQ(Holds("attribute_not_exists(q)", kItem), "true");
  EXPECT_EQ(Holds("attribute_not_exists(m.q)", kItem), "true");
  EXPECT_EQ(Holds("attribute_exists(z)", kItem), "true");
}

TEST(Condition, FindsNothingInAnAbsentItem) {
  EXPECT_EQ(Holds("attribute_not_exists(pk)", ""), "true");
  EXPECT_EQ(Holds("attribute_exists(pk) OR n > :v", "", "{:v: 0}"), "false");
}

TEST(Condition, KnowsBetweenAndIn) {
  EXPECT_EQ(Holds("n BETWEEN :a AND :b", kItem, "{:a: 10, :b: 20}"), "true");
  EXPECT_EQ(Holds("n BETWEEN :a AND :b", kItem, "{:a: 11, :b: 20}"), "false");
  EXPECT_EQ(Holds("s BETWEEN :a AND :b", kItem, "{:a: 'apple', :b: 'banana'}"), "true");
  EXPECT_EQ(Holds("f BETWEEN m.x AND n", kItem), "true");
  EXPECT_EQ(Holds("n BETWEEN l AND m", kItem), "false");
  EXPECT_EQ(Holds("f BETWEEN n AND :b", kItem, "{:b: 1}"), "false");
  EXPECT_EQ(Holds("n IN (:a, :b)", kItem, "{:a: 'dog', :b: 10}"), "true");
  EXPECT_EQ(Holds("l IN (:a)", kItem, "{:a: [2, 'dog', <1, 2>, [3, 4]]}"), "true");
  EXPECT_EQ(Holds("size(s) IN (f)", kItem), "true");
}

TEST(Condition, KnowsItsFunctions) {
  struct Row {
    std::string_view expression, values, holds;
  };
  const Row rows[] = {
      {"attribute_type(ss, :t)", "{:t: 'SS'}", "true"},
      {"attribute_type(z, :t)", "{:t: 'NULL'}", "true"},
      {"attribute_type(n, :t)", "{:t: 'S'}", "false"},
      {"attribute_type(q, :t)", "{:t: 'S'}", "false"},
      {"attribute_type(:t, :t)", "{:t: 'S'}", "true"},
      {"begins_with(s, :p)", "{:p: 'ban'}", "true"},
      {"begins_with(s, :p)", "{:p: ''}", "true"},
      {"begins_with(s, :p)", "{:p: 'nan'}", "false"},
      {"begins_with(b, :p)", "{:p: b'hi'}", "true"},
      {"begins_with(s, :p)", "{:p: b'ban'}", "false"},
      {"begins_with(n, :p)", "{:p: '1'}", "false"},
      {"begins_with(:p, s)", "{:p: 'bananas'}", "true"},
      {"contains(s, :e)", "{:e: 'nan'}", "true"},
      {"contains(b, :e)", "{:e: b'the'}", "true"},
      {"contains(s, :e)", "{:e: b'nan'}", "false"},
      {"contains(ss, :e)", "{:e: 'b'}", "true"},
      {"contains(ss, :e)", "{:e: 'c'}", "false"},
      {"contains(ns, :e)", "{:e: 5.0}", "true"},
      {"contains(ns, :e)", "{:e: '5'}", "false"},
      {"contains(l, :e)", "{:e: 2}", "true"},
      {"contains(l, :e)", "{:e: <2, 1>}", "true"},
      {"contains(l, :e)", "{:e: [3, 4]}", "true"},
      {"contains(m, :e)", "{:e: 'x'}", "false"},
      {"contains(ns, size(e))", "", "false"},
      {"contains(l, size(ss))", "", "true"},
      {"size(s) = f", "", "true"},
      {"size(s) = :n", "{:n: 'dog'}", "false"},
      {"size(b) = :n", "{:n: 8}", "true"},
      {"size(ss) = :n AND size(m) = :n", "{:n: 2}", "true"},
      {"size(l) > :n AND size(e) < :n", "{:n: 3}", "true"},
      {"size(n) = :n OR size(t) = :n OR size(z) = :n", "{:n: 1}", "false"},
      {"size(:v) = :n", "{:v: [1, 2], :n: 2}", "true"},
      {"size(s) < size(b)", "", "true"},
      {":n BETWEEN size(ss) AND size(l)", "{:n: 3}", "true"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Holds(row.expression, kItem, row.values), row.holds)
        << row.expression << " " << row.values;
  }
  EXPECT_EQ(Holds("size(a) = :n", "{a: '\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80'}", "{:n: 4}"),
            "true");
}

TEST(Condition, ReplacesNames) {
  EXPECT_EQ(Holds("#d = :v", kItem, "{:v: 'yes'}", "#d=dotted.name"), "true");
  EXPECT_EQ(Holds("#m.#y.#d = :v", kItem, "{:v: 'v'}", "#m=m #y=y #d=deep"), "true");
  EXPECT_EQ(
      Holds("#q = :v", kItem, "{:v: 'v'}", "#m=m"),
      "Invalid ConditionExpression: An expression attribute name used in the document path is "
      "not defined; attribute name: #q");
  EXPECT_EQ(Holds("#missing = :fv", kItem, "{:fv: 'x'}", "", Kind::kFilter),
            "Invalid FilterExpression: An expression attribute name used in the document path is "
            "not defined; attribute name: #missing");
  EXPECT_EQ(Holds("s = :w", kItem, "{:v: 'v'}"),
            "Invalid ConditionExpression: An expression attribute value used in expression is not "
            "defined; attribute value: :w");
}

TEST(Condition, InsistsThatAllNamesAndValuesAreUsed) {
  EXPECT_EQ(Holds("s = :v", kItem, "{:v: 'v'}", "#unused=x"),
            "Value provided in ExpressionAttributeNames unused in expressions: keys: {#unused}");
  EXPECT_EQ(Holds("s = :v", kItem, "{:v: 'v', :unused: 1}"),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:unused}");
  // Both sides of an OR count, evaluated or not. Several keys: in the order of a Java HashSet.
  EXPECT_EQ(Holds("n = :a OR n = :b", kItem, "{:a: 10, :b: 1}"), "true");
  EXPECT_EQ(Holds("s = :v", kItem, "{:v: 'v', :b: 1, :a: 1}"),
            "Value provided in ExpressionAttributeValues unused in expressions: keys: {:a, :b}");
}

TEST(Condition, ChecksOperandTypesWhereTheRequestTellsThem) {
  const std::string prefix = "Invalid ConditionExpression: ";
  const std::string type =
      "Incorrect operand type for operator or function; operator or function: ";
  struct Row {
    std::string_view expression, values;
    std::string error;
  };
  const Row rows[] = {
      {"n < :v", "{:v: [1]}", type + "<, operand type: L"},
      {":v >= n", "{:v: true}", type + ">=, operand type: BOOL"},
      {"n BETWEEN :v AND :w", "{:v: <1>, :w: <2>}", type + "BETWEEN, operand type: NS"},
      {"begins_with(s, :v)", "{:v: 1}", type + "begins_with, operand type: N"},
      {"begins_with(:v, s)", "{:v: null}", type + "begins_with, operand type: NULL"},
      {"begins_with(s, size(n)) AND n = :v", "{:v: 1}", type + "begins_with, operand type: N"},
      {"size(:v) > n", "{:v: true}", type + "size, operand type: BOOL"},
      {"size(size(s)) > :v", "{:v: 1}", type + "size, operand type: N"},
      {"attribute_type(s, :v)", "{:v: 1}", type + "attribute_type, operand type: N"},
      {"attribute_type(s, :v)", "{:v: 'DOG'}",
       "Invalid attribute type name found; type: DOG, valid types: "
       "{N,BS,L,B,NULL,M,S,SS,NS,BOOL}"},
      {"attribute_exists(:v)", "{:v: 1}",
       "Operator or function requires a document path; operator or function: attribute_exists"},
      {"attribute_not_exists(size(:v))", "{:v: 'x'}",
       "Operator or function requires a document path; operator or function: "
       "attribute_not_exists"},
      {"n BETWEEN :v AND :w", "{:v: 2, :w: 'dog'}",
       "The BETWEEN operator requires same data type for lower and upper bounds; lower bound "
       "operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {S:dog}"},
      {"n BETWEEN :v AND :w", "{:v: 2, :w: 1}",
       "The BETWEEN operator requires upper bound to be greater than or equal to lower bound; "
       "lower bound operand: AttributeValue: {N:2}, upper bound operand: AttributeValue: {N:1}"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Holds(row.expression, kItem, row.values), prefix + row.error) << row.expression;
  }
}

TEST(Condition, RefusesTheSamePathTwiceInOneOperator) {
  const std::string prefix =
      "Invalid ConditionExpression: The first operand must be distinct from the remaining operands "
      "for this operator or function; operator: ";
  struct Row {
    std::string_view expression, operand;
  };
  const Row rows[] = {
      {"a = a", "=, first operand: [a]"},
      {"#a <> a", "<>, first operand: [a]"},
      {"((a=a) OR (a=b))", "=, first operand: [a]"},
      {"contains(ab.bc[1].a, ab.bc[1].#a)", "contains, first operand: [ab, bc, [1], a]"},
      {"begins_with(a.b, a.b)", "begins_with, first operand: [a, b]"},
      {"a IN (b, a)", "IN, first operand: [a]"},
      {"a BETWEEN b AND a", "BETWEEN, first operand: [a]"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Holds(row.expression, kItem, "", "#a=a"), prefix + std::string(row.operand));
  }
  EXPECT_EQ(Holds(":a = :a", kItem, "{:a: 1}"), "true");
  EXPECT_EQ(Holds("n BETWEEN m.x AND m.x", kItem), "false");
}

TEST(Condition, LimitsPathsAndLists) {
  std::string path = "a";
  for (int i = 0; i < 31; ++i) path += ".b";
  EXPECT_EQ(Holds("attribute_exists(" + path + ")", kItem), "false");
  EXPECT_EQ(Holds("attribute_exists(" + path + "[0])", kItem),
            "Invalid ConditionExpression: The document path has too many nesting levels; nesting "
            "levels: 33");
  auto in = [](int count) {
    std::string values = "{";
    std::string list;
    for (int i = 0; i < count; ++i) {
      values += (i > 0 ? ", :v" : ":v") + std::to_string(i) + ": " + std::to_string(i);
      list += (i > 0 ? ", :v" : ":v") + std::to_string(i);
    }
    return Holds("n IN (" + list + ")", kItem, values + "}");
  };
  EXPECT_EQ(in(100), "true");
  EXPECT_EQ(in(101),
            "Invalid ConditionExpression: The IN operator is provided with too many operands; "
            "number of operands: 101");
}

TEST(Parameters, AreChecked) {
  auto names = [](std::string placeholder, std::string attribute) {
    Parameters parameters;
    auto status = parameters.SetNames({{std::move(placeholder), std::move(attribute)}});
    return status ? std::string() : status.error().message;
  };
  EXPECT_EQ(names("#a_9", "x"), "");
  EXPECT_EQ(names("a", "a"),
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"a\"");
  EXPECT_EQ(names("#", "a"),
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#\"");
  EXPECT_EQ(names("#a-b", "a"),
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"#a-b\"");
  EXPECT_EQ(names("#a", ""),
            "ExpressionAttributeNames contains invalid value: Empty attribute name for key #a");
  EXPECT_EQ(names("#" + std::string(254, 'a'), "a"), "");
  EXPECT_EQ(names("#" + std::string(255, 'a'), "a"),
            "ExpressionAttributeNames contains invalid key: The expression attribute map contains "
            "a key that is too long; size of key: 256");
  Parameters parameters;
  EXPECT_EQ(parameters.SetNames({}).error().message, "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(parameters.SetValues(item::MapView()).error().message,
            "ExpressionAttributeValues must not be empty");
  std::string values = test::Encode("{v: 1}");
  EXPECT_EQ(parameters.SetValues(item::ItemView(values).attributes()).error().message,
            "ExpressionAttributeValues contains invalid key: Syntax error; key: \"v\"");
}

TEST(AttributeUse, TellsWhatAnExpressionTouches) {
  test::Request request("{:v: 1}", "#n=name");
  auto tree = Parse(Kind::kFilter, "pk = :v AND (attribute_exists(m.x) OR size(#n) > :v)");
  auto condition = BoundCondition::Bind(*tree, request.parameters);
  ASSERT_TRUE(condition);
  std::string text;
  for (const AttributeUse& use : condition->attribute_uses()) {
    text += std::string(use.attribute) + (use.is_nested ? "+ " : " ");
  }
  EXPECT_EQ(text, "pk m+ name ");
  item::KeySchema schema;
  schema.hash = {{"pk", item::Type::kString}};
  EXPECT_EQ(CheckFilterWithoutKeys(condition->attribute_uses(), schema).error().message,
            "Filter Expression can only contain non-primary key attributes: Primary key attribute: "
            "pk");
  EXPECT_TRUE(CheckKeysScalar(condition->attribute_uses(), schema));
  schema.hash = {{"m", item::Type::kString}};
  EXPECT_EQ(CheckKeysScalar(condition->attribute_uses(), schema, "IndexKey").error().message,
            "Key attributes must be scalars; list random access '[]' and map lookup '.' are not "
            "allowed: IndexKey: m");
}

}  // namespace
}  // namespace dray::expression
