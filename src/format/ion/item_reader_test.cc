// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "base/file_system.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/ion/ion.h"
#include "testing/piecewise_source.h"

namespace dray::ion {
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
  bool operator==(const Seen&) const = default;
};

std::vector<Seen> ReadAll(base::ByteSource& source, const ReaderOptions& options = {},
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

std::vector<Seen> ReadAll(std::string_view text, const ReaderOptions& options = {}) {
  base::StringSource source(text);
  return ReadAll(source, options);
}

std::string Golden(const std::string& path) {
  auto bytes = base::ReadFile(base::PosixFileSystem(),
                              std::string(DRAY_SOURCE_DIR) + "/tests/golden/format/" + path);
  EXPECT_TRUE(bytes) << path;
  return bytes ? *bytes : "";
}

std::string ItemWith(std::string_view value) { return "{Item:{a:" + std::string(value) + "}}"; }

// The value as attribute-value JSON, or the outcome and its message.
std::string Value(std::string_view ion) {
  auto seen = ReadAll(ItemWith(ion));
  if (seen.size() != 1) return std::to_string(seen.size()) + " records";
  if (seen[0].outcome == kBadItem) return "bad item: " + seen[0].message;
  if (seen[0].outcome == kBadObject) return "bad object: " + seen[0].message;
  return seen[0].item.substr(5, seen[0].item.size() - 6);
}

TEST(IonReader, ReadsTheGoldenExport) {
  std::string json = Golden("dynamodb_json/full.jsonl");
  auto seen = ReadAll(Golden("ion/full.ion"));
  std::string text;
  for (const Seen& one : seen) {
    ASSERT_EQ(one.outcome, kItem) << one.message;
    text += "{\"Item\":" + one.item + "}\n";
  }
  EXPECT_EQ(text, json);
}

TEST(IonReader, ReadsLinesGluedStructsListsAndWhatStandsBetween) {
  std::string a = ItemWith("1."), b = ItemWith("2.");
  for (const std::string& text :
       {a + "\n" + b, a + b, "\n \r\n\t$ion_1_0 " + a + "$ion_1_0" + b + "\n",
        "[" + a + "," + b + "]", "$ion_1_0 [\n  " + a + ",\n  " + b + ",\n]\n",
        "[" + a + "][" + b + "]", "[]" + a + "[]" + b,
        "// one\n" + a + "/* two *//***/" + b + "// three",
        "[/**/" + a + "/*,*/,//]\n" + b + "//\n]",
        "$ion_1_0\n$ion_1_0\n" + a + " $ion_1_0\v" + b + " $ion_1_0",
        "$ion_symbol_table::{symbols:[\"x\"]}" + a + "$ion_symbol_table :: {}" + b}) {
    auto seen = ReadAll(text);
    ASSERT_EQ(seen.size(), 2u) << text;
    EXPECT_EQ(seen[0].item, R"({"a":{"N":"1"}})") << text;
    EXPECT_EQ(seen[1].item, R"({"a":{"N":"2"}})") << text;
    EXPECT_EQ(seen[1].index, 1u);
    EXPECT_EQ(text.substr(seen[0].offset, a.size()), a);
    EXPECT_EQ(text.substr(seen[1].offset, b.size()), b);
  }
  for (const char* empty : {"", " \n", "$ion_1_0", "[]", "$ion_1_0 [ ] // end", "/* */"}) {
    EXPECT_TRUE(ReadAll(empty).empty()) << empty;
  }
}

TEST(IonReader, ReadsEveryValue) {
  const std::pair<const char*, const char*> cases[] = {
      {R"("")", R"({"S":""})"},
      {R"("é🦑/")", R"({"S":"é🦑/"})"},
      {R"("\0\a\b\t\n\f\r\v\"\'\?\\\/")", R"({"S":"\u0000\u0007\b\t\n\f\r\u000b\"'?\\/"})"},
      {R"("\x41\xe9\u65e5\U0001F991\ud83e\udd91")", R"({"S":"Aé日🦑🦑"})"},
      {"\"a\\\nb\\\r\nc\td\"", R"({"S":"abc\td"})"},
      {"'''a'''", R"({"S":"a"})"},
      {"'''it's ''ok'' \"x\"\n''' /**/ '''\\x42\r\ny\rz'''",
       R"({"S":"it's ''ok'' \"x\"\nB\ny\nz"})"},
      {"''''''", R"({"S":""})"},
      {"symbol", R"({"S":"symbol"})"},
      {"'quoted symbol'", R"({"S":"quoted symbol"})"},
      {"''", R"({"S":""})"},
      {"nulls", R"({"S":"nulls"})"},
      {"true", R"({"BOOL":true})"},
      {"false", R"({"BOOL":false})"},
      {"null", R"({"NULL":true})"},
      {"null.null", R"({"NULL":true})"},
      {"null.string", R"({"NULL":true})"},
      {"0.", R"({"N":"0"})"},
      {"-0.", R"({"N":"0"})"},
      {"0", R"({"N":"0"})"},
      {"103", R"({"N":"103"})"},
      {"-103.50", R"({"N":"-103.5"})"},
      {"6d2", R"({"N":"600"})"},
      {"6D+2", R"({"N":"600"})"},
      {"1.5d-3", R"({"N":"0.0015"})"},
      {"1_000_000.000_1", R"({"N":"1000000.0001"})"},
      {"0x1F", R"({"N":"31"})"},
      {"-0XfF_fF", R"({"N":"-65535"})"},
      {"0b1_01", R"({"N":"5"})"},
      {"0x7FFFFFFFFFFFFFFFFFFFFFFF", R"({"N":"39614081257132168796771975167"})"},
      {"99999999999999999999999999999999999999d88",
       R"({"N":"999999999999999999999999999999999999990000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"})"},
      {"{{}}", R"({"B":""})"},
      {"{{AAH+/w==}}", R"({"B":"AAH+/w=="})"},
      {"{{ AA\nH+ /w= =\t}}", R"({"B":"AAH+/w=="})"},
      {"{{aGVsbG8gd29ybGQ=}}", R"({"B":"aGVsbG8gd29ybGQ="})"},
      {"[]", R"({"L":[]})"},
      {"[1.,]", R"({"L":[{"N":"1"}]})"},
      {"[ \"x\" , [null] /* c */, {b:{{}}} ]",
       R"({"L":[{"S":"x"},{"L":[{"NULL":true}]},{"M":{"b":{"B":""}}}]})"},
      {"{}", R"({"M":{}})"},
      {"{ 'q n' : 1 , \"s\":2,b:3,'''l''' '''m''':4, }",
       R"({"M":{"q n":{"N":"1"},"s":{"N":"2"},"b":{"N":"3"},"lm":{"N":"4"}}})"},
      {"{b:1,b:2}", R"({"M":{"b":{"N":"2"}}})"},
      {"$dynamodb_SS::[\"b\",'''a''',c,'d']", R"({"SS":["b","a","c","d"]})"},
      {"$dynamodb_NS :: [1,2.5,6d2,0x10]", R"({"NS":["1","2.5","600","16"]})"},
      {"'$dynamodb_BS'::[{{AA==}},{{}},]", R"({"BS":["AA==",""]})"},
      {"5//c\n", R"({"N":"5"})"},
      {"5/*c*/", R"({"N":"5"})"},
  };
  for (const auto& [ion, expected] : cases) EXPECT_EQ(Value(ion), expected) << ion;
}

TEST(IonReader, GoesOnBehindARecordThatIsNoItem) {
  const std::pair<const char*, const char*> cases[] = {
      {"1e3", "An Ion float has no DynamoDB type"},
      {"-1.5E+3", "An Ion float has no DynamoDB type"},
      {"nan", "An Ion float has no DynamoDB type"},
      {"+inf", "An Ion float has no DynamoDB type"},
      {"-inf", "An Ion float has no DynamoDB type"},
      {"2007T", "An Ion timestamp has no DynamoDB type"},
      {"2007-02-23", "An Ion timestamp has no DynamoDB type"},
      {"2007-02-23T12:14:33.079-08:00", "An Ion timestamp has no DynamoDB type"},
      {"{{\"clob\"}}", "An Ion clob has no DynamoDB type"},
      {"{{ '''c''' '''d''' }}", "An Ion clob has no DynamoDB type"},
      {"(a + (b / c) [1,2,] {x:y,} - -1 a::'b'::c)", "An Ion sexp has no DynamoDB type"},
      {"$10", "A symbol identifier stands for no text"},
      {"{$10:1}", "A field is named by a symbol identifier"},
      {"unit::5", "An annotation names no DynamoDB type: unit"},
      {"$dynamodb_XS::[]", "An annotation names no DynamoDB type: $dynamodb_XS"},
      {"$dynamodb_SS::5", "The annotation of a set does not stand before a list"},
      {"$dynamodb_SS::a::[\"x\"]", "The annotation of a set does not stand before a list"},
      {"$dynamodb_SS::[1]", "A member of a set has another type than its set"},
      {"$dynamodb_SS::[null]", "A member of a set has another type than its set"},
      {"$dynamodb_SS::[a::b]", "A member of a set has another type than its set"},
      {"$dynamodb_SS::[$dynamodb_SS::[\"x\"]]", "A member of a set has another type than its set"},
      {"$dynamodb_NS::[\"1\"]", "A member of a set has another type than its set"},
      {"$dynamodb_NS::[1e2]", "An Ion float has no DynamoDB type"},
      {"$dynamodb_BS::[{}]", "A member of a set has another type than its set"},
      {"$dynamodb_SS::[]",
       "One or more parameter values were invalid: An string set  may not be empty"},
      {"$dynamodb_SS::[a,a]",
       "One or more parameter values were invalid: Input collection [a, a] contains duplicates."},
      {"1d126",
       "Number overflow. Attempting to store a number with magnitude larger than supported range"},
      {"1d-131",
       "Number underflow. Attempting to store a number with magnitude smaller than supported "
       "range"},
      {"123456789012345678901234567890123456789",
       "Attempting to store more than 38 significant digits in a Number"},
      {"0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
       "Attempting to store more than 38 significant digits in a Number"},
      {"0x100000000000000000000000000000000",
       "An integer in hexadecimal or binary has more than 128 bits"},
      {"{'':1}", "One or more parameter values were invalid: Empty attribute name"},
  };
  std::string good = ItemWith("\"x\"");
  for (const auto& [ion, message] : cases) {
    std::string bad = ItemWith(ion);
    for (std::string_view more : {"", ","}) {  // glued, or in a list
      bool is_list = !more.empty();
      std::string text = good + std::string(more) + bad + std::string(more) + good;
      if (is_list) text = "[" + text + "]";
      auto seen = ReadAll(text);
      ASSERT_EQ(seen.size(), 3u) << text << (seen.empty() ? "" : seen.back().message);
      EXPECT_EQ(seen[1].outcome, kBadItem) << ion;
      EXPECT_EQ(seen[1].message, message) << ion;
      EXPECT_EQ(seen[1].index, 1u);
      EXPECT_EQ(text.substr(seen[1].offset, bad.size()), bad);
      EXPECT_EQ(seen[1].head.substr(0, bad.size()), bad);
      EXPECT_EQ(seen[2].outcome, kItem) << ion;
    }
  }
  for (const char* bad : {"{Item:5}", "{Item:null}", "{Item:[]}", "{Item:{{}}}", "{Item:a::{}}",
                          "{Item:{a:1},Item:{a:1}}"}) {
    auto seen = ReadAll(bad + good);
    ASSERT_EQ(seen.size(), 2u) << bad;
    EXPECT_EQ(seen[0].outcome, kBadItem) << bad;
  }
}

TEST(IonReader, SkipsOtherMembersButChecksThem) {
  std::string item = "Item:{a:\"x\"}";
  for (std::string_view other :
       {"x:1", "x:[1,-2.5,{y:[[],{}]},null,true,\"]}\"]", "'':{Item:5}", "item:{a:\"y\"}",
        "Metadata:{WriteTimestampMicros:1684374845117899.}", "x:a::'b'::{{AA==}}", "x:2007-01T",
        "x:(a.b*c (+ 1 2) '''s'''//)\n /*)*/ null.int)", "$10:1", "x:{$11:$12}", "x:nan",
        "x:{{\"\\x00\"}}"}) {
    std::string member(other);
    for (const std::string& text :
         {"{" + member + "," + item + "}", "{" + item + "," + member + ",}"}) {
      if (member == "$10:1") continue;
      auto seen = ReadAll(text + text);
      ASSERT_EQ(seen.size(), 2u) << text << (seen.empty() ? "" : seen.back().message);
      EXPECT_EQ(seen[1].item, R"({"a":{"S":"x"}})") << text;
    }
  }
  for (std::string_view other :
       {"x:01",     "x:1__0",     "x:1_",      "x:[1,,2]",  "x:[,]",         "x:{y}",
        "x:",       "x:\"\\q\"",  "x:[1}",     "x:(]",      "x:a::",         "x:1a",
        "x:null.x", "x:true::1",  "null:1",    "x:+1",      "x:1.5d",        "x:\"\xff\"",
        "x:{{A}}",  "x:{{AB==}}", "x:{{AA=}}", "x:{{AA==}", "x:{{!}}",       "x:a:b",
        "x:1 2",    "x:0x",       "x:0b2",     "x:12T",     "x:\"\\ud800\"", "x:'\\U00110000'",
        "x:\"\n\"", "x:'a\nb'",   "x:(a::)"}) {
    for (const std::string& text : {"{" + std::string(other) + "," + item + "}",
                                    "{" + item + "," + std::string(other) + "}"}) {
      auto seen = ReadAll(text);
      ASSERT_EQ(seen.size(), 1u) << text;
      EXPECT_EQ(seen[0].outcome, kBadObject) << text;
    }
  }
}

TEST(IonReader, AbandonsTheObjectAtTextThatCannotBeParsed) {
  std::string good = ItemWith("1.");
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"x", "not an Ion struct"},
      {"]", "not an Ion struct"},
      {",", "not an Ion struct"},
      {"5", "not an Ion struct"},
      {"null", "not an Ion struct"},
      {"/", "not an Ion struct"},
      {"{{AA==}}", "not an Ion struct"},
      {"a::{Item:{}}", "not an Ion struct"},
      {"$ion_1_0::{Item:{}}", "not an Ion struct"},
      {"$ion_symbol_table", "not an Ion struct"},
      {"[5]", "not an Ion struct"},
      {"[{Item:{}} {Item:{}}]", ""},
      {"[,]", "not an Ion struct"},
      {"[[{Item:{}}]]", "not an Ion struct"},
      {"$ion_1_1 {Item:{}}", "Ion version $ion_1_1 is not known: only $ion_1_0 can be read"},
      {"{}", "the Ion struct has no member Item"},
      {"{item:{}}", "the Ion struct has no member Item"},
      {"{Record:{Keys:{}}}", "the Ion struct has no member Item"},
      {"{\"Item\":{\"a\":{S:1}}", ""},
      {"\x1f\x8b\x08", "gzip data, read without decompression"},
      {"\xE0\x01\xEA", "binary Ion: only Ion text can be read"},
      {"\xEF\xBB\xBF{}", "a byte order mark before the first struct"},
      {std::string_view("\0", 1), "not an Ion struct"},
      {"/* x", "the text ends inside a comment"},
  };
  for (const auto& [bad, message] : cases) {
    std::string text = good + "\n" + std::string(bad) + "\n";
    auto seen = ReadAll(text);
    ASSERT_GE(seen.size(), 2u) << bad;
    EXPECT_EQ(seen.back().outcome, kBadObject) << bad;
    EXPECT_NE(seen.back().message, "") << bad;
    if (!message.empty()) {
      EXPECT_EQ(seen.back().message, message) << bad;
    }
    seen = ReadAll(text + good + good);
    EXPECT_EQ(seen.back().outcome, kBadObject) << bad;
  }
  EXPECT_EQ(ReadAll(" \n{Item:{a:~}}")[0].message, "invalid Ion at byte 11");
  EXPECT_EQ(ReadAll("{Item:{a:1e1,b:}}")[0].message, "invalid Ion at byte 15");
  auto cut_list = ReadAll("[" + good + ", ");
  ASSERT_EQ(cut_list.size(), 2u);
  EXPECT_EQ(cut_list[1].message, "the text ends inside an Ion list");
}

