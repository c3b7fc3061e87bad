// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/file_system.h"
#include "format/dynamodb_json/dynamodb_json.h"
#include "format/json/json.h"
#include "testing/piecewise_source.h"

namespace dray::dynamodb_json {
namespace {

using codec::Record;

struct Seen {
  Record::Outcome outcome;
  std::string item;  // as JSON again
  std::string message;
  uint64_t index;
  uint64_t offset;
  std::string head;
  bool operator==(const Seen&) const = default;
};

std::string Text(std::string_view encoded) {
  std::string text;
  AppendAttributes(item::ItemView(encoded).attributes(), text);
  return text;
}

// Everything up to the end, which is not included.
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
    if (record->outcome == Record::Outcome::kItem) {
      one.item = Text(record->item);
      EXPECT_TRUE(item::ItemView::Check(record->item));
      EXPECT_EQ(record->item_size_bytes, item::ItemView(record->item).SizeBytes());
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

Record::Outcome OutcomeOf(std::string_view text) {
  auto seen = ReadAll(text);
  return seen.empty() ? Record::Outcome::kEnd : seen.front().outcome;
}

std::string MessageOf(std::string_view text) {
  auto seen = ReadAll(text);
  return seen.empty() ? "" : seen.front().message;
}

std::string Golden(const std::string& path) {
  auto bytes = base::ReadFile(base::PosixFileSystem(),
                              std::string(DRAY_SOURCE_DIR) + "/tests/golden/format/" + path);
  EXPECT_TRUE(bytes) << path;
  return bytes ? *bytes : "";
}

std::string ItemWith(std::string_view value) {
  return "{\"Item\":{\"a\":" + std::string(value) + "}}";
}

constexpr auto kItem = Record::Outcome::kItem;
constexpr auto kBadItem = Record::Outcome::kBadItem;
constexpr auto kBadObject = Record::Outcome::kBadObject;

TEST(ItemReader, ReadsLinesGluedObjectsAndBlankLines) {
  std::string a = ItemWith(R"({"S":"x"})"), b = ItemWith(R"({"N":"1"})");
  auto seen = ReadAll("\n \r\n\t" + a + b + "\n\n" + b + "  " + a + "\r\n");
  ASSERT_EQ(seen.size(), 4u);
  std::vector<std::string> items;
  for (const Seen& one : seen) {
    EXPECT_EQ(one.outcome, kItem);
    items.push_back(one.item);
  }
  EXPECT_EQ(items, (std::vector<std::string>{R"({"a":{"S":"x"}})", R"({"a":{"N":"1"}})",
                                             R"({"a":{"N":"1"}})", R"({"a":{"S":"x"}})"}));
  EXPECT_EQ(seen[0].index, 0u);
  EXPECT_EQ(seen[0].offset, 5u);
  EXPECT_EQ(seen[1].offset, 5 + a.size());
  EXPECT_EQ(seen[3].index, 3u);
}

TEST(ItemReader, ReadsEveryType) {
  std::string line = R"({"Item":{"s":{"S":"é\"\\\/\n"},"n":{"N":"-1.50"},"b":{"B":"AAH+/w=="},)"
                     R"("t":{"BOOL":true},"f":{"BOOL":false},"z":{"NULL":true},"l":{"L":[{"S":""},)"
                     R"({"L":[]}]},"m":{"M":{"x":{"M":{}}}},"ss":{"SS":["b","a"]},)"
                     R"("ns":{"NS":["2","1.0"]},"bs":{"BS":["AQ==","AA=="]}}})";
  auto seen = ReadAll(line);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].message, "");
  EXPECT_EQ(seen[0].item,
            R"({"s":{"S":"é\"\\/\n"},"n":{"N":"-1.5"},"b":{"B":"AAH+/w=="},)"
            R"("t":{"BOOL":true},"f":{"BOOL":false},"z":{"NULL":true},"l":{"L":[{"S":""},)"
            R"({"L":[]}]},"m":{"M":{"x":{"M":{}}}},"ss":{"SS":["b","a"]},)"
            R"("ns":{"NS":["2","1"]},"bs":{"BS":["AQ==","AA=="]}})");
}

TEST(ItemReader, AllowsSpaceBetweenAllTokens) {
  std::string text =
      " { \"Item\" :\n{ \"a\" : { \"L\" : [ { \"S\" : \"x\" } , { \"SS\" : [ \"p\" , "
      "\"q\" ] } ,\r{\t\"M\" : { } } ] } , \"b\" : { \"BOOL\" : true } } } ";
  auto seen = ReadAll(text);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].item, R"({"a":{"L":[{"S":"x"},{"SS":["p","q"]},{"M":{}}]},"b":{"BOOL":true}})");
}

