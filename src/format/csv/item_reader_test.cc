// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>

#include "base/file_system.h"
#include "format/csv/csv.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "testing/piecewise_source.h"

namespace dray::csv {
namespace {

using codec::Record;

constexpr auto kItem = Record::Outcome::kItem;
constexpr auto kBadItem = Record::Outcome::kBadItem;
constexpr auto kBadObject = Record::Outcome::kBadObject;

struct Seen {
  Record::Outcome outcome;
  std::string item;  // as attribute-value JSON
  std::string message;
  uint64_t index;
  uint64_t offset;
  std::string head;
  // The head is what the buffer has of it.
  bool operator==(const Seen& other) const {
    return std::tie(outcome, item, message, index, offset) ==
           std::tie(other.outcome, other.item, other.message, other.index, other.offset);
  }
};

ReaderOptions Options() {
  ReaderOptions options;
  options.dialect.keys = {
      {"pk", item::Type::kString}, {"sk", item::Type::kNumber}, {"raw", item::Type::kBinary}};
  return options;
}

ReaderOptions WithDelimiter(char delimiter) {
  ReaderOptions options = Options();
  options.dialect.delimiter = delimiter;
  return options;
}

ReaderOptions WithHeaderList(std::vector<std::string> names, char delimiter = ',') {
  ReaderOptions options = WithDelimiter(delimiter);
  options.dialect.header_list = std::move(names);
  return options;
}

std::vector<Seen> ReadAll(base::ByteSource& source, const ReaderOptions& options,
                          uint64_t* consumed = nullptr) {
  auto reader = MakeItemReader(source, options);
  std::vector<Seen> seen;
  while (true) {
    auto record = reader->Next();
    if (!record) {
      ADD_FAILURE() << record.error().message;
      return seen;
    }
    if (record->outcome == Record::Outcome::kEnd) break;
    Seen one{record->outcome,          "", record->message, record->index, record->offset_bytes,
             std::string(record->head)};
    if (record->outcome == kItem) {
      item::ItemView item(record->item);
      EXPECT_TRUE(item::ItemView::Check(record->item));
      EXPECT_EQ(record->item_size_bytes, item.SizeBytes());
      dynamodb_json::AppendAttributes(item.attributes(), one.item);
    }
    seen.push_back(std::move(one));
  }
  auto again = reader->Next();
  EXPECT_TRUE(again && again->outcome == Record::Outcome::kEnd);
  if (consumed != nullptr) *consumed = reader->consumed_bytes();
  return seen;
}

// At once; every other way of cutting the text must give the same.
std::vector<Seen> ReadAll(std::string_view text, ReaderOptions options = Options()) {
  base::StringSource source(text);
  auto seen = ReadAll(source, options);
  options.buffer_bytes = 16;
  for (size_t piece : {1, 7, 64}) {
    testing::PiecewiseSource crumbs(text, piece);
    EXPECT_EQ(ReadAll(crumbs, options), seen) << piece;
  }
  return seen;
}

std::vector<std::string> ItemsOf(std::string_view text, const ReaderOptions& options = Options()) {
  std::vector<std::string> items;
  for (const Seen& one : ReadAll(text, options)) {
    items.push_back(one.outcome == kItem ? one.item : "error: " + one.message);
  }
  return items;
}

using Items = std::vector<std::string>;

std::string Golden(const std::string& path) {
  auto bytes = base::ReadFile(base::PosixFileSystem(),
                              std::string(DRAY_SOURCE_DIR) + "/tests/golden/format/csv/" + path);
  EXPECT_TRUE(bytes) << path;
  return bytes ? *bytes : "";
}

TEST(CsvReader, ReadsTheGoldenFiles) {
  Items expected;
  const std::string lines = Golden("expected-basic.jsonl");
  base::StringSource source(lines);
  auto reader = dynamodb_json::MakeItemReader(source);
  while (true) {
    auto record = reader->Next();
    ASSERT_TRUE(record);
    if (record->outcome != kItem) break;
    dynamodb_json::AppendAttributes(item::ItemView(record->item).attributes(),
                                    expected.emplace_back());
  }
  ASSERT_EQ(expected.size(), 2u);
  EXPECT_EQ(ItemsOf(Golden("basic.csv")), expected);
  EXPECT_EQ(ItemsOf(Golden("quoted.csv")),
            (Items{R"({"pk":{"S":"\"123\""},"value":{"S":"Women's Full \"Length\" Dress"}})",
                   R"({"pk":{"S":"x"},"value":{"S":"a, b"}})"}));
  EXPECT_EQ(
      ItemsOf(Golden("headerlist-semicolon.csv"), WithHeaderList({"pk", "title", "year"}, ';')),
      (Items{R"({"pk":{"S":"A"},"title":{"S":"first"},"year":{"S":"1973"}})",
             R"({"pk":{"S":"B"},"title":{"S":"second"},"year":{"S":"1999"}})"}));
  auto seen = ReadAll(Golden("unescaped-quote-fails.csv"));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].outcome, kBadObject);
  EXPECT_EQ(seen[0].message,
            "a quote inside a field that does not begin with one: such a field must stand in "
            "quotes, with the quotes in it doubled (line 2, column \"value\")");
}

