// SPDX-License-Identifier: Apache-2.0
#include "model/item/key_schema.h"

#include <gtest/gtest.h>

namespace dray::item {
namespace {

KeySchema Schema(Type hash, std::optional<Type> range = std::nullopt) {
  KeySchema schema;
  schema.hash.push_back({"pk", hash});
  if (range) schema.range.push_back({"sk", *range});
  return schema;
}
std::string Encoded(const std::vector<std::pair<std::string, AttributeValue>>& attributes) {
  Item item;
  for (const auto& [name, value] : attributes) item[name] = value;
  return EncodeItem(item);
}
AttributeValue S(std::string text) { return AttributeValue(std::move(text)); }
AttributeValue B(std::string bytes) {
  return AttributeValue(AttributeValue::Binary{std::move(bytes)});
}
AttributeValue N(std::string_view text) { return AttributeValue(*Number::Parse(text)); }

std::string ErrorOfItem(const KeySchema& schema, const std::string& item) {
  auto key = KeyOfItem(schema, ItemView(item));
  return key ? "" : key.error().message;
}
std::string ErrorOfKeyMap(const KeySchema& schema, const std::string& item) {
  auto key = KeyOfKeyMap(schema, ItemView(item));
  return key ? "" : key.error().message;
}

TEST(KeySchema, TakesTheKeyFromAnItem) {
  std::string item = Encoded({{"pk", S("a")}, {"sk", N("10")}, {"other", S("x")}});
  auto key = KeyOfItem(Schema(Type::kString, Type::kNumber), ItemView(item));
  ASSERT_TRUE(key);
  EXPECT_EQ(key->partition, "a");
  std::string ordered;
  Number::FromInt64(10).AppendOrdered(ordered);
  EXPECT_EQ(key->sort, ordered);
  auto hash_only = KeyOfItem(Schema(Type::kString), ItemView(item));
  ASSERT_TRUE(hash_only);
  EXPECT_TRUE(hash_only->sort.empty());
}

TEST(KeySchema, GivesEqualNumbersOneKey) {
  auto schema = Schema(Type::kNumber);
  std::string plain = Encoded({{"pk", N("100")}}), scientific = Encoded({{"pk", N("1.00e2")}});
  EXPECT_EQ(*KeyOfItem(schema, ItemView(plain)), *KeyOfItem(schema, ItemView(scientific)));
}

TEST(KeySchema, RefusesItemsWithoutAProperKey) {
  const std::string prefix = "One or more parameter values were invalid: ";
  auto schema = Schema(Type::kString, Type::kBinary);
  EXPECT_EQ(ErrorOfItem(schema, Encoded({{"sk", B("x")}})),
            prefix + "Missing the key pk in the item");
  EXPECT_EQ(ErrorOfItem(schema, Encoded({{"pk", S("x")}})),
            prefix + "Missing the key sk in the item");
  EXPECT_EQ(ErrorOfItem(schema, Encoded({{"pk", N("1")}, {"sk", B("x")}})),
            prefix + "Type mismatch for key pk expected: S actual: N");
  EXPECT_EQ(ErrorOfItem(schema, Encoded({{"pk", S("")}, {"sk", B("x")}})),
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty string value. Key: pk");
  EXPECT_EQ(ErrorOfItem(schema, Encoded({{"pk", S("x")}, {"sk", B("")}})),
            "One or more parameter values are not valid. The AttributeValue for a key attribute "
            "cannot contain an empty binary value. Key: sk");
  EXPECT_EQ(ErrorOfItem(schema, Encoded({{"pk", S(std::string(2048, 'x'))}, {"sk", B("x")}})), "");
  EXPECT_EQ(ErrorOfItem(schema, Encoded({{"pk", S(std::string(2049, 'x'))}, {"sk", B("x")}})),
            prefix + "Size of hashkey has exceeded the maximum size limit of2048 bytes");
  EXPECT_EQ(ErrorOfItem(schema, Encoded({{"pk", S("x")}, {"sk", B(std::string(1024, 'x'))}})), "");
  EXPECT_EQ(ErrorOfItem(schema, Encoded({{"pk", S("x")}, {"sk", B(std::string(1025, 'x'))}})),
            prefix + "Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
}

TEST(KeySchema, TakesExactlyTheKeyAttributesAsAKeyMap) {
  const std::string mismatch = "The provided key element does not match the schema";
  auto schema = Schema(Type::kString, Type::kNumber);
  EXPECT_EQ(ErrorOfKeyMap(schema, Encoded({{"pk", S("x")}, {"sk", N("1")}})), "");
  EXPECT_EQ(ErrorOfKeyMap(schema, Encoded({{"pk", S("x")}})), mismatch);
  EXPECT_EQ(ErrorOfKeyMap(schema, Encoded({{"pk", S("x")}, {"other", N("1")}})), mismatch);
  EXPECT_EQ(ErrorOfKeyMap(schema, Encoded({{"pk", S("x")}, {"sk", S("1")}})), mismatch);
  EXPECT_EQ(ErrorOfKeyMap(schema, Encoded({{"pk", S("x")}, {"sk", N("1")}, {"x", N("1")}})),
            mismatch);
}

TEST(KeySchema, RestoresKeyValuesFromTheirOrderedForm) {
  for (const AttributeValue& value : {S("text"), B("\xff"), N("-12.5"), N("0")}) {
    std::string item = Encoded({{"pk", value}});
    auto key = KeyOfItem(Schema(value.type()), ItemView(item));
    ASSERT_TRUE(key);
    ItemBuilder builder;
    ASSERT_TRUE(builder.Name("pk"));
    ASSERT_TRUE(AddKeyPart(value.type(), key->partition, builder));
    EXPECT_EQ(builder.Finish(), item);
  }
  ItemBuilder builder;
  EXPECT_FALSE(AddKeyPart(Type::kNumber, "\x02\x02", builder));
  EXPECT_FALSE(AddKeyPart(Type::kBool, "x", builder));
  std::string ordered;
  std::string item = Encoded({{"pk", AttributeValue(true)}});
  EXPECT_FALSE(AppendOrderedKeyPart(*ItemView(item).Find("pk"), ordered));
}

}  // namespace
}  // namespace dray::item