TEST(ItemReader, DecodesEscapesAndSurrogatePairs) {
  auto seen =
      ReadAll(R"({"It\u0065m":{"\u0061":{"\u0053":"\ud83e\udd91\u00e9\u0000\u007F\b\f\r\t"}}})");
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].item, "{\"a\":{\"S\":\"🦑é\\u0000\x7f\\b\\f\\r\\t\"}}");
}

TEST(ItemReader, SkipsOtherMembersButChecksThem) {
  std::string item = R"("Item":{"a":{"S":"x"}})";
  for (std::string_view other :
       {R"("x":1)", R"("x":[1,-2.5e+10,{"y":[[],{}]},null,true,false,"]}"])", R"("":{"Item":5})",
        R"("item":{"a":{"S":"y"}})", R"("Metadata":{"WriteTimestampMicros":{"N":"1"}})"}) {
    std::string member(other);
    for (const std::string& text :
         {"{" + member + "," + item + "}", "{" + item + "," + member + "}"}) {
      auto seen = ReadAll(text + text);
      ASSERT_EQ(seen.size(), 2u) << text;
      EXPECT_EQ(seen[1].item, R"({"a":{"S":"x"}})") << text;
    }
  }
  for (std::string_view other :
       {R"("x":01)", R"("x":nul)", R"("x":[1,])", R"("x":{"y"})", R"("x":)", R"("x":"\q")",
        R"("x":1.)", R"("x":+1)", R"("x":[1}])", "\"x\":\"\xff\""}) {
    EXPECT_EQ(OutcomeOf("{" + std::string(other) + "," + item + "}"), kBadObject) << other;
    EXPECT_EQ(OutcomeOf("{" + item + "," + std::string(other) + "}"), kBadObject) << other;
  }
}

TEST(ItemReader, GoesOnBehindARecordThatIsNoItem) {
  std::string good = ItemWith(R"({"S":"x"})");
  const std::pair<const char*, const char*> cases[] = {
      {R"({"N":"1x"})", "The parameter cannot be converted to a numeric value: 1x"},
      {R"({"N":1})", "NUMBER_VALUE cannot be converted to String"},
      {R"({"S":true})", "TRUE_VALUE cannot be converted to String"},
      {R"({"S":{}})", "Start of structure or map found where not expected"},
      {R"({"S":[]})", "Start of list found where not expected"},
      {R"({"BOOL":"true"})", "STRING_VALUE cannot be converted to Boolean"},
      {R"({"M":"x"})", "Unexpected value type in payload"},
      {R"({"L":{}})", "Start of structure or map found where not expected"},
      {R"({"SS":[1]})", "NUMBER_VALUE cannot be converted to String"},
      {R"("x")", "Unexpected value type in payload"},
      {R"({"NULL":false})",
       "One or more parameter values were invalid: Null attribute value types must have the value "
       "of true"},
      {R"({"SS":[]})",
       "One or more parameter values were invalid: An string set  may not be empty"},
      {R"({"NS":[]})",
       "One or more parameter values were invalid: An number set  may not be empty"},
      {R"({"BS":[]})",
       "One or more parameter values were invalid: Binary sets should not be empty"},
      {R"({})",
       "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
      {R"({"X":"y"})",
       "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
      {R"({"S":null})",
       "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"},
      {R"({"S":"x","N":"1"})",
       "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the "
       "supported datatypes"},
      {R"({"B":"AAA"})", "Invalid Base64 in a binary value"},
  };
  for (const auto& [value, message] : cases) {
    std::string bad = ItemWith(value);
    auto seen = ReadAll(good + "\n" + bad + "\n" + good);
    ASSERT_EQ(seen.size(), 3u) << value;
    EXPECT_EQ(seen[1].outcome, kBadItem) << value;
    EXPECT_EQ(seen[1].message, message) << value;
    EXPECT_EQ(seen[1].index, 1u);
    EXPECT_EQ(seen[1].offset, good.size() + 1);
    EXPECT_EQ(seen[1].head.substr(0, bad.size()), bad);
    EXPECT_EQ(seen[2].outcome, kItem) << value;
  }
  EXPECT_EQ(OutcomeOf(R"({"Item":5})"), kBadItem);
  EXPECT_EQ(OutcomeOf(R"({"Item":null})"), kBadItem);
  EXPECT_EQ(OutcomeOf(R"({"Item":{"a":null}})"), kBadItem);
  EXPECT_EQ(MessageOf(R"({"Item":{"":{"S":"x"}}})"),
            "One or more parameter values were invalid: Empty attribute name");
  EXPECT_EQ(OutcomeOf(R"({"Item":{"a":{"S":"x"}},"Item":{"a":{"S":"y"}}})"), kBadItem);
}

TEST(ItemReader, IgnoresUnknownAndNullTypesBesideAValue) {
  for (const char* value : {R"({"S":"x","N":null})", R"({"N":null,"S":"x"})",
                            R"({"Q":[1],"S":"x"})", R"({"S":"x","Q":{}})"}) {
    auto seen = ReadAll(ItemWith(value));
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].item, R"({"a":{"S":"x"}})") << value;
  }
}