TEST(CsvReader, TakesEveryDelimiterAndOnlyThatOne) {
  for (char delimiter : {',', ';', ':', '|', '\t', ' '}) {
    std::string text = "pk?v\nx?1,;:|.\n";
    std::replace(text.begin(), text.end(), '?', delimiter);
    // The others are text.
    std::string value = "1,;:|.";
    std::erase(text, '.');
    std::erase(value, '.');
    if (value.find(delimiter) != std::string::npos) {
      text = text.substr(0, text.find('\n') + 1) + "x" + delimiter + "\"" + value + "\"\n";
    }
    EXPECT_EQ(ItemsOf(text, WithDelimiter(delimiter)),
              Items{R"({"pk":{"S":"x"},"v":{"S":")" + value + "\"}}"})
        << delimiter;
  }
}

TEST(CsvReader, GivesKeysTheirTypesAndEverythingElseText) {
  EXPECT_EQ(ItemsOf("pk,sk,raw,n\n1,12345678901234567890.123456789012345678,AAH+/w==,7\n"),
            Items{R"({"pk":{"S":"1"},"sk":{"N":"12345678901234567890.123456789012345678"},)"
                  R"("raw":{"B":"AAH+/w=="},"n":{"S":"7"}})"});
  EXPECT_EQ(ItemsOf("sk,raw\n\"-1.50\",\"AQ==\"\n1e3,\"\"\n"),
            (Items{R"({"sk":{"N":"-1.5"},"raw":{"B":"AQ=="}})", R"({"sk":{"N":"1000"}})"}));
}

TEST(CsvReader, CountsAKeyThatIsNotOfItsTypeAndGoesOn) {
  auto seen =
      ReadAll("pk,sk,raw\na,one,\nb,,A\nc,1,\nd, 2,\ne,123456789012345678901234567890123456789,\n");
  ASSERT_EQ(seen.size(), 5u);
  EXPECT_EQ(seen[0].outcome, kBadItem);
  EXPECT_EQ(seen[0].message,
            "The parameter cannot be converted to a numeric value: one (line 2, column \"sk\")");
  EXPECT_EQ(seen[1].message, "Invalid Base64 in a binary value (line 3, column \"raw\")");
  EXPECT_EQ(seen[2].outcome, kItem);
  EXPECT_EQ(seen[3].message,
            "The parameter cannot be converted to a numeric value:  2 (line 5, column \"sk\")");
  EXPECT_EQ(seen[4].message,
            "Attempting to store more than 38 significant digits in a Number (line 6, column "
            "\"sk\")");
  // A value is told as far as it helps.
  seen = ReadAll("sk\n" + std::string(5000, 'x') + "\n");
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_LT(seen[0].message.size(), 200u);
}

