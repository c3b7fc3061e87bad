// SPDX-License-Identifier: Apache-2.0
#include "format/json/json.h"

#include <gtest/gtest.h>

#include <limits>

namespace dray::json {
namespace {

std::string RoundTrip(std::string_view text) {
  auto value = Parse(text);
  if (!value) return "error: " + value.error().message;
  std::string out;
  AppendValue(*value, out);
  return out;
}

bool Fails(std::string_view text) {
  auto value = Parse(text);
  return !value && value.error().kind == base::ErrorKind::kInvalidArgument;
}

TEST(JsonParse, KeepsStructureOrderAndNumberText) {
  EXPECT_EQ(RoundTrip(R"( {"b" : [1, 2.50, -0, 1e+5, 18446744073709551615], "a":{"c":null,"d":true},
                           "12":"34-5"} )"),
            R"({"b":[1,2.50,-0,1e+5,18446744073709551615],"a":{"c":null,"d":true},"12":"34-5"})");
}

TEST(JsonParse, TakesScalarsAsDocuments) {
  EXPECT_EQ(RoundTrip("5"), "5");
  EXPECT_EQ(RoundTrip("\"\""), "\"\"");
  EXPECT_EQ(RoundTrip(" null "), "null");
}

TEST(JsonParse, DecodesEscapes) {
  auto value = Parse(R"("\"\\\/\b\f\n\r\t\u0041\u00e9\ud83e\udd91\u0000")");
  ASSERT_TRUE(value);
  EXPECT_EQ(*value->string(), std::string("\"\\/\b\f\n\r\tA\u00e9\U0001F991\0", 16));
}

TEST(JsonParse, RefusesWhatIsNotJson) {
  for (std::string_view text : {"",
                                " ",
                                "{",
                                "}",
                                "{\"a\":1,}",
                                "[1,]",
                                "[1 2]",
                                "{a:1}",
                                "{'a':1}",
                                "01",
                                "+1",
                                ".5",
                                "1.",
                                "nul",
                                "true false",
                                "\"",
                                "\"\\x\"",
                                "\"\\u12\"",
                                "\"\n\"",
                                "NaN",
                                "[1]]",
                                "{\"a\" 1}",
                                "{\"a\":1 \"b\":2}",
                                "\xEF\xBB\xBF{}",
                                "// c\n1"}) {
    EXPECT_TRUE(Fails(text)) << text;
  }
}

TEST(JsonParse, RefusesInvalidUtf8AndNul) {
  EXPECT_TRUE(Fails("\"\xff\""));
  EXPECT_TRUE(Fails("\"\xed\xa0\x80\""));
  EXPECT_TRUE(Fails(std::string_view("{}\0", 3)));
  EXPECT_TRUE(Fails(std::string_view("\"\0\"", 3)));
}

TEST(JsonParse, RefusesUnpairedSurrogatesAndNamesTheirPlace) {
  for (std::string_view text : {R"("\ud800")", R"("\udc00")", R"("\ud800\u0041")", R"("\ud800x")",
                                R"("\udc00\ud800")", R"("\ud800\ud800\udc00")"}) {
    EXPECT_TRUE(Fails(text)) << text;
  }
  // Text that only looks like an escape.
  EXPECT_EQ(RoundTrip(R"("\\ud800")"), R"("\\ud800")");
  auto value = Parse(R"({"a":"x\udfff"})");
  ASSERT_FALSE(value);
}

TEST(JsonParse, TakesDeepDocumentsUpToTheLimit) {
  auto nested = [](size_t levels) {
    return std::string(levels, '[') + "1" + std::string(levels, ']');
  };
  EXPECT_EQ(RoundTrip(nested(128)), nested(128));
  EXPECT_TRUE(Fails(nested(129)));
  EXPECT_TRUE(Fails(nested(100000)));
}

TEST(JsonObject, FindsTheLastOfDuplicates) {
  auto value = Parse(R"({"a":1,"b":2,"a":3})");
  ASSERT_TRUE(value);
  EXPECT_EQ(value->object()->Find("a")->Int64(), 3);
  EXPECT_TRUE(value->object()->HasDuplicates());
  EXPECT_EQ(value->object()->Find("A"), nullptr);
  EXPECT_FALSE(Parse(R"({"a":1,"b":{"a":1}})")->object()->HasDuplicates());
}

TEST(JsonValue, ReadsIntegersExactlyAndRefusesFractions) {
  EXPECT_EQ(Parse("9223372036854775807")->Int64(), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Parse("-9223372036854775808")->Int64(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Parse("9223372036854775808")->Int64(), std::nullopt);
  EXPECT_EQ(Parse("1731672000.0")->Int64(), 1731672000);
  EXPECT_EQ(Parse("1e3")->Int64(), 1000);
  EXPECT_EQ(Parse("1.5")->Int64(), std::nullopt);
  EXPECT_EQ(Parse("1e300")->Int64(), std::nullopt);
  EXPECT_EQ(Parse("\"1\"")->Int64(), std::nullopt);
  EXPECT_EQ(Parse("1731672000.123")->Double(), 1731672000.123);
}

TEST(JsonWriter, PlacesCommas) {
  std::string out;
  Writer(out)
      .StartObject()
      .Name("a")
      .StartArray()
      .Int(1)
      .StartObject()
      .EndObject()
      .StartArray()
      .EndArray()
      .Null()
      .EndArray()
      .Name("b")
      .Bool(true)
      .Name("c")
      .Raw("{\"x\":1}")
      .Name("d")
      .String("\x01/\"\\é")
      .EndObject();
  EXPECT_EQ(out, "{\"a\":[1,{},[],null],\"b\":true,\"c\":{\"x\":1},\"d\":\"\\u0001/\\\"\\\\é\"}");
}

TEST(JsonWriter, WritesTimesAsSecondsWithoutTrailingZeros) {
  auto text = [](int64_t micros) {
    std::string out;
    Writer(out).EpochSeconds(micros);
    return out;
  };
  EXPECT_EQ(text(1731672000'123000), "1731672000.123");
  EXPECT_EQ(text(1731672000'000000), "1731672000");
  EXPECT_EQ(text(1731672000'000007), "1731672000.000007");
  EXPECT_EQ(text(0), "0");
  EXPECT_EQ(text(-1'500000), "-1.5");
}

TEST(JsonWriter, WritesEveryControlCharacterSoThatItReadsBack) {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  std::string out;
  AppendString(all, out);
  auto value = Parse(out);
  ASSERT_TRUE(value);
  EXPECT_EQ(*value->string(), all);
}

}  // namespace
}  // namespace dray::json
