// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/shape.h"

#include <gtest/gtest.h>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/page_token.h"

namespace dray::dynamodb {
namespace {

constexpr std::string_view kColours[] = {"RED", "BLUE"};
constexpr Member kElementMembers[] = {
    {.name = "AttributeName", .type = MemberType::kString, .required = true},
    {.name = "KeyType", .type = MemberType::kString, .values = kColours},
};
constexpr Shape kElement{"KeySchemaElement", kElementMembers};
constexpr Member kMembers[] = {
    {.name = "TableName",
     .type = MemberType::kTable,
     .min = 3,
     .max = 10,
     .pattern = &kTableNamePattern},
    {.name = "Count", .type = MemberType::kInteger, .min = 1, .max = 5},
    {.name = "Limit", .type = MemberType::kInteger, .min = 1, .is_value_hidden = true},
    {.name = "Colour", .type = MemberType::kString, .values = kColours},
    {.name = "Keys", .type = MemberType::kStructures, .max = 1, .shape = &kElement},
    {.name = "Inner", .type = MemberType::kStructure, .shape = &kElement},
    {.name = "When", .type = MemberType::kTimestamp},
    {.name = "Later", .refused = true},
    {.name = "Must", .type = MemberType::kBoolean, .required = true},
};
constexpr Shape kShape{"Test", kMembers};

// The error's message; "ok" when there is none.
std::string Check(std::string_view body) {
  auto document = JsonDocument::Parse(body);
  EXPECT_TRUE(document.has_value()) << body;
  base::Status status = CheckShape(document->root(), kShape);
  if (status) return "ok";
  std::string prefix = status.error().reason == reason::kSerialization ? "serialization: " : "";
  return prefix + status.error().message;
}

TEST(Shape, AcceptsWhatFitsAndIgnoresUnknownMembers) {
  EXPECT_EQ(Check(R"({"Must":true})"), "ok");
  EXPECT_EQ(Check(R"({"Must":true,"Unknown":{"x":[1]},"Count":5,"Colour":"RED","When":1.5})"),
            "ok");
  EXPECT_EQ(Check(R"({"Must":true,"Count":null})"), "ok");
}

TEST(Shape, SaysWhatAwsSaysOfEachConstraint) {
  EXPECT_EQ(Check("{}"),
            "1 validation error detected: Value null at 'must' failed to satisfy constraint: "
            "Member must not be null");
  EXPECT_EQ(Check(R"({"Must":true,"Count":6})"),
            "1 validation error detected: Value '6' at 'count' failed to satisfy constraint: "
            "Member must have value less than or equal to 5");
  EXPECT_EQ(Check(R"({"Must":true,"Limit":0})"),
            "1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member "
            "must have value greater than or equal to 1");
  EXPECT_EQ(Check(R"({"Must":true,"Colour":"PINK"})"),
            "1 validation error detected: Value 'PINK' at 'colour' failed to satisfy constraint: "
            "Member must satisfy enum value set: [RED, BLUE]");
  EXPECT_EQ(Check(R"({"Must":true,"TableName":"bad!"})"),
            "1 validation error detected: Value 'bad!' at 'tableName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+");
  EXPECT_EQ(Check(R"({"Must":true,"TableName":""})"),
            "1 validation error detected: Value '' at 'tableName' failed to satisfy constraint: "
            "Member must have length greater than or equal to 3");
  EXPECT_EQ(Check(R"({"Must":true,"Keys":[{"AttributeName":"a","KeyType":"X"}]})"),
            "1 validation error detected: Value 'X' at 'keys.1.member.keyType' failed to satisfy "
            "constraint: Member must satisfy enum value set: [RED, BLUE]");
  EXPECT_EQ(Check(R"({"Must":true,"Inner":{}})"),
            "1 validation error detected: Value null at 'inner.attributeName' failed to satisfy "
            "constraint: Member must not be null");
  EXPECT_EQ(Check(R"({"Must":true,"Keys":[{"AttributeName":"a","KeyType":"RED"},)"
                  R"({"AttributeName":"b","KeyType":"RED"}]})"),
            "1 validation error detected: Value '[KeySchemaElement(attributeName=a, keyType=RED), "
            "KeySchemaElement(attributeName=b, keyType=RED)]' at 'keys' failed to satisfy "
            "constraint: Member must have length less than or equal to 1");
}

TEST(Shape, ReportsEveryBrokenConstraintAtOnce) {
  EXPECT_EQ(Check(R"({"Must":true,"TableName":"a!","Count":0})"),
            "3 validation errors detected: Value 'a!' at 'tableName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value 'a!' at "
            "'tableName' failed to satisfy constraint: Member must have length greater than or "
            "equal to 3; Value '0' at 'count' failed to satisfy constraint: Member must have value "
            "greater than or equal to 1");
}

TEST(Shape, WrongJsonTypesAreSerializationErrors) {
  EXPECT_EQ(Check(R"({"Must":"true"})"),
            "serialization: STRING_VALUE cannot be converted to Boolean");
  EXPECT_EQ(Check(R"({"Must":true,"Count":1.5})"),
            "serialization: DECIMAL_VALUE cannot be converted to Integer");
  EXPECT_EQ(Check(R"({"Must":true,"Keys":{}})"),
            "serialization: Start of structure or map found where not expected.");
  EXPECT_EQ(Check(R"({"Must":true,"Inner":[]})"),
            "serialization: Start of list found where not expected");
  EXPECT_EQ(Check(R"({"Must":true,"When":"2024"})"),
            "serialization: STRING_VALUE cannot be converted to Date");
}

TEST(Shape, RefusesByNameOnlyWhatIsOtherwiseRight) {
  EXPECT_EQ(Check(R"({"Must":true,"Later":{}})"),
            "Later is not supported by this version of Dray: see docs/compatibility.md");
  EXPECT_EQ(Check(R"({"Must":true,"Later":null})"), "ok");
  EXPECT_EQ(Check(R"({"Later":{}})").substr(0, 29), "1 validation error detected: ");
}

TEST(Shape, TableNamesMayBeArns) {
  EXPECT_EQ(Check(R"({"Must":true,"TableName":"arn:aws:dynamodb:us-east-1:1:table/x"})"), "ok");
}

TEST(Shape, ReadsTimesAsMicroseconds) {
  auto document = JsonDocument::Parse(R"({"When":1731672000.123,"Whole":1731672000})");
  EXPECT_EQ(OptionalMicros(document->root(), "When"), 1731672000123000);
  EXPECT_EQ(OptionalMicros(document->root(), "Whole"), 1731672000000000);
  EXPECT_FALSE(OptionalMicros(document->root(), "Absent").has_value());
}

TEST(JsonView, KeepsTextAndTakesTheLastOfDuplicates) {
  auto document = JsonDocument::Parse(R"({"a":"\u00e9\n\"","a":"z","n":[1,{"b":null}]})");
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(document->root().Find("a")->string(), "z");
  std::string out;
  document->root().AppendJson(out);
  EXPECT_EQ(out, "{\"a\":\"é\\n\\\"\",\"a\":\"z\",\"n\":[1,{\"b\":null}]}");
}

TEST(PageToken, ReadsBackWhatItMadeAndNothingElse) {
  std::string arn = "arn:aws:dynamodb:us-east-1:111122223333:table/Catalog/export/1-2";
  std::string token = MakePageToken(arn);
  EXPECT_GE(token.size(), 112u);
  EXPECT_EQ(token.size() % 16, 0u);
  EXPECT_TRUE(kPageTokenPattern.matches(token));
  EXPECT_EQ(ReadPageToken(token), arn);
  EXPECT_EQ(ReadPageToken(MakePageToken("")), "");
  token[20] = token[20] == '0' ? '1' : '0';
  EXPECT_FALSE(ReadPageToken(token).has_value());
  EXPECT_FALSE(ReadPageToken("xyz").has_value());
  EXPECT_FALSE(ReadPageToken(std::string(112, '0')).has_value());
}

}  // namespace
}  // namespace dray::dynamodb
