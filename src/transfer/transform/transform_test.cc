// SPDX-License-Identifier: Apache-2.0
#include "transfer/transform/transform.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "format/dynamodb_json/dynamodb_json.h"
#include "transfer/transform/sealed_transforms.h"

namespace dray::transform {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Encode(std::string_view attributes) {
  item::ItemBuilder builder;
  EXPECT_TRUE(dynamodb_json::ParseAttributes(attributes, builder)) << attributes;
  return std::string(builder.Finish());
}

std::string Render(std::string_view encoded) {
  std::string text;
  dynamodb_json::AppendAttributes(item::ItemView(encoded).attributes(), text);
  return text;
}

std::shared_ptr<const Transforms> Parsed(std::string_view json) {
  auto parsed = Transforms::Parse(json);
  EXPECT_TRUE(parsed) << json << ": " << parsed.error().message;
  return parsed ? *parsed : nullptr;
}

// The item as DynamoDB JSON, "filtered" or the error.
std::string Apply(const Transforms& transforms, std::string_view attributes) {
  Transformer transformer(transforms);
  const std::string encoded = Encode(attributes);
  const size_t size_bytes = item::ItemView(encoded).SizeBytes();
  auto result = transformer.Apply(encoded, size_bytes);
  if (!result) {
    EXPECT_EQ(result.error().kind, base::ErrorKind::kInvalidArgument);
    return result.error().message;
  }
  if (!*result) return "filtered";
  EXPECT_TRUE(item::ItemView::Check((*result)->encoded));
  EXPECT_EQ((*result)->size_bytes, item::ItemView((*result)->encoded).SizeBytes());
  return Render((*result)->encoded);
}
std::string Apply(std::string_view json, std::string_view attributes) {
  auto transforms = Parsed(json);
  return transforms ? Apply(*transforms, attributes) : "(refused)";
}

std::string Refused(std::string_view json) {
  auto parsed = Transforms::Parse(json);
  EXPECT_FALSE(parsed) << json;
  return parsed ? "" : parsed.error().message;
}

constexpr std::string_view kItem = R"({"pk":{"S":"a"},"x":{"N":"1"},"y":{"L":[{"S":"deep"}]}})";

TEST(Transforms, KeepAndDropGoByWholeNamesOfTheTopLevel) {
  EXPECT_EQ(Apply(R"([{"Keep":["pk","x","absent"]}])", kItem), R"({"pk":{"S":"a"},"x":{"N":"1"}})");
  EXPECT_EQ(Apply(R"([{"Drop":["x","y","absent"]}])", kItem), R"({"pk":{"S":"a"}})");
  EXPECT_EQ(Apply(R"([{"Drop":["y.a","y[0]"]}])", R"({"y":{"M":{"a":{"S":"b"}}},"y.a":{"S":"c"}})"),
            R"({"y":{"M":{"a":{"S":"b"}}}})");
}

TEST(Transforms, RenameMovesAValueAndNeverOntoAnother) {
  EXPECT_EQ(Apply(R"([{"Rename":{"From":"x","To":"z"}}])", kItem),
            R"({"pk":{"S":"a"},"z":{"N":"1"},"y":{"L":[{"S":"deep"}]}})");
  EXPECT_EQ(Apply(R"([{"Rename":{"From":"absent","To":"x"}}])", kItem), kItem);
  EXPECT_EQ(Apply(R"([{"Rename":{"From":"x","To":"y"}}])", kItem),
            "The item has both x and y, so that the one cannot be renamed to the other");
}

TEST(Transforms, StepsSeeWhatTheStepsBeforeThemLeft) {
  EXPECT_EQ(Apply(R"([{"Rename":{"From":"x","To":"t"}},{"Rename":{"From":"pk","To":"x"}},)"
                  R"({"Drop":["y"]},{"Rename":{"From":"t","To":"pk"}}])",
                  kItem),
            R"({"x":{"S":"a"},"pk":{"N":"1"}})");
}

TEST(Transforms, FilterLeavesWhatItsExpressionMatches) {
  constexpr std::string_view kFilter =
      R"~([{"Drop":["y"]},{"Filter":{"Expression":"#x < :two AND attribute_not_exists(y)",)~"
      R"~("ExpressionAttributeNames":{"#x":"x"},"ExpressionAttributeValues":{":two":{"N":"2"}}}}])~";
  EXPECT_EQ(Apply(kFilter, kItem), R"({"pk":{"S":"a"},"x":{"N":"1"}})");
  EXPECT_EQ(Apply(kFilter, R"({"x":{"N":"2"}})"), "filtered");
  EXPECT_EQ(Apply(kFilter, R"({"x":{"S":"1"}})"), "filtered");
  EXPECT_EQ(Apply(R"~([{"Filter":{"Expression":"attribute_exists(x)"}}])~", R"({"pk":{"S":"a"}})"),
            "filtered");
}

constexpr std::string_view kHash =
    R"([{"Mask":{"Attribute":"m","Method":"HASH","Key":"0123456789abcdef"}}])";

// Computed with Python's hmac over the bytes of docs/formats/transforms.md: they stay.
TEST(Transforms, HashesAreTheDocumentedOnes) {
  EXPECT_EQ(Apply(kHash, R"({"m":{"S":"a@example.com"}})"),
            R"({"m":{"S":"6f8a8aeee2ca8c5e4d9df290386a2e7f2694dcfc29644145d5ad1c7880c84dec"}})");
  EXPECT_EQ(Apply(kHash, R"({"m":{"N":"12.50"}})"),
            R"({"m":{"N":"54181092388319794776639092860731439015"}})");
  EXPECT_EQ(Apply(kHash, R"({"m":{"B":"AAEC"}})"),
            R"({"m":{"B":"wvq6PPAzjsU8dqlFyZTGFSOrNZrhhkLfpHrXN0CwhkE="}})");
}

TEST(Transforms, HashesDependOnValueTypeAndKeyAlone) {
  // Another attribute, another form of the number, another list: the same mask.
  const std::string mask = Apply(kHash, R"({"m":{"N":"12.50"}})");
  EXPECT_EQ(Apply(R"([{"Drop":["x"]},{"Rename":{"From":"other","To":"m"}},)"
                  R"({"Mask":{"Method":"HASH","Attribute":"m","Key":"0123456789abcdef"}}])",
                  R"({"other":{"N":"1.25E1"}})"),
            mask);
  EXPECT_NE(Apply(kHash, R"({"m":{"N":"12.51"}})"), mask);
  EXPECT_NE(Apply(R"([{"Mask":{"Attribute":"m","Method":"HASH","Key":"0123456789abcdeF"}}])",
                  R"({"m":{"N":"12.5"}})"),
            mask);
  EXPECT_NE(Apply(kHash, R"({"m":{"S":"AAEC"}})").substr(11, 20),
            Apply(kHash, R"({"m":{"B":"AAEC"}})").substr(11, 20));
}

TEST(Transforms, HashesReachEveryValueInsideOfContainers) {
  const std::string text = Apply(
      kHash, R"({"m":{"M":{"l":{"L":[{"S":"secret"},{"BOOL":true}]},"n":{"NULL":true},)"
             R"("ss":{"SS":["secret","other"]},"ns":{"NS":["1","2"]},"bs":{"BS":["AA=="]}}}})");
  EXPECT_THAT(text, Not(HasSubstr("secret")));
  EXPECT_THAT(text, Not(HasSubstr("other")));
  EXPECT_THAT(text, Not(HasSubstr("BOOL")));
  EXPECT_THAT(text, HasSubstr(R"({"M":{"l":{"L":[{"S":")"));
  EXPECT_THAT(text, HasSubstr(R"({"NULL":true}]},"n":{"NULL":true},"ss":{"SS":[)"));
  // A member has the mask that it has alone.
  const std::string alone = Apply(kHash, R"({"m":{"S":"secret"}})");
  EXPECT_THAT(text, HasSubstr(alone.substr(11, 64)));
}

TEST(Transforms, TextReplacesValuesOfEveryType) {
  constexpr std::string_view kText =
      R"~([{"Mask":{"Attribute":"m","Method":"TEXT","Text":"(masked)"}}])~";
  for (const char* value : {R"({"S":"x"})", R"({"N":"1"})", R"({"M":{}})", R"({"NULL":true})"}) {
    EXPECT_EQ(Apply(kText, std::string(R"({"a":{"S":"b"},"m":)") + value + "}"),
              R"~({"a":{"S":"b"},"m":{"S":"(masked)"}})~");
  }
  EXPECT_EQ(Apply(kText, R"({"a":{"S":"b"}})"), R"({"a":{"S":"b"}})");
}

TEST(Transforms, ThePublicTextHasNoKeysAndIsEnoughWithThem) {
  auto parsed = Parsed(
      R"([ {"Drop" : ["x"]}, {"Mask":{"Key":"0123456789abcdef","Attribute":"m","Method":"HASH"}},)"
      R"({"Mask":{"Attribute":"t","Method":"TEXT","Text":""}},)"
      R"({"Mask":{"Attribute":"n","Method":"HASH","Key":"fedcba9876543210"}}])");
  EXPECT_EQ(
      parsed->public_json(),
      R"([{"Drop":["x"]},{"Mask":{"Attribute":"m","Method":"HASH"}},)"
      R"({"Mask":{"Attribute":"t","Method":"TEXT","Text":""}},{"Mask":{"Attribute":"n","Method":"HASH"}}])");
  EXPECT_THAT(parsed->secrets(), ::testing::ElementsAre("0123456789abcdef", "fedcba9876543210"));
  auto restored = Transforms::Restore(parsed->public_json(), parsed->secrets());
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_TRUE(**restored == *parsed);
  constexpr std::string_view kBoth = R"({"m":{"S":"a"},"n":{"S":"b"},"t":{"N":"1"}})";
  EXPECT_EQ(Apply(**restored, kBoth), Apply(*parsed, kBoth));
  auto missing = Transforms::Restore(parsed->public_json(), {"0123456789abcdef"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, base::ErrorKind::kCorruption);
  EXPECT_FALSE(Transforms::Parse(parsed->public_json()));
}

TEST(Transforms, SealedKeysOpenInTheirOwnRecordOnly) {
  auto parsed = Parsed(kHash);
  const std::string key(32, 'k');
  const std::string sealed = Seal(*parsed, key, "arn:one");
  EXPECT_THAT(sealed, Not(HasSubstr("0123456789abcdef")));
  auto opened = Unseal(sealed, key, "arn:one");
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(**opened == *parsed);
  for (const auto& [wrong_key, wrong_arn] :
       {std::pair(key, "arn:two"), std::pair(std::string(32, 'x'), "arn:one")}) {
    auto refused = Unseal(sealed, wrong_key, wrong_arn);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, base::ErrorKind::kCorruption);
  }
}

TEST(Transforms, WhatIsNotKnownIsRefusedByItsPlace) {
  EXPECT_EQ(Refused("[]"), "Transforms must be a list of 1 to 100 elements");
  EXPECT_EQ(Refused(R"([{"Drop":["a"]},{"Masc":{}}])"),
            "Transforms[1]: Masc: the only transforms are Keep, Drop, Rename, Filter and Mask");
  EXPECT_EQ(Refused(R"([{"Drop":["a"],"Keep":["b"]}])"),
            "Transforms[0]: an object with exactly one of Keep, Drop, Rename, Filter and Mask is "
            "expected");
  EXPECT_EQ(Refused(R"([{"Drop":[]}])"),
            "Transforms[0]: Drop: a list of one or more attribute names is expected");
  EXPECT_EQ(Refused(R"([{"Rename":{"From":"a","To":"a"}}])"),
            "Transforms[0]: Rename: From and To are the same name");
  EXPECT_EQ(Refused(R"([{"Mask":{"Attribute":"a","Method":"HASH","Key":"short"}}])"),
            "Transforms[0]: Mask: the Key of a mask has 16 to 1024 bytes");
  EXPECT_EQ(
      Refused(
          R"([{"Mask":{"Attribute":"a","Method":"HASH","Key":"0123456789abcdef","Salt":"x"}}])"),
      "Transforms[0]: Mask: the member Salt is not known here");
  EXPECT_EQ(Refused(R"([{"Mask":{"Attribute":"a","Method":"SHA"}}])"),
            "Transforms[0]: Mask: the Method of a mask is HASH or TEXT");
  EXPECT_THAT(Refused(R"([{"Filter":{"Expression":"a = "}}])"),
              HasSubstr("Transforms[0]: Filter: Invalid FilterExpression: Syntax error"));
  EXPECT_THAT(Refused(R"([{"Filter":{"Expression":"a = :b"}}])"), HasSubstr(":b"));
  EXPECT_THAT(Refused(R"~([{"Filter":{"Expression":"attribute_exists(a)",)~"
                      R"~("ExpressionAttributeValues":{":b":{"S":"x"}}}}])~"),
              HasSubstr("unused in expressions"));
  EXPECT_THAT(Refused(R"([{"Filter":{"Expression":"a = :b",)"
                      R"("ExpressionAttributeValues":{":b":{"N":"x"}}}}])"),
              HasSubstr("ExpressionAttributeValues"));
}

TEST(Transforms, AKeyHasToBeThereInTheEndAndTellItemsApart) {
  const item::KeySchema schema{.hash = {{"pk", item::Type::kString}},
                               .range = {{"sk", item::Type::kNumber}}};
  const std::pair<const char*, const char*> cases[] = {
      {R"([{"Keep":["pk","sk"]}])", ""},
      {R"([{"Keep":["pk"]}])",
       "Transforms[0]: sk is a key attribute of the table, but Keep leaves it out"},
      {R"([{"Drop":["x"]},{"Drop":["pk"]}])",
       "Transforms[1]: pk is a key attribute of the table, but Drop removes it"},
      {R"([{"Rename":{"From":"pk","To":"id"}}])",
       "Transforms[0]: pk is a key attribute of the table, but Rename gives it another name"},
      {R"([{"Rename":{"From":"id","To":"pk"}},{"Keep":["pk","sk"]}])", ""},
      {R"([{"Drop":["pk"]},{"Rename":{"From":"id","To":"pk"}}])", ""},
      {R"([{"Keep":["id","sk"]},{"Rename":{"From":"id","To":"pk"}}])", ""},
      {R"([{"Drop":["id"]},{"Rename":{"From":"id","To":"pk"}}])",
       "Transforms[0]: pk is a key attribute of the table, but Drop removes it"},
      {R"([{"Mask":{"Attribute":"pk","Method":"HASH","Key":"0123456789abcdef"}}])", ""},
      {R"([{"Mask":{"Attribute":"pk","Method":"TEXT","Text":"x"}}])",
       "Transforms[0]: pk is a key attribute of the table, but Mask gives it the same value "
       "everywhere"},
  };
  for (const auto& [json, expected] : cases) {
    auto checked = Parsed(json)->CheckKeys(schema);
    EXPECT_EQ(checked ? "" : checked.error().message, expected) << json;
  }
}

}  // namespace
}  // namespace dray::transform