TEST(IonReader, AgreesWithItselfWhateverTheSizesOfReadsAndBuffers) {
  std::string text = Golden("ion/full.ion") + "\n \n$ion_1_0 [" + ItemWith("'''a\n''' '''b'''") +
                     ", // c\n" + ItemWith("2007T") + " /* d */ ," + ItemWith("0x10") + ",]" +
                     ItemWith("$dynamodb_SS :: [ a, 'b' ]") + "$ion_symbol_table::{x:(a b)}" +
                     ItemWith("{{ AA == }}") + ItemWith("-12_3.4d5") + "[" + ItemWith("1") +
                     Golden("ion/full.ion");
  base::StringSource whole_source(text);
  uint64_t whole_consumed = 0;
  auto whole = ReadAll(whole_source, {}, &whole_consumed);
  ASSERT_EQ(whole.size(), 8u + 3 + 3 + 2);
  for (size_t buffer : {16, 17, 64, 300, 4096}) {
    for (size_t piece : {1, 7, 1000}) {
      testing::PiecewiseSource source(text, piece);
      uint64_t consumed = 0;
      auto seen = ReadAll(source, {.buffer_bytes = buffer}, &consumed);
      ASSERT_EQ(seen.size(), whole.size()) << seen.back().message;
      EXPECT_EQ(consumed, whole_consumed);
      for (size_t i = 0; i < seen.size(); ++i) {
        // The head may be cut where the buffer ends.
        EXPECT_EQ(whole[i].head.substr(0, seen[i].head.size()), seen[i].head);
        seen[i].head = whole[i].head;
        EXPECT_EQ(seen[i], whole[i]) << i;
      }
    }
  }
}

