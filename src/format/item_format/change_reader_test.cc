// SPDX-License-Identifier: Apache-2.0
// What WriteChange wrote comes back, in both formats, whatever pieces the text comes in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "format/dynamodb_json/dynamodb_json.h"
#include "format/item_format/item_format.h"
#include "testing/piecewise_source.h"

namespace dray::item_format {
namespace {

using codec::Record;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Render(std::string_view encoded) {
  std::string text;
  dynamodb_json::AppendAttributes(item::ItemView(encoded).attributes(), text);
  return text;
}

// "keys|old|new", or the outcome and message of a bad record.
std::vector<std::string> Read(Format format, std::string_view text, size_t piece = 1 << 20,
                              size_t buffer_bytes = 1 << 16) {
  testing::PiecewiseSource source(text, piece);
  auto reader = MakeChangeReader(format, source, {.buffer_bytes = buffer_bytes});
  std::vector<std::string> seen;
  while (true) {
    auto change = reader->Next();
    if (!change) return {"error: " + change.error().message};
    switch (change->record.outcome) {
      case Record::Outcome::kEnd:
        EXPECT_LE(reader->consumed_bytes(), text.size());
        return seen;
      case Record::Outcome::kItem: {
        std::string one = Render(change->keys.encoded);
        for (const auto& image : {change->old_image, change->new_image}) {
          one += '|';
          if (!image) continue;
          one += Render(image->encoded);
          EXPECT_EQ(image->size_bytes, item::ItemView(image->encoded).SizeBytes());
        }
        seen.push_back(one);
        break;
      }
      case Record::Outcome::kBadItem:
        seen.push_back("bad item: " + change->record.message);
        break;
      case Record::Outcome::kBadObject:
        seen.push_back("bad object: " + change->record.message);
        break;
    }
  }
}

std::string Written(Format format) {
  const item::KeySchema keys{.hash = {{"pk", item::Type::kString}}, .range = {}};
  std::string text;
  base::StringSink sink(text);
  auto writer = MakeItemWriter(format, keys, sink);
  item::ItemBuilder old_builder, new_builder;
  EXPECT_TRUE(dynamodb_json::ParseAttributes(R"({"pk":{"S":"a"},"v":{"N":"1"}})", old_builder));
  EXPECT_TRUE(
      dynamodb_json::ParseAttributes(R"({"pk":{"S":"a"},"v":{"SS":["é","x"]}})", new_builder));
  const item::ItemView old_image(old_builder.Finish()), new_image(new_builder.Finish());
  EXPECT_TRUE(writer->WriteChange({5, &new_image, &old_image, &new_image}));
  EXPECT_TRUE(writer->WriteChange({6, &new_image, nullptr, &new_image}));
  EXPECT_TRUE(writer->WriteChange({7, &old_image, &old_image, nullptr}));
  EXPECT_TRUE(writer->WriteChange({8, &old_image, nullptr, nullptr}));
  EXPECT_TRUE(writer->Finish());
  return text;
}

TEST(ChangeReader, ReadsWhatIsWrittenInAnyPieces) {
  const std::string key = R"({"pk":{"S":"a"}})";
  const std::string old_image = R"({"pk":{"S":"a"},"v":{"N":"1"}})";
  for (Format format : {Format::kDynamoDbJson, Format::kIon}) {
    const std::string text = Written(format);
    auto whole = Read(format, text);
    ASSERT_EQ(whole.size(), 4u);
    EXPECT_THAT(whole[0], HasSubstr(key + "|" + old_image + "|{"));
    EXPECT_THAT(whole[0], HasSubstr("\"é\""));
    EXPECT_THAT(whole[1], HasSubstr(key + "||{"));
    EXPECT_EQ(whole[2], key + "|" + old_image + "|");
    EXPECT_EQ(whole[3], key + "||");
    for (size_t piece : {1, 2, 7, 100}) EXPECT_EQ(Read(format, text, piece, 16), whole);
    // Cut anywhere: the records before the cut, and one bad record unless it is between two.
    for (size_t size = 0; size < text.size(); ++size) {
      auto cut = Read(format, std::string_view(text).substr(0, size));
      ASSERT_LE(cut.size(), 4u);
      for (size_t i = 0; i + 1 < cut.size(); ++i) EXPECT_EQ(cut[i], whole[i]);
      if (!cut.empty() && cut.back() != whole[cut.size() - 1]) {
        EXPECT_THAT(cut.back(), HasSubstr("bad object: ")) << size;
      }
    }
  }
}

TEST(ChangeReader, BadRecordsAreCountedAndGoodOnesBehindThemRead) {
  const std::string good = R"({"Keys":{"pk":{"S":"a"}}})";
  EXPECT_THAT(
      Read(Format::kDynamoDbJson, good + R"({"Keys":{"pk":{"N":"x"}}})" + good),
      ElementsAre(R"({"pk":{"S":"a"}}||)", HasSubstr("bad item: "), R"({"pk":{"S":"a"}}||)"));
  EXPECT_THAT(Read(Format::kDynamoDbJson, R"({"Item":{"pk":{"S":"a"}}})" + good),
              ElementsAre(HasSubstr("bad object: the JSON object has no member Keys")));
  EXPECT_THAT(Read(Format::kDynamoDbJson, R"({"Keys":{},"Keys":{}})"),
              ElementsAre("bad item: the member Keys is given twice"));
  const std::string ion = "$ion_1_0 {Record:{Keys:{pk:\"a\"}}} ";
  EXPECT_THAT(
      Read(Format::kIon, ion + "// comment\n{Record:{Keys:{pk:1e5}}}" + ion),
      ElementsAre(R"({"pk":{"S":"a"}}||)", HasSubstr("bad item: "), R"({"pk":{"S":"a"}}||)"));
  EXPECT_THAT(Read(Format::kIon, "{Item:{pk:\"a\"}}" + ion),
              ElementsAre(HasSubstr("bad object: the Ion struct has no member Record")));
  EXPECT_THAT(
      Read(Format::kIon, "{Record:5}" + ion),
      ElementsAre("bad item: the member Record is not an Ion struct", R"({"pk":{"S":"a"}}||)"));
  EXPECT_THAT(Read(Format::kIon, "{Record:{Keys:{}},Record:{Keys:{}}}"),
              ElementsAre("bad item: the member Record is given twice"));
}

}  // namespace
}  // namespace dray::item_format
