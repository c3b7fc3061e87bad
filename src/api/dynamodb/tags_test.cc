// SPDX-License-Identifier: Apache-2.0
// Tags and time to live.
#include <gmock/gmock.h>

#include "api/dynamodb/test_api.h"

namespace dray::dynamodb {
namespace {

constexpr std::string_view kArn = "arn:aws:dynamodb:us-east-1:111122223333:table/cities";

class TagsTest : public ApiTest {
 protected:
  TagsTest() { MakeTable("cities"); }
  Answer Tag(std::string_view tags, std::string_view arn = kArn) {
    return Send("TagResource", R"({"ResourceArn":")" + std::string(arn) + R"(","Tags":[)" +
                                   std::string(tags) + "]}");
  }
  Answer Untag(std::string_view keys) {
    return Send("UntagResource", R"({"ResourceArn":")" + std::string(kArn) + R"(","TagKeys":[)" +
                                     std::string(keys) + "]}");
  }
  std::string List() {
    return Send("ListTagsOfResource", R"({"ResourceArn":")" + std::string(kArn) + "\"}").body;
  }
  static std::string One(std::string_view key, std::string_view value) {
    return R"({"Key":")" + std::string(key) + R"(","Value":")" + std::string(value) + "\"}";
  }
};

TEST_F(TagsTest, AreSetReplacedAndRemoved) {
  EXPECT_EQ(List(), R"({"Tags":[]})");
  Answer tagged = Tag(One("a", "1") + "," + One("B", ""));
  EXPECT_EQ(tagged.status, 200);
  EXPECT_EQ(tagged.body, "");
  Tag(One("a", "2"));
  EXPECT_EQ(List(), R"({"Tags":[{"Key":"a","Value":"2"},{"Key":"B","Value":""}]})");
  EXPECT_EQ(Untag(R"("a","absent")").status, 200);
  EXPECT_EQ(List(), R"({"Tags":[{"Key":"B","Value":""}]})");
}

TEST_F(TagsTest, ThoseOfCreateTableNeedTheRightToTag) {
  authorizer_.asked.clear();
  Answer created =
      Send("CreateTable",
           R"({"TableName":"tagged","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":)"
           R"([{"AttributeName":"pk","AttributeType":"S"}],"KeySchema":[{"AttributeName":"pk",)"
           R"("KeyType":"HASH"}],"Tags":[{"Key":"k","Value":"v"}]})");
  ASSERT_EQ(created.status, 200) << created.body;
  ASSERT_EQ(authorizer_.asked.size(), 2u);
  EXPECT_EQ(authorizer_.asked[0].action, "dynamodb:CreateTable");
  EXPECT_EQ(authorizer_.asked[1].action, "dynamodb:TagResource");
  EXPECT_EQ(authorizer_.asked[1].resource, "arn:aws:dynamodb:us-east-1:111122223333:table/tagged");
}

TEST_F(TagsTest, RulesAreAwss) {
  struct Row {
    std::string tags;
    std::string message;
  };
  std::string long_key(129, 'k'), long_value(257, 'v');
  const Row rows[] = {
      {"", "Atleast one Tag needs to be provided as Input."},
      {One("", "v"), "The Tag Key provided is invalid, Key: "},
      {One(long_key, "v"), "The Tag Key provided is invalid, Key: " + long_key},
      {One("k", long_value), "The Tag Value provided is invalid, Value: " + long_value},
      {R"({"Key":"k"})", "The Tag Value provided is invalid, Value: null"},
      {R"({"Value":"v"})", "The Tag Key provided is invalid, Key: null"},
      {One("bad#char", "v"), "The Tag Key provided is invalid, Key: bad#char"},
      {One("k", "100%"), "The Tag Value provided is invalid, Value: 100%"},
      {One("k", "\xF0\x9F\x94\x91"), "The Tag Value provided is invalid, Value: \xF0\x9F\x94\x91"},
      {One("AWS:k", "v"), "Tag Key cannot be prefixed with aws:, Key: AWS:k"},
      {One("k", "v") + "," + One("k", "w"),
       "Duplicate Tag Keys provided as input: Duplicate Tag Key found k"},
  };
  for (const Row& row : rows) {
    Answer answer = Tag(row.tags);
    EXPECT_EQ(answer.error, "ValidationException") << row.tags;
    EXPECT_EQ(answer.message, row.message);
  }
  EXPECT_EQ(Untag("").message, "Atleast one Tag Key needs to be provided as Input.");
  EXPECT_EQ(Untag(R"("aws:k")").message, "Tag Key cannot be prefixed with aws:, Key: aws:k");
  EXPECT_EQ(List(), R"({"Tags":[]})");
  // Letters of every script, and characters, not bytes, are counted.
  std::string cyrillic;
  for (int i = 0; i < 128; ++i) cyrillic += "\xD0\xBA";
  EXPECT_EQ(Tag(One(cyrillic, "a b+c-d=e.f_g:h/i@j\xE8\xA1\xA8")).status, 200);
}

TEST_F(TagsTest, ATableHasFifty) {
  auto many = [](int from, int to) {
    std::string tags;
    for (int i = from; i < to; ++i) {
      tags += (tags.empty() ? "" : ",") + One("k" + std::to_string(i), "v");
    }
    return tags;
  };
  EXPECT_EQ(Tag(many(0, 40)).status, 200);
  EXPECT_EQ(Tag(many(39, 51)).message,
            "Number of Tags exceed the current limit for the provided ResourceArn");
  EXPECT_EQ(Tag(many(0, 51)).message,
            "Number of Tags exceed the current limit for the provided ResourceArn");
  EXPECT_EQ(Tag(many(30, 50)).status, 200);
}