TEST(CsvReader, OmitsEmptyColumns) {
  EXPECT_EQ(ItemsOf("pk,a,b\nx,,\ny,\"\",1\n,,\n"),
            (Items{R"({"pk":{"S":"x"}})", R"({"pk":{"S":"y"},"b":{"S":"1"}})", "{}"}));
  // Space is not empty.
  EXPECT_EQ(ItemsOf("pk,a\nx, \n"), Items{R"({"pk":{"S":"x"},"a":{"S":" "}})"});
}

TEST(CsvReader, KeepsDelimitersLineEndsAndQuotesInsideQuotes) {
  EXPECT_EQ(
      ItemsOf("pk,a\n\"x,\r\ny\"\"z\",\"\n\"\nb,\"\"\"\"\nc,\"\"\"a\"\"b\"\"\"\n"),
      (Items{R"({"pk":{"S":"x,\r\ny\"z"},"a":{"S":"\n"}})", R"({"pk":{"S":"b"},"a":{"S":"\""}})",
             R"({"pk":{"S":"c"},"a":{"S":"\"a\"b\""}})"}));
  // A backslash is no escape.
  EXPECT_EQ(ItemsOf("pk,a\nx\\,\"\\\"\n"), Items{R"({"pk":{"S":"x\\"},"a":{"S":"\\"}})"});
}

TEST(CsvReader, TakesBothLineEndsBlankLinesAndNoLastLineEnd) {
  const Items expected{R"({"pk":{"S":"x"},"v":{"S":"1"}})", R"({"pk":{"S":"y"},"v":{"S":"2"}})"};
  for (const char* text :
       {"pk,v\nx,1\ny,2\n", "pk,v\r\nx,1\r\ny,2\r\n", "pk,v\nx,1\r\ny,2", "pk,v\r\nx,1\ny,2\r",
        "\n\r\npk,v\n\n\nx,1\r\n\r\ny,2\n\n\r\n\r", "\xEF\xBB\xBFpk,v\nx,1\ny,2\n",
        "\xEF\xBB\xBF\"pk\",\"v\"\n\"x\",\"1\"\r\n\"y\",\"2\"", "pk,v\nx,1\ny,\"2\"\r"}) {
    EXPECT_EQ(ItemsOf(text), expected) << text;
  }
}

TEST(CsvReader, CountsTheLinesOfWhatItSays) {
  auto seen = ReadAll("\n\"pk\n\",v\n\r\n\"a\nb\",1,2\n\nx,\"1\n2\n3\nz,\"");
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].message, "the row has 3 columns, the header has 2, separated by ',' (line 5)");
  EXPECT_EQ(seen[1].outcome, kItem);
  seen = ReadAll("pk,v\n\"a\nb\n\",\"c\n");
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].message, "the text ends inside a quoted field (line 4, column \"v\")");
}

TEST(CsvReader, TellsPlacesInTheObject) {
  const std::string text = "\xEF\xBB\xBFpk,v\r\nx,1\r\n\r\nlonger,row,here\ny,2\n\n";
  base::StringSource source(text);
  uint64_t consumed = 0;
  auto seen = ReadAll(source, Options(), &consumed);
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].index, 0u);
  EXPECT_EQ(seen[0].offset, 9u);
  EXPECT_EQ(seen[1].index, 1u);
  EXPECT_EQ(seen[1].offset, 16u);
  EXPECT_TRUE(seen[1].head.starts_with("longer,row,here\n"));
  EXPECT_EQ(seen[2].index, 2u);
  EXPECT_EQ(consumed, text.size());
}