TEST(IonReader, PiecesOfALongStringMayBeCutAnywhere) {
  const std::string text = "{Item:{'''l''' '''m''':'''a'''\n'''b''' '''c''',pk:'''d''' '''e'''}}";
  for (size_t piece = 1; piece < text.size(); ++piece) {
    testing::PiecewiseSource source(text, piece);
    auto seen = ReadAll(source, {.buffer_bytes = piece});
    ASSERT_EQ(seen.size(), 1u) << piece;
    EXPECT_EQ(seen[0].item, R"({"lm":{"S":"abc"},"pk":{"S":"de"}})") << piece << seen[0].message;
  }
}

TEST(IonReader, RefusesRecordsBeyondTheLimitWhateverTheBuffer) {
  std::string fits = ItemWith("\"" + std::string(987, 'x') + "\"");
  ASSERT_EQ(fits.size(), 1000u);
  std::string too_long = ItemWith("\"" + std::string(988, 'x') + "\"");
  for (size_t buffer : {16, 512, 1000, 1001, 1 << 16}) {
    ReaderOptions options{.buffer_bytes = buffer, .record_bytes_max = 1000};
    auto seen = ReadAll("[" + fits + ",\n" + fits + "," + too_long + "," + fits, options);
    ASSERT_EQ(seen.size(), 3u) << buffer;
    EXPECT_EQ(seen[1].outcome, kItem);
    EXPECT_EQ(seen[2].outcome, kBadObject);
    EXPECT_EQ(seen[2].message, "an item's text is longer than 1000 bytes");
    for (const std::string& one :
         {"{Item:" + std::string(5000, '['), "/*" + std::string(5000, 'x') + "*/" + fits,
          "//" + std::string(5000, 'x') + "\n" + fits,
          "$ion_symbol_table::{x:\"" + std::string(5000, 'x') + "\"}" + fits}) {
      seen = ReadAll(one, options);
      ASSERT_EQ(seen.size(), 1u);
      EXPECT_EQ(seen[0].outcome, kBadObject);
    }
  }
}