TEST(ItemReader, AbandonsTheObjectAtTextThatCannotBeParsed) {
  std::string good = ItemWith(R"({"S":"x"})");
  for (std::string_view bad : {"x",
                               "]",
                               "}",
                               ",",
                               "\"a\"",
                               "5",
                               "null",
                               "[]",
                               "{",
                               "{}",
                               "{\"Item\":",
                               "{\"Item\":{}",
                               "{\"Item\":{\"a\":{\"S\":\"x}}}",
                               "{\"Item\":{\"a\":{\"S\":\"x\"}},}",
                               "{'Item':{}}",
                               "{\"Item\":{\"a\":{\"S\":\"\\x\"}}}",
                               "{\"Item\":{\"a\":{\"S\":\"\\ud800\"}}}",
                               "{\"Item\":{\"a\":{\"S\":\"\\udc00\\ud800\"}}}",
                               "{\"Item\":{\"a\":{\"S\":\"\\u12g4\"}}}",
                               "{\"Item\":{\"a\":{\"S\":\"\\ud800\\u0041\"}}}",
                               "{\"Item\":{\"a\":{\"S\":\"a\nb\"}}}",
                               "{\"Item\":{\"a\":{\"S\":\"\xc3\"}}}",
                               "{\"Item\":{\"a\":{\"S\":\"\xed\xa0\x80\"}}}",
                               "{\"Item\":{\"a\":{\"BOOL\":tru}}}",
                               "{\"Item\":{\"a\":{\"S\":\"x\"}}",
                               "{\"Item\":{\"a\":{\"S\":x}}}",
                               "\xEF\xBB\xBF{\"Item\":{}}",
                               "{\"item\":{}}",
                               "{\"NotAnItem\":{\"p\":{\"S\":\"x\"}}}",
                               "{\"Item\":{\"a\":{\"N\":1},\"b\":}}"}) {
    auto seen = ReadAll(good + "\n" + std::string(bad) + "\n" + good + good);
    ASSERT_EQ(seen.size(), 2u) << bad;
    EXPECT_EQ(seen[1].outcome, kBadObject) << bad;
    EXPECT_NE(seen[1].message, "") << bad;
  }
  EXPECT_EQ(MessageOf(" \n{\"Item\":{\"a\":x}}"), "invalid JSON at byte 15");
  EXPECT_EQ(MessageOf("{\"Item\":{\"a\":{\"N\":1},\"b\":}}"), "invalid JSON at byte 25");
  EXPECT_EQ(MessageOf("{\"item\":{}}"), "the JSON object has no member Item");
  EXPECT_EQ(MessageOf("[]"), "not a JSON object");
  EXPECT_EQ(MessageOf("\x1f\x8b\x08"), "gzip data, read without decompression");
  EXPECT_EQ(MessageOf("\xEF\xBB\xBF{}"), "a byte order mark before the first object");
  std::string with_nul = good;
  with_nul[20] = '\0';
  EXPECT_EQ(OutcomeOf(with_nul), kBadObject);
  EXPECT_EQ(OutcomeOf(std::string(1, '\0') + good), kBadObject);
}

