// SPDX-License-Identifier: Apache-2.0
#include "format/item_format/item_format.h"

#include <gtest/gtest.h>

#include <string>

namespace dray::item_format {
namespace {

TEST(ItemFormat, KnowsTheNamesAndExtensionsOfAws) {
  EXPECT_EQ(FormatFromName("DYNAMODB_JSON"), Format::kDynamoDbJson);
  EXPECT_EQ(FormatFromName("ION"), Format::kIon);
  EXPECT_EQ(FormatFromName("CSV"), Format::kCsv);
  EXPECT_EQ(FormatFromName("ion"), std::nullopt);
  EXPECT_EQ(FormatFromName(""), std::nullopt);
  EXPECT_EQ(ExportFormatFromName("DYNAMODB_JSON"), Format::kDynamoDbJson);
  EXPECT_EQ(ExportFormatFromName("ION"), Format::kIon);
  EXPECT_EQ(ExportFormatFromName("CSV"), std::nullopt);
  EXPECT_EQ(ExportFormatFromName(""), std::nullopt);
  EXPECT_EQ(FormatName(Format::kIon), "ION");
  EXPECT_EQ(FormatName(Format::kCsv), "CSV");
  EXPECT_EQ(FormatName(Format::kDynamoDbJson), "DYNAMODB_JSON");
  EXPECT_EQ(DataFileExtension(Format::kDynamoDbJson), "json.gz");
  EXPECT_EQ(DataFileExtension(Format::kIon), "ion.gz");
}

TEST(ItemFormat, MakesWritersAndReadersThatFitTogether) {
  item::ItemBuilder builder;
  builder.StartItem();
  ASSERT_TRUE(builder.Name("pk"));
  builder.String("x");
  const std::string encoded(builder.Finish());
  const std::pair<Format, const char*> lines[] = {
      {Format::kDynamoDbJson, "{\"Item\":{\"pk\":{\"S\":\"x\"}}}\n"},
      {Format::kIon, "$ion_1_0 {Item:{pk:\"x\"}}\n"}};
  for (const auto& [format, line] : lines) {
    std::string text;
    base::StringSink sink(text);
    auto writer =
        MakeItemWriter(format, {.hash = {{"pk", item::Type::kString}}, .range = {}}, sink);
    ASSERT_TRUE(writer->Write(item::ItemView(encoded)));
    ASSERT_TRUE(writer->Finish());
    EXPECT_EQ(text, line);
    base::StringSource source(text);
    auto record = MakeItemReader(format, source)->Next();
    ASSERT_TRUE(record);
    EXPECT_EQ(record->outcome, codec::Record::Outcome::kItem);
  }
}

TEST(ItemFormat, TellsTheReaderOfCsvItsDialect) {
  ReaderOptions options;
  options.csv.dialect = {.delimiter = ';', .header_list = {"pk", "sk"}, .keys = {}};
  base::StringSource source("x;1\n");
  auto record = MakeItemReader(Format::kCsv, source, options)->Next();
  ASSERT_TRUE(record);
  ASSERT_EQ(record->outcome, codec::Record::Outcome::kItem);
}

}  // namespace
}  // namespace dray::item_format