TEST(CsvReader, CountsRaggedRowsAndGoesOn) {
  EXPECT_EQ(ItemsOf("pk,v\nx\ny,1,2\nz,3\n"),
            (Items{"error: the row has 1 column, the header has 2, separated by ',' (line 2)",
                   "error: the row has 3 columns, the header has 2, separated by ',' (line 3)",
                   R"({"pk":{"S":"z"},"v":{"S":"3"}})"}));
  EXPECT_EQ(ItemsOf("x\ty\n", WithHeaderList({"pk"}, '\t')),
            Items{"error: the row has 2 columns, HeaderList has 1, separated by tabs (line 1)"});
}

TEST(CsvReader, AbandonsTheObjectAtAStrayQuote) {
  for (const char* row : {"x,a\"b", "x,a\"", "x, \"a\"", "x,\"a\"b", "x,\"a\" ", "x,\"a\"\rb"}) {
    auto seen = ReadAll("pk,v\nbefore,1\n" + std::string(row) + "\nbehind,2\n");
    ASSERT_EQ(seen.size(), 2u) << row;
    EXPECT_EQ(seen[0].outcome, kItem);
    EXPECT_EQ(seen[1].outcome, kBadObject);
    EXPECT_EQ(seen[1].index, 1u);
    EXPECT_EQ(seen[1].offset, 14u);
    EXPECT_NE(seen[1].message.find("(line 3, column \"v\")"), std::string::npos) << seen[1].message;
  }
}

TEST(CsvReader, CountsALoneCarriageReturnAndGoesOn) {
  EXPECT_EQ(ItemsOf("pk,v\nx,1\ry,2\nz,\"\r\"\n"),
            (Items{"error: the row has 3 columns, the header has 2, separated by ',' (line 2)",
                   R"({"pk":{"S":"z"},"v":{"S":"\r"}})"}));
  EXPECT_EQ(ItemsOf("pk\nx\ry\n"), Items{"error: a carriage return without a line feed, outside of "
                                         "quotes: lines end with LF or CRLF (line 2)"});
  // The whole of such a file would be its header: nothing imported, nothing said.
  auto seen = ReadAll("pk,v\rx,1\ry,2\r");
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].outcome, kBadObject);
}

TEST(CsvReader, CountsTextThatIsNotUtf8AndGoesOn) {
  EXPECT_EQ(ItemsOf("pk,v\nx,gr\xFC n\nGröße,\"日本\"\nz,\xC3\n"),
            (Items{"error: the value is not UTF-8 text (line 2, column \"v\")",
                   R"({"pk":{"S":"Größe"},"v":{"S":"日本"}})",
                   "error: the value is not UTF-8 text (line 4, column \"v\")"}));
  // Halves of a character that only a delimiter separates are none.
  EXPECT_EQ(ItemsOf("pk,v\n\xC3,\xBC\n"),
            Items{"error: the value is not UTF-8 text (line 2, column \"pk\")"});
}

TEST(CsvReader, KeepsBytesThatMeanNothing) {
  EXPECT_EQ(ItemsOf(std::string_view("pk,v\nx,a\0\x01z\n", 12)),
            Items{R"({"pk":{"S":"x"},"v":{"S":"a\u0000\u0001z"}})"});
}