TEST(ItemReader, AgreesWithItselfWhateverTheSizesOfReadsAndBuffers) {
  std::string text = Golden("dynamodb_json/full.jsonl") + "\n \n" +
                     Golden("import_cases/concatenated-no-newlines.json") +
                     ItemWith(R"({"N":"bad"})") + Golden("import_cases/ten-lines-6th-garbage.json");
  base::StringSource whole_source(text);
  uint64_t whole_consumed = 0;
  auto whole = ReadAll(whole_source, {}, &whole_consumed);
  ASSERT_EQ(whole.size(), 8u + 5 + 1 + 6);
  for (size_t buffer : {16, 17, 64, 300, 4096}) {
    for (size_t piece : {1, 7, 1000}) {
      testing::PiecewiseSource source(text, piece);
      uint64_t consumed = 0;
      auto seen = ReadAll(source, {.buffer_bytes = buffer}, &consumed);
      ASSERT_EQ(seen.size(), whole.size());
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

TEST(ItemReader, TakesTextsCutAnywhereAsCut) {
  std::string text = Golden("dynamodb_json/full.jsonl");
  std::string first = text.substr(0, text.find('\n'));
  for (size_t length = 1; length < first.size(); ++length) {
    auto seen = ReadAll(std::string_view(first).substr(0, length));
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].outcome, kBadObject);
    EXPECT_EQ(seen[0].message, "the text ends inside a JSON object") << length;
  }
}

TEST(ItemReader, CountsWhatAwsCounts) {
  auto expected = json::Parse(Golden("import_cases/expected.json"));
  ASSERT_TRUE(expected);
  const json::Object& cases = *expected->object()->Find("cases")->object();
  ASSERT_EQ(cases.members.size(), 12u);
  item::KeySchema schema{.hash = {{"p", item::Type::kString}},
                         .range = {{"c", item::Type::kNumber}}};
  for (const auto& [file, counters] : cases.members) {
    for (size_t piece : {1, 1 << 20}) {
      std::string text = Golden("import_cases/" + file);
      testing::PiecewiseSource source(text, piece);
      auto reader = MakeItemReader(source, {.buffer_bytes = 16});
      int64_t processed = 0, imported = 0, errors = 0;
      while (true) {
        auto record = reader->Next();
        ASSERT_TRUE(record);
        if (record->outcome == Record::Outcome::kEnd) break;
        ++processed;
        bool is_good = record->outcome == kItem &&
                       item::KeyOfItem(schema, item::ItemView(record->item)).has_value();
        ++(is_good ? imported : errors);
      }
      EXPECT_EQ(counters.object()->Find("processed")->Int64(), processed) << file;
      EXPECT_EQ(counters.object()->Find("imported")->Int64(), imported) << file;
      EXPECT_EQ(counters.object()->Find("errors")->Int64(), errors) << file;
    }
  }
}

TEST(ItemReader, CountsConsumedBytesWithNewlines) {
  std::string good = ItemWith(R"({"S":"x"})");
  std::string text = good + "\n\n" + good + "\n  \n";
  base::StringSource source(text);
  auto reader = MakeItemReader(source);
  ASSERT_TRUE(reader->Next());
  EXPECT_EQ(reader->consumed_bytes(), good.size());
  ASSERT_TRUE(reader->Next());
  auto end = reader->Next();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->outcome, Record::Outcome::kEnd);
  EXPECT_EQ(end->index, 2u);
  EXPECT_EQ(reader->consumed_bytes(), text.size());
}

TEST(ItemReader, RefusesRecordsBeyondTheLimitWhateverTheBuffer) {
  std::string fits = ItemWith("{\"S\":\"" + std::string(977, 'x') + "\"}");
  ASSERT_EQ(fits.size(), 1000u);
  std::string too_long = ItemWith("{\"S\":\"" + std::string(978, 'x') + "\"}");
  for (size_t buffer : {16, 512, 1000, 1001, 1 << 16}) {
    ReaderOptions options{.buffer_bytes = buffer, .record_bytes_max = 1000};
    auto seen = ReadAll(fits + "\n" + fits + too_long + fits, options);
    ASSERT_EQ(seen.size(), 3u) << buffer;
    EXPECT_EQ(seen[1].outcome, kItem);
    EXPECT_EQ(seen[2].outcome, kBadObject);
    EXPECT_EQ(seen[2].message, "an item's text is longer than 1000 bytes");
    seen = ReadAll("{\"Item\":" + std::string(5000, '['), options);
    ASSERT_EQ(seen.size(), 1u);
    EXPECT_EQ(seen[0].outcome, kBadObject);
  }
}

TEST(ItemReader, SurvivesAnyDepth) {
  auto nested = [](size_t levels, std::string_view open, std::string_view close) {
    std::string text;
    for (size_t i = 0; i < levels; ++i) text += open;
    text += R"({"S":"x"})";
    for (size_t i = 0; i < levels; ++i) text += close;
    return text;
  };
  EXPECT_EQ(OutcomeOf(ItemWith(nested(30, R"({"L":[)", "]}"))), kItem);
  EXPECT_EQ(OutcomeOf(ItemWith(nested(40, R"({"L":[)", "]}"))), kBadItem);
  EXPECT_EQ(OutcomeOf(ItemWith(nested(40, R"({"M":{"m":)", "}}"))), kBadItem);
  EXPECT_EQ(OutcomeOf(ItemWith(nested(100'000, R"({"L":[)", "]}"))), kBadItem);
  EXPECT_EQ(OutcomeOf("{\"x\":" + nested(100'000, "[", "]") + ",\"Item\":{}}"), kItem);
}

TEST(ItemReader, DeliversWhatCameBeforeTheSourceFailed) {
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
  std::string good = ItemWith(R"({"S":"x"})");
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

TEST(ItemReader, KeepsTheHeadShort) {
  auto seen = ReadAll(ItemWith("{\"S\":\"" + std::string(978, 'x') + "\"}"));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].head.size(), 200u);
}

}  // namespace
}  // namespace dray::dynamodb_json
