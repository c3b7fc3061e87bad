// SPDX-License-Identifier: Apache-2.0
// Key conditions as key ranges. The language itself is tested in model/expression.
#include "api/dynamodb/key_condition.h"

#include <gtest/gtest.h>

#include "api/dynamodb/request_parameters.h"

namespace dray::dynamodb {
namespace {

constexpr std::string_view kTwo = R"({":p":{"S":"x"},":a":{"S":"b"}})";
constexpr std::string_view kThree = R"({":p":{"S":"x"},":a":{"S":"b"},":b":{"S":"d"}})";

item::KeySchema Schema() {
  item::KeySchema schema;
  schema.hash = {{"pk", item::Type::kString}};
  schema.range = {{"sk", item::Type::kString}};
  return schema;
}

std::string Explain(const std::vector<expression::KeyTerm>& terms, const item::KeySchema& schema) {
  auto range = ResolveKeyRange(terms, schema);
  if (!range) return range.error().message;
  std::string out;
  for (const std::string& part : range->hash) out += "/" + part;
  const table::SortRange& sort = range->sort;
  for (const std::string& part : sort.equal) out += " equal " + part;
  if (sort.prefix) out += " prefix " + *sort.prefix;
  if (sort.from) out += (sort.from_inclusive ? " from " : " after ") + *sort.from;
  if (sort.to) out += (sort.to_inclusive ? " to " : " before ") + *sort.to;
  return out;
}

// The range in words, or the error.
std::string Range(std::string_view text, std::string_view values,
                  const item::KeySchema& schema = Schema()) {
  auto body = JsonDocument::Parse("{\"ExpressionAttributeValues\":" + std::string(values) + "}");
  auto request = RequestParameters::Read(body->root());
  if (!request) return request.error().message;
  auto tree = expression::Parse(expression::Kind::kKeyCondition, text);
  if (!tree) return tree.error().message;
  auto bound = expression::BoundKeyCondition::Bind(*tree, (*request)->parameters);
  if (!bound) return bound.error().message;
  auto terms = bound->Terms();
  if (!terms) return terms.error().message;
  return Explain(*terms, schema);
}

TEST(KeyCondition, BecomesBoundsOnTheSortKey) {
  struct Row {
    std::string_view expression, values, result;
  };
  const Row rows[] = {
      {"pk = :p", R"({":p":{"S":"x"}})", "/x"},
      {"pk = :p AND sk = :a", kTwo, "/x from b to b"},
      {"pk = :p AND sk < :a", kTwo, "/x before b"},
      {"pk = :p AND sk <= :a", kTwo, "/x to b"},
      {"pk = :p AND sk > :a", kTwo, "/x after b"},
      {"pk = :p AND sk >= :a", kTwo, "/x from b"},
      {"pk = :p AND :a < sk", kTwo, "/x after b"},
      {"pk = :p AND begins_with(sk, :a)", kTwo, "/x prefix b"},
      {"sk BETWEEN :a AND :b AND pk = :p", kThree, "/x from b to d"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Range(row.expression, row.values), row.result) << row.expression;
  }
}

TEST(KeyCondition, MayHaveSeveralAttributesOfAnIndex) {
  item::KeySchema schema;
  schema.hash = {{"h1", item::Type::kString}, {"h2", item::Type::kString}};
  schema.range = {{"r1", item::Type::kString}, {"r2", item::Type::kString}};
  EXPECT_EQ(Range("h1 = :p AND h2 = :a", kTwo, schema), "/x/b");
  EXPECT_EQ(Range("h1 = :p AND h2 = :a AND r1 = :b", kThree, schema), "/x/b equal d");
  EXPECT_EQ(Range("h1 = :p AND h2 = :a AND r1 > :b", kThree, schema), "/x/b after d");
  EXPECT_EQ(Range("h1 = :p AND h2 = :a AND r1 = :b AND r2 < :b", kThree, schema),
            "/x/b equal d before d");
  EXPECT_EQ(Range("h1 = :p AND h2 = :a AND r1 = :b AND r2 = :a", kThree, schema),
            "/x/b equal d from b to b");
}

TEST(KeyCondition, HasAnOlderForm) {
  auto explain = [](std::string_view conditions) -> std::string {
    auto document = JsonDocument::Parse(conditions);
    auto read = ReadKeyConditions(document->root());
    if (!read) return read.error().message;
    return Explain(read->terms, Schema());
  };
  const std::string pk = R"("pk":{"AttributeValueList":[{"S":"x"}],"ComparisonOperator":"EQ"})";
  EXPECT_EQ(explain("{" + pk + "}"), "/x");
  EXPECT_EQ(explain("{" + pk +
                    R"(,"sk":{"AttributeValueList":[{"S":"a"},{"S":"c"}],)"
                    R"("ComparisonOperator":"BETWEEN"}})"),
            "/x from a to c");
  EXPECT_EQ(explain("{" + pk +
                    R"(,"sk":{"AttributeValueList":[{"S":"a"}],)"
                    R"("ComparisonOperator":"BEGINS_WITH"}})"),
            "/x prefix a");
  EXPECT_EQ(explain(R"({"pk":{"AttributeValueList":[{"S":"x"}],"ComparisonOperator":"NE"}})"),
            "Attempted conditional constraint is not an indexable operation");
  EXPECT_EQ(explain(R"({"pk":{"AttributeValueList":[],"ComparisonOperator":"EQ"}})"),
            "One or more parameter values were invalid: Invalid number of argument(s) for the EQ "
            "ComparisonOperator");
  EXPECT_EQ(explain("{}"), "Conditions can be of length 1 or 2 only");
}

TEST(RequestParameters, NamesTheKeyOfAnInvalidValue) {
  auto read = [](std::string_view text) -> std::string {
    auto body = JsonDocument::Parse(text);
    auto request = RequestParameters::Read(body->root());
    return request ? "ok" : request.error().message;
  };
  EXPECT_EQ(read(R"({})"), "ok");
  EXPECT_EQ(read(R"({"ExpressionAttributeNames":{"#n":"x"},
                     "ExpressionAttributeValues":{":v":{"N":"1"}}})"),
            "ok");
  EXPECT_EQ(read(R"({"ExpressionAttributeNames":{}})"),
            "ExpressionAttributeNames must not be empty");
  EXPECT_EQ(read(R"({"ExpressionAttributeValues":{}})"),
            "ExpressionAttributeValues must not be empty");
  EXPECT_EQ(read(R"({"ExpressionAttributeNames":{"n":"x"},"ExpressionAttributeValues":{}})"),
            "ExpressionAttributeNames contains invalid key: Syntax error; key: \"n\"");
  EXPECT_EQ(read(R"({"ExpressionAttributeValues":{":a":{"S":"x"},":b":{"N":"y"}}})"),
            "ExpressionAttributeValues contains invalid value: The parameter cannot be converted "
            "to a numeric value: y for key :b");
  EXPECT_EQ(read(R"({"ExpressionAttributeValues":{":a":{"N":"x"},"b":{"S":"y"}}})"),
            "ExpressionAttributeValues contains invalid key: Syntax error; key: \"b\"");
}

}  // namespace
}  // namespace dray::dynamodb