TEST(CsvReader, RefusesABadHeader) {
  const std::pair<std::string, const char*> cases[] = {
      {"pk,,v\nx,1,2\n", "column 2 of the header has no name (line 1)"},
      {"\n\npk,v,\nx,1,\n", "column 3 of the header has no name (line 3)"},
      {"pk,v,pk\nx,1,2\n", "the header names the column \"pk\" twice, again as column 3 (line 1)"},
      {"pk,gr\xFCn\nx,1\n", "the name of column 2 of the header is not UTF-8 text (line 1)"},
      {"pk,a\"b\nx,1\n",
       "a quote inside a field that does not begin with one: such a field must stand in quotes, "
       "with the quotes in it doubled (line 1, column 2)"},
      {"pk,\"v\nx,1\n", "the text ends inside a quoted field (line 1, column 2)"},
      {"pk," + std::string(65'536, 'n') + "\nx,1\n",
       "column 2 of the header has a name of more than 65535 bytes (line 1)"},
  };
  for (const auto& [text, message] : cases) {
    auto seen = ReadAll(text);
    ASSERT_EQ(seen.size(), 1u) << message;
    EXPECT_EQ(seen[0].outcome, kBadObject);
    EXPECT_EQ(seen[0].message, message);
    EXPECT_EQ(seen[0].index, 0u);
  }
}

TEST(CsvReader, TakesUnusualHeaders) {
  EXPECT_EQ(ItemsOf("\"p\"\"k\", v \nx,1\n"), Items{R"({"p\"k":{"S":"x"}," v ":{"S":"1"}})"});
  // Names are case-sensitive: the key PK is no key.
  EXPECT_EQ(ItemsOf("PK,Sk,sk\nx,1,2\n"),
            Items{R"({"PK":{"S":"x"},"Sk":{"S":"1"},"sk":{"N":"2"}})"});
  const std::string name(65'535, 'n');
  EXPECT_EQ(ItemsOf(name + "\n1"), Items{"{\"" + name + R"(":{"S":"1"}})"});
  std::string header = "c0", row = "0", item = R"({"c0":{"S":"0"})";
  for (int i = 1; i < 5000; ++i) {
    header += ",c" + std::to_string(i);
    row += "," + std::to_string(i);
    item += ",\"c" + std::to_string(i) + R"(":{"S":")" + std::to_string(i) + "\"}";
  }
  EXPECT_EQ(ItemsOf(header + "\n" + row + "\n"), Items{item + "}"});
}

TEST(CsvReader, TakesTheFirstLineAsDataWhenTheColumnsAreGiven) {
  EXPECT_EQ(ItemsOf("\xEF\xBB\xBFpk,1\nx,2", WithHeaderList({"pk", "sk"})),
            (Items{R"({"pk":{"S":"pk"},"sk":{"N":"1"}})", R"({"pk":{"S":"x"},"sk":{"N":"2"}})"}));
}

TEST(CsvReader, FindsNothingInWhatHoldsNoRow) {
  for (const char* text : {"", "\n\r\n", "\xEF\xBB\xBF", "pk,v", "pk,v\r\n\r\n", "\r"}) {
    EXPECT_EQ(ItemsOf(text), Items{}) << text;
  }
  EXPECT_EQ(ItemsOf("", WithHeaderList({"pk"})), Items{});
}

TEST(CsvReader, NamesWhatIsNoCsvText) {
  const std::pair<std::string_view, const char*> cases[] = {
      {"\x1f\x8b\x08\x00\x00\x00,\n\n,\n", "gzip data, read without decompression"},
      {"\x28\xb5\x2f\xfd\n\n", "zstd data, read without decompression"},
      {std::string_view("\xff\xfep\0k\0\n\0", 8), "UTF-16 text: only UTF-8 can be read"},
      {"PK\x03\x04\n\n", "a ZIP archive or a spreadsheet, not CSV text"}};
  for (const auto& options : {Options(), WithHeaderList({"pk"})}) {
    for (const auto& [text, message] : cases) {
      auto seen = ReadAll(text, options);
      ASSERT_EQ(seen.size(), 1u) << message;
      EXPECT_EQ(seen[0].outcome, kBadObject);
      EXPECT_EQ(seen[0].message, message);
    }
  }
}

TEST(CsvReader, EndsARecordThatIsTooLong) {
  ReaderOptions options = Options();
  options.record_bytes_max = 1000;
  auto seen = ReadAll("pk,v\nx,1\ny,\"" + std::string(2000, 'v') + "\"\nz,3\n", options);
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[1].outcome, kBadObject);
  EXPECT_EQ(seen[1].message,
            "a record of more than 1000 bytes: a quoted field may lack its closing quote (line 3)");
  EXPECT_EQ(ReadAll("pk," + std::string(2000, 'n') + "\nx,1\n", options)[0].outcome, kBadObject);
  EXPECT_EQ(ReadAll("pk\n" + std::string(999, 'x') + "\n", options)[0].outcome, kItem);
  EXPECT_EQ(ReadAll("pk\n" + std::string(1000, 'x') + "\n", options)[0].outcome, kBadObject);
}

TEST(CsvReader, ReadsValuesOfEverySizeAtEveryPlaceOfABlock) {
  for (size_t shift = 0; shift < 70; ++shift) {
    std::string text = "pk,v\n" + std::string(shift + 1, 'k') + ",";
    std::string expected;
    const std::string value(shift * 3 + 1, 'v');
    for (const char* quotes : {"", "\""}) {
      std::string row = quotes + value + quotes;
      auto items = ItemsOf(text + row + "\n" + "z,\"\"\"" + value + "\"\"\"\n");
      ASSERT_EQ(items.size(), 2u);
      EXPECT_EQ(items[0], R"({"pk":{"S":")" + std::string(shift + 1, 'k') + R"("},"v":{"S":")" +
                              value + "\"}}");
      EXPECT_EQ(items[1], R"({"pk":{"S":"z"},"v":{"S":"\")" + value + "\\\"\"}}");
    }
  }
}

// Every row that is not there or not as it was is an item with another value or an error that says
// where; the reader ends, and what it counts is what it gave.
TEST(CsvReader, SurvivesCutsAndWrongBytesEverywhere) {
  const std::string text =
      "\xEF\xBB\xBFpk,sk,raw,v\r\nA,1,AQ==,\"say \"\"a, b\"\"\nnew "
      "line\"\r\n\r\nB,-2.5,,Größe\nC,3,AAA=,";
  ASSERT_EQ(ReadAll(text).size(), 3u);
  auto check = [](const std::string& damaged) {
    base::StringSource source(damaged);
    uint64_t consumed = 0;
    auto seen = ReadAll(source, Options(), &consumed);
    EXPECT_LE(seen.size(), 4u);
    for (size_t i = 0; i < seen.size(); ++i) {
      EXPECT_EQ(seen[i].index, i);
      EXPECT_LE(seen[i].offset, damaged.size());
      EXPECT_EQ(seen[i].message.empty(), seen[i].outcome == kItem);
      EXPECT_TRUE(i + 1 == seen.size() || seen[i].outcome != kBadObject);
      if (seen[i].outcome == kBadItem) {
        EXPECT_NE(seen[i].message.find("(line "), std::string::npos) << seen[i].message;
      }
    }
    bool is_abandoned = !seen.empty() && seen.back().outcome == kBadObject;
    EXPECT_TRUE(is_abandoned || consumed == damaged.size());
    return seen;
  };
  for (size_t size = 0; size <= text.size(); ++size) {
    auto seen = check(text.substr(0, size));
    // Rows that are whole in what is left are there as they were.
    const auto whole = ReadAll(text);
    for (size_t i = 0; i + 1 < seen.size(); ++i) EXPECT_EQ(seen[i].item, whole[i].item) << size;
  }
  for (size_t at = 0; at < text.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(byte);
      check(damaged);
    }
    std::string shorter = text;
    check(shorter.erase(at, 1));
  }
}

TEST(CsvReader, GivesWhatCameBeforeTheSourceFailed) {
  class FailingSource final : public base::ByteSource {
   public:
    base::Result<size_t> Read(char* out, size_t) override {
      if (is_read_) return base::Error{base::ErrorKind::kCorruption, "torn", {}};
      is_read_ = true;
      return std::string_view("pk,v\nx,1\ny,2").copy(out, 12);
    }

   private:
    bool is_read_ = false;
  } source;
  auto reader = MakeItemReader(source, Options());
  auto first = reader->Next();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->outcome, kItem);
  auto second = reader->Next();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "torn");
}

}  // namespace
}  // namespace dray::csv
