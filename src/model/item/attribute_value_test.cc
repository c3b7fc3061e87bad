// SPDX-License-Identifier: Apache-2.0
#include "model/item/attribute_value.h"

#include <gtest/gtest.h>

namespace dray::item {
namespace {

TEST(AttributeValue, KnowsItsTypeAndName) {
  using Value = AttributeValue;
  EXPECT_EQ(TypeName(Value(std::string("x")).type()), "S");
  EXPECT_EQ(TypeName(Value(Number()).type()), "N");
  EXPECT_EQ(TypeName(Value(Value::Binary{"x"}).type()), "B");
  EXPECT_EQ(TypeName(Value(true).type()), "BOOL");
  EXPECT_EQ(TypeName(Value().type()), "NULL");
  EXPECT_EQ(TypeName(Value(Value::List{}).type()), "L");
  EXPECT_EQ(TypeName(Value(Value::Map{}).type()), "M");
  EXPECT_EQ(TypeName(Value(Value::StringSet{{"x"}}).type()), "SS");
  EXPECT_EQ(TypeName(Value(Value::NumberSet{{Number()}}).type()), "NS");
  EXPECT_EQ(TypeName(Value(Value::BinarySet{{"x"}}).type()), "BS");
}

TEST(AttributeValue, FindsTypesByName) {
  for (int i = 1; i <= 10; ++i) {
    Type type{};
    ASSERT_TRUE(TypeFromName(TypeName(static_cast<Type>(i)), type));
    EXPECT_EQ(type, static_cast<Type>(i));
  }
  Type type{};
  EXPECT_FALSE(TypeFromName("", type));
  EXPECT_FALSE(TypeFromName("s", type));
  EXPECT_FALSE(TypeFromName("Bool", type));
}

TEST(AttributeValue, ComparesTreesByValue) {
  AttributeValue::Map map;
  map["a"] = AttributeValue(AttributeValue::List{AttributeValue(Number::FromInt64(1))});
  AttributeValue one(map);
  EXPECT_EQ(one, AttributeValue(map));
  map["b"] = AttributeValue();
  EXPECT_FALSE(one == AttributeValue(map));
  EXPECT_FALSE(AttributeValue(std::string("x")) == AttributeValue(AttributeValue::Binary{"x"}));
}

TEST(AttributeValue, CountsNestingLevels) {
  AttributeValue value(std::string("leaf"));
  EXPECT_EQ(NestingLevels(value), 1);
  for (int i = 0; i < 31; ++i) value = AttributeValue(AttributeValue::List{value});
  EXPECT_EQ(NestingLevels(value), 32);
  EXPECT_EQ(NestingLevels(AttributeValue(AttributeValue::Map{})), 2);
}

}  // namespace
}  // namespace dray::item
