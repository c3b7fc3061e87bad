// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <random>

#include "base/file_system.h"
#include "format/dynamodb_json/dynamodb_json.h"

namespace dray::dynamodb_json {
namespace {

const item::KeySchema kKeys{.hash = {{"pk", item::Type::kString}},
                            .range = {{"sk", item::Type::kNumber}}};

class CountingSink final : public base::ByteSink {
 public:
  base::Status Write(std::string_view bytes) override {
    text += bytes;
    writes.push_back(bytes.size());
    return base::Ok();
  }
  base::Status Close() override {
    is_closed = true;
    return base::Ok();
  }
  std::string text;
  std::vector<size_t> writes;
  bool is_closed = false;
};

std::string Encoded(std::string_view attributes) {
  item::ItemBuilder builder;
  auto parsed = ParseAttributes(attributes, builder);
  EXPECT_TRUE(parsed) << attributes;
  return std::string(builder.Finish());
}

std::string Write(std::string_view attributes, const item::KeySchema& keys = kKeys) {
  CountingSink sink;
  auto writer = MakeItemWriter(keys, sink);
  std::string encoded = Encoded(attributes);
  EXPECT_TRUE(writer->Write(item::ItemView(encoded)));
  EXPECT_TRUE(writer->Finish());
  EXPECT_FALSE(sink.is_closed);
  return sink.text;
}

std::string Golden(const std::string& path) {
  auto bytes = base::ReadFile(base::PosixFileSystem(),
                              std::string(DRAY_SOURCE_DIR) + "/tests/golden/format/" + path);
  EXPECT_TRUE(bytes) << path;
  return bytes ? *bytes : "";
}

TEST(ItemWriter, WritesKeyAttributesFirstAndTheRestInItsOrder) {
  std::string line =
      "{\"Item\":{\"pk\":{\"S\":\"p\"},\"sk\":{\"N\":\"1\"},\"b\":{\"S\":\"x\"},"
      "\"a\":{\"S\":\"y\"}}}\n";
  for (const char* attributes :
       {R"({"pk":{"S":"p"},"sk":{"N":"1"},"b":{"S":"x"},"a":{"S":"y"}})",
        R"({"b":{"S":"x"},"sk":{"N":"1"},"a":{"S":"y"},"pk":{"S":"p"}})",
        R"({"pk":{"S":"p"},"b":{"S":"x"},"sk":{"N":"1"},"a":{"S":"y"}})",
        R"({"sk":{"N":"1"},"pk":{"S":"p"},"b":{"S":"x"},"a":{"S":"y"}})"}) {
    EXPECT_EQ(Write(attributes), line) << attributes;
  }
  EXPECT_EQ(Write(R"({"a":{"S":"y"},"pk":{"S":"p"}})",
                  {.hash = {{"pk", item::Type::kString}}, .range = {}}),
            "{\"Item\":{\"pk\":{\"S\":\"p\"},\"a\":{\"S\":\"y\"}}}\n");
}

TEST(ItemWriter, RendersTheGoldenExportByteByByte) {
  std::string text = Golden("dynamodb_json/full.jsonl");
  base::StringSource source(text);
  auto reader = MakeItemReader(source);
  CountingSink sink;
  auto writer = MakeItemWriter(kKeys, sink);
  while (true) {
    auto record = reader->Next();
    ASSERT_TRUE(record);
    if (record->outcome == codec::Record::Outcome::kEnd) break;
    ASSERT_EQ(record->outcome, codec::Record::Outcome::kItem) << record->message;
    ASSERT_TRUE(writer->Write(item::ItemView(record->item)));
  }
  ASSERT_TRUE(writer->Finish());
  EXPECT_EQ(sink.text, text);
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

TEST(ItemWriter, RendersTheGoldenChangesByteByByte) {
  EXPECT_EQ(ChangeLines(true), Golden("dynamodb_json/incremental-new-and-old.jsonl"));
  EXPECT_EQ(ChangeLines(false), Golden("dynamodb_json/incremental-new.jsonl"));
}

TEST(ItemWriter, EscapesOnlyWhatJsonDemands) {
  std::string all;
  for (int c = 1; c < 0x80; ++c) all += static_cast<char>(c);
  item::ItemBuilder builder;
  ASSERT_TRUE(builder.Name("pk"));
  builder.String(all + "é🦑");
  std::string encoded(builder.Finish());
  std::string out;
  AppendAttributes(item::ItemView(encoded).attributes(), out);
  EXPECT_EQ(
      out,
      "{\"pk\":{\"S\":\"\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r"
      "\\u000e\\u000f\\u0010\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019"
      "\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f !\\\"#$%&'()*+,-./0123456789:;<=>?@"
      "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\x7f"
      "é🦑\"}}");
}

// Every position of a special byte in strings of every short length: the scan works in blocks.
TEST(ItemWriter, FindsSpecialBytesAtEveryPlace) {
  for (size_t size = 1; size < 70; ++size) {
    for (size_t at = 0; at < size; ++at) {
      for (char special : {'"', '\\', '\n'}) {
        std::string value(size, 'a');
        value[at] = special;
        item::ItemBuilder builder;
        ASSERT_TRUE(builder.Name("pk"));
        builder.String(value);
        std::string encoded(builder.Finish());
        std::string out;
        AppendAttributes(item::ItemView(encoded).attributes(), out);
        std::string escaped = special == '\n' ? "\\n" : std::string("\\") + special;
        EXPECT_EQ(out, "{\"pk\":{\"S\":\"" + value.substr(0, at) + escaped + value.substr(at + 1) +
                           "\"}}");
        item::ItemBuilder again;
        ASSERT_TRUE(ParseAttributes(out, again)) << out;
        EXPECT_EQ(again.Finish(), encoded);
      }
    }
  }
}

TEST(ItemWriter, GathersAtLeast64KilobytesBeforeItWrites) {
  CountingSink sink;
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

TEST(ItemWriter, PassesErrorsOfTheSinkOn) {
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

TEST(AppendAttributes, AppendsBehindWhatIsThere) {
  std::string encoded = Encoded(R"({"a":{"S":"x"},"b":{"BS":["AA==","AQ=="]}})");
  std::string out = "{\"Item\":";
  AppendAttributes(item::ItemView(encoded).attributes(), out);
  out += "}";
  EXPECT_EQ(out, R"({"Item":{"a":{"S":"x"},"b":{"BS":["AA==","AQ=="]}}})");
  AppendValue(*item::ItemView(encoded).Find("b"), out);
  EXPECT_EQ(out, R"({"Item":{"a":{"S":"x"},"b":{"BS":["AA==","AQ=="]}}}{"BS":["AA==","AQ=="]})");
  out.clear();
  AppendAttributes(item::MapView(), out);
  EXPECT_EQ(out, "{}");
}

TEST(ParseAttributes, TellsSerializationErrorsFromInvalidValues) {
  auto error = [](std::string_view text) {
    item::ItemBuilder builder;
    auto parsed = ParseAttributes(text, builder);
    return parsed ? base::Error{base::ErrorKind::kInternal, "accepted"} : parsed.error();
  };
  auto number = error(R"({"a":{"N":1}})");
  EXPECT_EQ(number.reason, kNotAttributeValue);
  EXPECT_EQ(number.message, "NUMBER_VALUE cannot be converted to String");
  auto text = error(R"({"a":{"N":"x"}})");
  EXPECT_EQ(text.kind, base::ErrorKind::kInvalidArgument);
  EXPECT_EQ(text.reason, "");
  EXPECT_EQ(text.message, "The parameter cannot be converted to a numeric value: x");
  // The shape of the whole request comes before any value.
  auto both = error(R"({"a":{"N":"x"},"b":{"N":1}})");
  EXPECT_EQ(both.reason, kNotAttributeValue);
  auto cut = error(R"({"a":{"N":"x"},"b":{)");
  EXPECT_EQ(cut.reason, kNotAttributeValue);
  EXPECT_EQ(cut.message, "invalid JSON at byte 20");
  EXPECT_EQ(error("{} x").reason, kNotAttributeValue);
  EXPECT_EQ(error("").reason, kNotAttributeValue);
  EXPECT_EQ(error("[]").message, "Start of list found where not expected");
  auto deep = error(R"({"a":)" + [] {
    std::string nested;
    for (int i = 0; i < 5000; ++i) nested += R"({"L":[)";
    return nested;
  }());
  EXPECT_EQ(deep.kind, base::ErrorKind::kInvalidArgument);
}

TEST(ParseAttributes, TakesAnEmptyMapAndSpace) {
  item::ItemBuilder builder;
  ASSERT_TRUE(ParseAttributes(" { } \n", builder));
  EXPECT_TRUE(item::ItemView(builder.Finish()).attributes().empty());
}

}  // namespace
}  // namespace dray::dynamodb_json