// One line of many records: no more of it is in memory than one record.
TEST(IonReader, StreamsListsOfAnyLength) {
  class Endless final : public base::ByteSource {
   public:
    base::Result<size_t> Read(char* out, size_t capacity) override {
      size_t count = std::min(capacity, rest_.size());
      std::copy_n(rest_.data(), count, out);
      rest_.remove_prefix(count);
      if (rest_.empty() && elements_ > 0) {
        --elements_;
        rest_ = elements_ == 0 ? std::string_view("]") : std::string_view(element_);
      }
      return count;
    }

   private:
    std::string element_ = ItemWith("\"" + std::string(700, 'x') + "\"") + ",";
    size_t elements_ = 20'000;
    std::string_view rest_ = "$ion_1_0 [";
  } source;
  auto reader = MakeItemReader(source, {.buffer_bytes = 1024, .record_bytes_max = 2048});
  size_t items = 0;
  while (true) {
    auto record = reader->Next();
    ASSERT_TRUE(record);
    if (record->outcome == Record::Outcome::kEnd) break;
    ASSERT_EQ(record->outcome, kItem) << record->message;
    ++items;
  }
  EXPECT_EQ(items, 19'999u);
}

TEST(IonReader, SurvivesAnyDepth) {
  auto nested = [](size_t levels, std::string_view open, std::string_view close) {
    std::string text;
    for (size_t i = 0; i < levels; ++i) text += open;
    text += "1";
    for (size_t i = 0; i < levels; ++i) text += close;
    return text;
  };
  auto outcome = [](const std::string& text) { return ReadAll(text).at(0).outcome; };
  EXPECT_EQ(outcome(ItemWith(nested(30, "[", "]"))), kItem);
  EXPECT_EQ(outcome(ItemWith(nested(40, "[", "]"))), kBadItem);
  EXPECT_EQ(outcome(ItemWith(nested(40, "{m:", "}"))), kBadItem);
  EXPECT_EQ(outcome(ItemWith(nested(100'000, "[", "]"))), kBadItem);
  EXPECT_EQ(outcome(ItemWith(nested(100'000, "a::", ""))), kBadItem);
  EXPECT_EQ(outcome("{x:" + nested(100'000, "(", ")") + ",Item:{}}"), kItem);
}

TEST(IonReader, DeliversWhatCameBeforeTheSourceFailed) {
  class FailingSource final : public base::ByteSource {
   public:
    explicit FailingSource(std::string_view bytes) : under_(bytes) {}
    base::Result<size_t> Read(char* out, size_t capacity) override {
      ASSIGN_OR_RETURN(size_t count, under_.Read(out, capacity));
      if (count == 0) return base::Error{base::ErrorKind::kIo, "connection lost"};
      return count;
    }

   private:
    base::StringSource under_;
  };
  std::string good = ItemWith("1.");
  std::string text = good + good + good.substr(0, 10);
  FailingSource source(text);
  auto reader = MakeItemReader(source);
  for (int i = 0; i < 2; ++i) {
    auto record = reader->Next();
    ASSERT_TRUE(record);
    EXPECT_EQ(record->outcome, kItem);
  }
  for (int i = 0; i < 2; ++i) {
    auto record = reader->Next();
    ASSERT_FALSE(record);
    EXPECT_EQ(record.error().kind, base::ErrorKind::kIo);
  }
}

TEST(IonReader, CountsConsumedBytesWithEverythingBetween) {
  std::string line = "$ion_1_0 " + ItemWith("1.");
  std::string text = line + "\n" + line + "\n  // end\n";
  base::StringSource source(text);
  auto reader = MakeItemReader(source);
  ASSERT_TRUE(reader->Next());
  EXPECT_EQ(reader->consumed_bytes(), line.size());
  ASSERT_TRUE(reader->Next());
  auto end = reader->Next();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->outcome, Record::Outcome::kEnd);
  EXPECT_EQ(end->index, 2u);
  EXPECT_EQ(reader->consumed_bytes(), text.size());
}

}  // namespace
}  // namespace dray::ion
