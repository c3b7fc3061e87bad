// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/file_system.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/ion/ion.h"

namespace dray::ion {
namespace {

const item::KeySchema kKeys{.hash = {{"pk", item::Type::kString}},
                            .range = {{"sk", item::Type::kNumber}}};

std::string Encoded(std::string_view attributes_json) {
  item::ItemBuilder builder;
  auto parsed = dynamodb_json::ParseAttributes(attributes_json, builder);
  EXPECT_TRUE(parsed) << attributes_json;
  return std::string(builder.Finish());
}

std::string Line(const std::string& encoded) {
  std::string out;
  base::StringSink sink(out);
  auto writer = MakeItemWriter(kKeys, sink);
  EXPECT_TRUE(writer->Write(item::ItemView(encoded)));
  EXPECT_TRUE(writer->Finish());
  return out;
}

// Of the attribute `a`, given as attribute-value JSON.
std::string Value(const std::string& json) {
  std::string line = Line(Encoded("{\"a\":" + json + "}"));
  constexpr std::string_view kBefore = "$ion_1_0 {Item:{a:", kBehind = "}}\n";
  EXPECT_TRUE(line.starts_with(kBefore) && line.ends_with(kBehind)) << line;
  return line.substr(kBefore.size(), line.size() - kBefore.size() - kBehind.size());
}

std::string Number(const std::string& text) { return Value("{\"N\":\"" + text + "\"}"); }

std::string String(std::string_view text) {
  item::ItemBuilder builder;
  builder.StartItem();
  EXPECT_TRUE(builder.Name("a"));
  builder.String(text);
  std::string line = Line(std::string(builder.Finish()));
  return line.substr(18, line.size() - 21);
}

std::string Name(std::string_view name) {
  item::ItemBuilder builder;
  builder.StartItem();
  EXPECT_TRUE(builder.Name(name));
  builder.Bool(true);
  std::string line = Line(std::string(builder.Finish()));
  return line.substr(16, line.size() - 24);
}

std::string Golden(const std::string& path) {
  auto bytes = base::ReadFile(base::PosixFileSystem(),
                              std::string(DRAY_SOURCE_DIR) + "/tests/golden/format/" + path);
  EXPECT_TRUE(bytes) << path;
  return bytes ? *bytes : "";
}

TEST(IonWriter, WritesTheGoldenExportByteByByte) {
  std::string json = Golden("dynamodb_json/full.jsonl");
  base::StringSource source(json);
  auto reader = dynamodb_json::MakeItemReader(source);
  std::string out;
  base::StringSink sink(out);
  auto writer = MakeItemWriter(kKeys, sink);
  while (true) {
    auto record = reader->Next();
    ASSERT_TRUE(record);
    if (record->outcome == codec::Record::Outcome::kEnd) break;
    ASSERT_EQ(record->outcome, codec::Record::Outcome::kItem) << record->message;
    ASSERT_TRUE(writer->Write(item::ItemView(record->item)));
  }
  ASSERT_TRUE(writer->Finish());
  EXPECT_EQ(out, Golden("ion/full.ion"));
}

// The changes of the golden incremental exports, as lines.
std::string ChangeLines(bool with_old_images) {
  const item::KeySchema keys{.hash = {{"pk", item::Type::kString}}, .range = {}};
  struct {
    int64_t time;
    const char *old_image, *new_image;
  } const changes[] = {
      {1731675600123456, nullptr,
       R"({"first":{"S":"Ana"},"pk":{"S":"CUST#100"},"visits":{"N":"1"}})"},
      {1731675601000007, R"({"pk":{"S":"CUST#200"},"first":{"S":"Mia"},"visits":{"N":"9"}})",
       R"({"pk":{"S":"CUST#200"},"first":{"S":"Mia"},"visits":{"N":"10"}})"},
      {1731675602500003, R"({"pk":{"S":"CUST#300"},"first":{"S":"Leo"}})", nullptr},
  };
  std::string out;
  base::StringSink sink(out);
  auto writer = MakeItemWriter(keys, sink);
  for (const auto& [time, old_json, new_json] : changes) {
    const std::string old_bytes = old_json ? Encoded(old_json) : "";
    const std::string new_bytes = new_json ? Encoded(new_json) : "";
    const item::ItemView old_image(old_bytes), new_image(new_bytes);
    codec::Change change;
    change.write_time_micros = time;
    change.keyed = new_json ? &new_image : &old_image;
    if (old_json && with_old_images) change.old_image = &old_image;
    if (new_json) change.new_image = &new_image;
    EXPECT_TRUE(writer->WriteChange(change));
  }
  EXPECT_TRUE(writer->Finish());
  return out;
}

TEST(IonWriter, WritesTheGoldenChangesByteByByte) {
  EXPECT_EQ(ChangeLines(true), Golden("ion/incremental-new-and-old.ion"));
}

TEST(IonWriter, WritesKeyAttributesFirstAndTheRestInItsOrder) {
  EXPECT_EQ(Line(Encoded(R"({"b":{"S":"x"},"sk":{"N":"1"},"a":{"S":"y"},"pk":{"S":"p"}})")),
            "$ion_1_0 {Item:{pk:\"p\",sk:1.,b:\"x\",a:\"y\"}}\n");
}

TEST(IonWriter, WritesNumbersAsDecimalsLikeAmazonsWriters) {
  const std::pair<const char*, const char*> cases[] = {
      {"0", "0."},
      {"-0", "0."},
      {"103", "103."},
      {"-17.5", "-17.5"},
      {"600", "6d2"},
      {"-2000", "-2d3"},
      {"1.5", "1.5"},
      {"0.1", "0.1"},
      {"0.25", "0.25"},
      {"12.034", "12.034"},
      {"0.000001", "0.000001"},
      {"0.00000123", "0.00000123"},
      {"0.0000001", "1d-7"},
      {"0.000000123", "123d-9"},
      {"1E-130", "1d-130"},
      {"-1.5E-100", "-15d-101"},
      {"1E125", "1d125"},
      {"9.9999999999999999999999999999999999999E+125", "99999999999999999999999999999999999999d88"},
      {"12345678901234567890123456789012345678", "12345678901234567890123456789012345678."},
      {"10000000000000000000", "1d19"},
      {"10000000000000000001", "10000000000000000001."},
      {"9999999999999999999", "9999999999999999999."},
      {"1234567890123456789.0123456789012345678", "1234567890123456789.0123456789012345678"},
      {"0.12345678901234567890123456789012345678", "0.12345678901234567890123456789012345678"},
      {"10000000000000000000000000000000000001", "10000000000000000000000000000000000001."},
  };
  for (const auto& [number, expected] : cases) EXPECT_EQ(Number(number), expected) << number;
}

TEST(IonWriter, WritesEveryOtherType) {
  EXPECT_EQ(Value(R"({"BOOL":true})"), "true");
  EXPECT_EQ(Value(R"({"BOOL":false})"), "false");
  EXPECT_EQ(Value(R"({"NULL":true})"), "null");
  EXPECT_EQ(Value(R"({"B":""})"), "{{}}");
  EXPECT_EQ(Value(R"({"B":"AAH+/w=="})"), "{{AAH+/w==}}");
  EXPECT_EQ(Value(R"({"L":[]})"), "[]");
  EXPECT_EQ(Value(R"({"M":{}})"), "{}");
  EXPECT_EQ(Value(R"({"L":[{"S":"x"},{"L":[{"NULL":true}]},{"M":{"k":{"N":"1"}}}]})"),
            "[\"x\",[null],{k:1.}]");
  EXPECT_EQ(Value(R"({"SS":["b","a"]})"), "$dynamodb_SS::[\"b\",\"a\"]");
  EXPECT_EQ(Value(R"({"NS":["600","0.5"]})"), "$dynamodb_NS::[6d2,0.5]");
  EXPECT_EQ(Value(R"({"BS":["AA==","AQ=="]})"), "$dynamodb_BS::[{{AA==}},{{AQ==}}]");
  EXPECT_EQ(Value(R"({"M":{"deep":{"L":[{"SS":["x"]}]}}})"), "{deep:[$dynamodb_SS::[\"x\"]]}");
}

TEST(IonWriter, EscapesStringsLikeAmazonsWriters) {
  std::string all;
  for (int c = 0; c < 0x80; ++c) all += static_cast<char>(c);
  EXPECT_EQ(String(all + "é🦑"),
            "\"\\0\\x01\\x02\\x03\\x04\\x05\\x06\\a\\b\\t\\n\\v\\f\\r\\x0e\\x0f"
            "\\x10\\x11\\x12\\x13\\x14\\x15\\x16\\x17\\x18\\x19\\x1a\\x1b\\x1c\\x1d\\x1e\\x1f"
            " !\\\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`"
            "abcdefghijklmnopqrstuvwxyz{|}~\\x7f"
            "é🦑\"");
}

TEST(IonWriter, FindsSpecialBytesAtEveryPlace) {
  for (size_t size = 1; size < 70; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string value(size, 'a');
      value[at] = '\x7f';
      EXPECT_EQ(String(value), '"' + value.substr(0, at) + "\\x7f" + value.substr(at + 1) + '"');
    }
  }
}

TEST(IonWriter, QuotesNamesThatAreNoIdentifiers) {
  for (const char* bare : {"a", "_", "$", "$a", "$1a", "a1", "Null", "nulls", "nan1", "nulL",
                           "abc_DEF$9", "$ion_1_0", "$ion_symbol_table", "infinity"}) {
    EXPECT_EQ(Name(bare), bare);
  }
  const std::pair<const char*, const char*> cases[] = {
      {"null", "'null'"},    {"true", "'true'"},    {"false", "'false'"}, {"nan", "'nan'"},
      {"$10", "'$10'"},      {"a.b", "'a.b'"},      {"9a", "'9a'"},       {"it's", R"('it\'s')"},
      {"a\"b", "'a\"b'"},    {"a\\b", R"('a\\b')"}, {"é", "'é'"},         {"\n", R"('\n')"},
      {"\x7f", R"('\x7f')"}, {" ", "' '"},          {"'", R"('\'')"},     {"a-b", "'a-b'"},
      {"+", "'+'"},
  };
  for (const auto& [name, expected] : cases) EXPECT_EQ(Name(name), expected);
}

TEST(IonWriter, GathersAtLeast64KilobytesBeforeItWrites) {
  class CountingSink final : public base::ByteSink {
   public:
    base::Status Write(std::string_view bytes) override {
      writes.push_back(bytes.size());
      return base::Ok();
    }
    base::Status Close() override { return base::Ok(); }
    std::vector<size_t> writes;
  } sink;
  auto writer = MakeItemWriter(kKeys, sink);
  std::string encoded =
      Encoded(R"({"pk":{"S":")" + std::string(300, 'k') + R"("},"sk":{"N":"1"}})");
  std::string big = Encoded(R"({"pk":{"S":"x"},"sk":{"N":"1"},"v":{"S":")" +
                            std::string(390'000, '\x7f') + R"("}})");
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(writer->Write(item::ItemView(encoded)));
  ASSERT_TRUE(writer->Write(item::ItemView(big)));
  ASSERT_TRUE(writer->Write(item::ItemView(encoded)));
  ASSERT_TRUE(writer->Finish());
  ASSERT_GE(sink.writes.size(), 3u);
  for (size_t i = 0; i + 1 < sink.writes.size(); ++i) EXPECT_GE(sink.writes[i], 65536u);
}

TEST(IonWriter, PassesErrorsOfTheSinkOn) {
  class FullSink final : public base::ByteSink {
   public:
    base::Status Write(std::string_view) override {
      return base::Error{base::ErrorKind::kIo, "disk full"};
    }
    base::Status Close() override { return base::Ok(); }
  } sink;
  auto writer = MakeItemWriter(kKeys, sink);
  std::string encoded = Encoded(R"({"pk":{"S":"x"},"sk":{"N":"1"}})");
  ASSERT_TRUE(writer->Write(item::ItemView(encoded)));
  EXPECT_FALSE(writer->Finish());
}

}  // namespace
}  // namespace dray::ion