TEST_F(TagsTest, ArnsAreThoseOfTables) {
  struct Row {
    std::string_view arn;
    std::string_view error;
    std::string message;
  };
  const std::string invalid = "One or more parameter values were invalid: ";
  const Row rows[] = {
      {"cities", "ValidationException", invalid + "ARNs must start with 'arn:': cities"},
      {"arn:aws:sqs:us-east-1:111122223333:table/cities", "AccessDeniedException",
       "Access is denied"},
      {"arn:aws:dynamodb:us-east-1:444455556666:table/cities", "AccessDeniedException",
       "User: arn:aws:iam::111122223333:root is not authorized to perform: dynamodb:TagResource on "
       "resource: arn:aws:dynamodb:us-east-1:444455556666:table/cities because no resource-based "
       "policy allows the dynamodb:TagResource action"},
      {"arn:aws:dynamodb:us-west-2:111122223333:table/cities", "ValidationException",
       "Invalid TableArn: Invalid ResourceArn provided as input "
       "arn:aws:dynamodb:us-west-2:111122223333:table/cities"},
      {"arn:aws:dynamodb:us-east-1:111122223333:table/cities/index/one", "ValidationException",
       invalid +
           "Invalid resource arn provided, only table or stream is accepted. Provided resource "
           "arn: arn:aws:dynamodb:us-east-1:111122223333:table/cities/index/one"},
      {"arn:aws:dynamodb:us-east-1:111122223333:queue/cities", "ValidationException",
       invalid + "Provided Arn is not a DynamoDB resource arn: "
                 "arn:aws:dynamodb:us-east-1:111122223333:queue/cities"},
      {"arn:aws:dynamodb:us-east-1:111122223333:table/nowhere", "ResourceNotFoundException",
       "Requested resource not found: ResourceArn: "
       "arn:aws:dynamodb:us-east-1:111122223333:table/nowhere not found"},
  };
  for (const Row& row : rows) {
    Answer answer = Tag(One("k", "v"), row.arn);
    EXPECT_EQ(answer.error, row.error) << row.arn;
    EXPECT_EQ(answer.message, row.message);
  }
  EXPECT_EQ(Send("ListTagsOfResource", "{}").message, "Invalid TableArn");
}

class TimeToLiveTest : public ApiTest {
 protected:
  TimeToLiveTest() { MakeTable("cities"); }
  Answer Set(bool is_enabled, std::string_view attribute) {
    return Send("UpdateTimeToLive",
                R"({"TableName":"cities","TimeToLiveSpecification":{"Enabled":)" +
                    std::string(is_enabled ? "true" : "false") + R"(,"AttributeName":")" +
                    std::string(attribute) + "\"}}");
  }
  std::string Describe() { return Send("DescribeTimeToLive", R"({"TableName":"cities"})").body; }
};

TEST_F(TimeToLiveTest, GoesOnAndOff) {
  EXPECT_EQ(Describe(), R"({"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}})");
  EXPECT_EQ(Set(true, "until").body,
            R"({"TimeToLiveSpecification":{"Enabled":true,"AttributeName":"until"}})");
  EXPECT_EQ(Describe(),
            R"({"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLING","AttributeName":"until"}})");
  ASSERT_TRUE(tables_->AdvanceIndexWork(100).has_value());
  EXPECT_EQ(Describe(),
            R"({"TimeToLiveDescription":{"TimeToLiveStatus":"ENABLED","AttributeName":"until"}})");
  EXPECT_EQ(Set(true, "until").message, "TimeToLive is already enabled");
  EXPECT_EQ(Set(true, "other").message,
            "TimeToLive is active on a different AttributeName: current AttributeName is until");
  EXPECT_EQ(Set(false, "until").status, 200);
  EXPECT_EQ(Set(false, "until").message, "TimeToLive is already disabled");
  EXPECT_EQ(Describe(), R"({"TimeToLiveDescription":{"TimeToLiveStatus":"DISABLED"}})");
}

TEST_F(TimeToLiveTest, ErrorsAreAwss) {
  EXPECT_EQ(Set(true, "").message,
            "1 validation error detected: Value '' at 'timeToLiveSpecification.attributeName' "
            "failed to satisfy constraint: Member must have length greater than or equal to 1");
  EXPECT_EQ(Send("DescribeTimeToLive", R"({"TableName":"nowhere"})").message,
            "Requested resource not found: Table: nowhere not found");
  table::TableDescriptor spec;
  spec.account = kAccount;
  spec.name = "loading";
  spec.key_schema.hash = {{"pk", item::Type::kString}};
  ASSERT_TRUE(tables_->Create(spec, /*load_later=*/true).has_value());
  EXPECT_EQ(Send("DescribeTimeToLive", R"({"TableName":"loading"})").message,
            "Cannot describe time to live while table is in CREATING state: Current table state is "
            "CREATING");
  Answer busy = Send("UpdateTimeToLive",
                     R"({"TableName":"loading","TimeToLiveSpecification":{"Enabled":true,)"
                     R"("AttributeName":"until"}})");
  EXPECT_EQ(busy.error, "ResourceInUseException");
  EXPECT_EQ(busy.message,
            "Attempt to change a resource which is still in use: Table loading is being created");
}

}  // namespace
}  // namespace dray::dynamodb
