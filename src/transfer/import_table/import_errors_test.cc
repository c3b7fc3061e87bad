// SPDX-License-Identifier: Apache-2.0
// Which items are refused and what the error log says of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/text_encoding.h"
#include "format/json/json.h"
#include "transfer/import_table/checkpoint.h"
#include "transfer/import_table/import_fixture.h"

namespace dray::import_table {
namespace {

using ::testing::ElementsAre;
using testing::Gzip;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using testing::kTarget;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::Zstd;

class ImportErrorsTest : public ImportTest {
 protected:
  // Imports one object that is not compressed.
  ImportDescription Import(std::string_view text, ImportRequest request = Request()) {
    server_.PutObject(kBucket, "data/a", text);
    request.input_compression_type = "NONE";
    return WaitForEnd(StartArn(request));
  }
  static ImportRequest WithIndex() {
    ImportRequest request = Request();
    table::IndexDescriptor index;
    index.name = "idx";
    index.key_schema.hash = {{"gk", item::Type::kString}};
    index.key_schema.range = {{"gs", item::Type::kNumber}};
    request.table.indexes = {index};
    return request;
  }
  // The only message of each line.
  std::vector<std::string> Messages(const std::string& arn) {
    std::vector<std::string> messages;
    for (const std::string& line : ErrorLines(arn)) {
      auto parsed = json::Parse(line);
      EXPECT_TRUE(parsed.has_value()) << line;
      const json::Array& texts = *parsed->object()->Find("errorMessages")->array();
      EXPECT_EQ(texts.size(), 1u);
      messages.push_back(*texts[0].string());
    }
    return messages;
  }
};

constexpr std::string_view kInvalid = "One or more parameter values were invalid: ";

TEST_F(ImportErrorsTest, EachRefusedItemIsALineOfAwssMembersAndThenOfOurs) {
  const std::string no_key = R"({"Item":{"PK":{"S":"żółw"},"v":{"S":"no key"}}})";
  const std::string wrong_type = R"({"Item":{"pk":{"N":"1"}}})";
  const std::string good = R"({"Item":{"pk":{"S":"good"}}})";
  const std::string big =
      R"({"Item":{"pk":{"S":"big"},"v":{"S":")" + std::string(400 << 10, 'x') + "\"}}}";
  ImportDescription done = Import(no_key + "\n" + wrong_type + good + big);
  ExpectCounters(done, 4, 1, 3);
  const std::string head =
      R"({"itemS3Pointer":{"bucket":"source-bucket","key":"data/a","itemIndex":)";
  const std::string tail = R"(},"importArn":")" + done.record.arn + R"(","errorMessages":[")";
  const std::string prefix(kInvalid);
  const size_t big_at = no_key.size() + 1 + wrong_type.size() + good.size();
  EXPECT_THAT(
      ErrorLines(done.record.arn),
      ElementsAre(
          head + "0" + tail + prefix +
              "Missing the key pk in the item\"],\"byteOffset\":0,\"recordHead\":"
              R"("{\"Item\":{\"PK\":{\"S\":\"żółw\"},\"v\":{\"S\":\"no key\"}}}",)"
              R"("attributeNames":["PK","v"]})",
          head + "1" + tail + prefix +
              "Type mismatch for key pk expected: S actual: N\"],\"byteOffset\":" +
              std::to_string(no_key.size() + 1) +
              R"(,"recordHead":"{\"Item\":{\"pk\":{\"N\":\"1\"}}}","attributeNames":["pk"]})",
          head + "3" + tail + "Item size has exceeded the maximum allowed size\"],\"byteOffset\":" +
              std::to_string(big_at) +
              R"(,"recordHead":"{\"Item\":{\"pk\":{\"S\":\"big\"},\"v\":{\"S\":\")" +
              std::string(164, 'x') + R"(","attributeNames":["pk","v"]})"));
  EXPECT_THAT(Items(), ElementsAre(R"({"pk":{"S":"good"}})"));
}

TEST_F(ImportErrorsTest, AKeyInTheWrongCaseIsAnErrorOfEveryItemAndTheLogShowsTheCase) {
  std::string text;
  for (int i = 0; i < 500; ++i) {
    text += R"({"Item":{"Pk":{"S":")" + std::to_string(i) +
            R"("},"other":{"BOOL":true}}})"
            "\n";
  }
  ImportDescription done = Import(text);
  ExpectCounters(done, 500, 0, 500);
  const auto lines = ErrorLines(done.record.arn);
  ASSERT_THAT(lines, SizeIs(500));
  for (const std::string& line : lines) {
    EXPECT_THAT(line, HasSubstr("Missing the key pk in the item"));
    EXPECT_THAT(line, HasSubstr(R"("attributeNames":["Pk","other"])"));
  }
}

TEST_F(ImportErrorsTest, ItemsAreCheckedAsPutItemChecksThem) {
  struct Row {
    std::string item, message;
  };
  const std::string long_key(2049, 'k'), long_sort(1025, 's');
  const Row rows[] = {
      {R"({"sk":{"S":"s"}})", std::string(kInvalid) + "Missing the key pk in the item"},
      {R"({"pk":{"S":"p"}})", std::string(kInvalid) + "Missing the key sk in the item"},
      {R"({"pk":{"B":"AA=="},"sk":{"S":"s"}})",
       std::string(kInvalid) + "Type mismatch for key pk expected: S actual: B"},
      {R"({"pk":{"S":"p"},"sk":{"NULL":true}})",
       std::string(kInvalid) + "Type mismatch for key sk expected: S actual: NULL"},
      {R"({"pk":{"S":")" + long_key + R"("},"sk":{"S":"s"}})",
       std::string(kInvalid) + "Size of hashkey has exceeded the maximum size limit of2048 bytes"},
      {R"({"pk":{"S":"p"},"sk":{"S":")" + long_sort + R"("}})",
       std::string(kInvalid) +
           "Aggregated size of all range keys has exceeded the size limit of 1024 bytes"},
      {R"({"pk":{"S":""},"sk":{"S":"s"}})",
       "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
       "contain an empty string value. Key: pk"},
      {R"({"pk":{"S":"p"},"sk":{"S":"s"},"":{"S":"x"}})",
       std::string(kInvalid) + "Empty attribute name"},
      {R"({"pk":{"S":"p"},"sk":{"S":"s"},"gk":{"N":"1"}})",
       std::string(kInvalid) +
           "Type mismatch for Index Key gk Expected: S Actual: N IndexName: idx"},
      {R"({"pk":{"S":"p"},"sk":{"S":"s"},"gk":{"S":"g"},"gs":{"S":"1"}})",
       std::string(kInvalid) +
           "Type mismatch for Index Key gs Expected: N Actual: S IndexName: idx"},
  };
  std::string text;
  std::vector<std::string> expected;
  for (const Row& row : rows) {
    text += "{\"Item\":" + row.item + "}\n";
    expected.push_back(row.message);
  }
  text += R"({"Item":{"pk":{"S":"p"},"sk":{"S":"sparse"}}})"
          R"({"Item":{"pk":{"S":"p"},"sk":{"S":"half"},"gk":{"S":"g"}}})"
          R"({"Item":{"pk":{"S":"p"},"sk":{"S":"whole"},"gk":{"S":"g"},"gs":{"N":"1"}}})";
  ImportRequest request = WithIndex();
  request.table.key_schema.range = {{"sk", item::Type::kString}};
  ImportDescription done = Import(text, request);
  ExpectCounters(done, std::size(rows) + 3, 3, std::size(rows));
  EXPECT_EQ(Messages(done.record.arn), expected);
  EXPECT_THAT(Items(), SizeIs(3));
  auto table = server_.tables().Find(kTarget, "copy");
  EXPECT_EQ(server_.tables().IndexMetrics(*table, "idx")->item_count, 1u);
}

TEST_F(ImportErrorsTest, HeadsAreCutBetweenCharactersAndOtherBytesAreBase64) {
  // 199 bytes, then a character of two: it is left out.
  const std::string start = R"({"Item":{"v":{"S":")";
  const std::string cut = start + std::string(199 - start.size(), 'a') + "ż behind the cut\"}}}\n";
  ImportDescription done = Import(cut + "\xff\xfe not text");
  ExpectCounters(done, 2, 0, 2);
  const auto lines = ErrorLines(done.record.arn);
  ASSERT_THAT(lines, SizeIs(2));
  EXPECT_THAT(lines[0], HasSubstr(std::string(199 - start.size(), 'a') + "\",\"attributeNames\""));
  EXPECT_THAT(lines[1], HasSubstr("\"recordHeadBase64\":\"" +
                                  base::Base64Encode("\xff\xfe not text") + "\"}"));
}

TEST_F(ImportErrorsTest, TheNamesOfManyAttributesAreNotAllListed) {
  std::string item = R"({"Item":{)";
  for (int i = 0; i < 500; ++i) item += "\"attribute-" + std::to_string(i) + "\":{\"BOOL\":true},";
  item.back() = '}';
  ImportDescription done = Import(item + "}");
  const auto lines = ErrorLines(done.record.arn);
  ASSERT_THAT(lines, SizeIs(1));
  EXPECT_LT(lines[0].size(), 3000u);
  EXPECT_THAT(lines[0], HasSubstr(R"("attribute-50")"));
}

TEST_F(ImportErrorsTest, TheLogIsReadInPagesByTimeFromBothEnds) {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "{\"Item\":{}}\n";
  ImportDescription done = Import(text);
  const std::string& arn = done.record.arn;
  const auto all = LoggedErrors(arn);
  ASSERT_THAT(all, SizeIs(1000));
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.position < b.position && a.time_micros <= b.time_micros;
  }));
  EXPECT_GE(all.front().time_micros, done.record.start_time_micros);
  EXPECT_LE(all.back().time_micros, done.record.end_time_micros);
  EXPECT_GT(all.back().time_micros, all.front().time_micros);

  ErrorLogQuery query;
  query.newest_first = true;
  query.count_max = 2;
  auto page = imports_->ReadErrorLog(arn, query);
  ASSERT_THAT(page->lines, SizeIs(2));
  EXPECT_EQ(page->lines[0].position, all[999].position);
  EXPECT_EQ(page->lines[1].position, all[998].position);
  EXPECT_FALSE(page->is_last);

  query = {};
  query.after = all[500].position;
  query.before = all[503].position;
  page = imports_->ReadErrorLog(arn, query);
  ASSERT_THAT(page->lines, SizeIs(2));
  EXPECT_EQ(page->lines[0].json, all[501].json);
  EXPECT_TRUE(page->is_last);

  query = {};
  query.start_micros = all.back().time_micros;
  page = imports_->ReadErrorLog(arn, query);
  EXPECT_EQ(page->lines.front().time_micros, all.back().time_micros);
  const size_t of_last_time = page->lines.size();
  query = {};
  query.end_micros = all.back().time_micros;
  page = imports_->ReadErrorLog(arn, query);
  EXPECT_EQ(page->lines.size() + of_last_time, 1000u);
  query.start_micros = query.end_micros;
  EXPECT_THAT(imports_->ReadErrorLog(arn, query)->lines, IsEmpty());
}

TEST_F(ImportErrorsTest, AfterAKillTheLogHoldsEachCountedErrorOnce) {
  // The object is large enough that lines of it are stored long before it is done.
  std::string text;
  for (int i = 0; i < 2000; ++i)
    text += i % 2 == 0 ? "{\"Item\":{}}\n" : "{\"Item\":" + Attributes(i) + "}\n";
  server_.PutObject(kBucket, "data/a", Gzip(text));
  int kills_behind_lines = 0;
  for (uint64_t step = 1;; ++step) {
    ASSERT_LT(step, 200u);
    server_.jobs().Stop();
    const std::string arn = StartArn(Request("data/", "copy" + std::to_string(step)));
    server_.Restart();
    server_.engine().CrashAt(step);
    const bool has_crashed = server_.WaitForCrashOrEnd(arn);
    server_.jobs().Stop();
    server_.engine().Recover();
    if (has_crashed && !ErrorLines(arn).empty()) ++kills_behind_lines;
    server_.Restart();
    ImportDescription done = WaitForEnd(arn);
    ExpectCounters(done, 2000, 1000, 1000);
    EXPECT_THAT(ErrorLines(arn), SizeIs(1000)) << step;
    if (!has_crashed) break;
  }
  EXPECT_GT(kills_behind_lines, 0);  // which kills strike there depends on the other threads
}

// Every object is cut, and each of its bytes changed: what comes out is counted and located, or the
// items are those of the undamaged object; none is changed.
struct Damage {
  const char* name;
  const char* format;
  const char* compression;
  // Without a checksum a changed byte may give another item.
  bool has_checksum;
};

class DamagedObjectsTest : public ImportErrorsTest, public ::testing::WithParamInterface<Damage> {
 protected:
  static std::string Text() {
    if (GetParam().format == std::string("ION")) {
      return "$ion_1_0 {Item:{pk:\"a\",n:1.5}}\n$ion_1_0 [{Item:{pk:'b',l:[1.,\"x\"]}},\n"
             "{Item:{pk:'''c''',b:{{aGVsbG8=}}}}]\n";
    }
    return R"({"Item":{"pk":{"S":"a"},"n":{"N":"1.5"}}})"
           "\n"
           R"({"Item":{"pk":{"S":"b"},"l":{"L":[{"N":"1"},{"S":"x"}]}}})"
           "\n"
           R"({"Item":{"pk":{"S":"c"},"b":{"B":"aGVsbG8="}}})"
           "\n";
  }
  static std::string Compressed(const std::string& text) {
    const std::string name = GetParam().compression;
    if (name == "GZIP") return Gzip(text.substr(0, 60)) + Gzip(text.substr(60));
    if (name == "ZSTD") return Zstd(text.substr(0, 60)) + Zstd(text.substr(60));
    return text;
  }

  // One object a case, each imported alone so that its counters are known: all cases as objects of
  // one import would hide which lost an item.
  void Check(const std::string& bytes, const std::string& what, size_t at) {
    SCOPED_TRACE(what + " at byte " + std::to_string(at));
    server_.PutObject(kBucket, "data/a", bytes);
    const std::string name = "copy" + std::to_string(++tables_);
    ImportRequest request = Request("data/a", name);
    request.input_format = GetParam().format;
    request.input_compression_type = GetParam().compression;
    ImportDescription done = WaitForEnd(StartArn(request));
    EXPECT_EQ(done.processed_items, done.imported_items + done.errors);
    const auto lines = ErrorLines(done.record.arn);
    EXPECT_THAT(lines, SizeIs(done.errors));
    for (const std::string& line : lines) {
      EXPECT_TRUE(json::Parse(line).has_value()) << line;
      EXPECT_THAT(line, HasSubstr("\"key\":\"data/a\",\"itemIndex\":"));
      EXPECT_THAT(line, HasSubstr("\"byteOffset\":"));
    }
    const auto items = Items(name);
    if (done.errors == 0) {
      EXPECT_EQ(done.record.state, jobs::State::kCompleted);
      if (GetParam().has_checksum && !bytes.empty()) {
        EXPECT_EQ(items, whole_);
      }
    } else {
      EXPECT_EQ(done.record.failure_code, "ItemValidationError");
    }
    EXPECT_LE(items.size(), done.imported_items);
    // Checksums stand behind the data: what was read before one does not match is imported, and
    // the object has its error.
    if (what == "cut") {
      EXPECT_THAT(whole_, IsSupersetOf(items));
    }
    auto table = server_.tables().Find(kTarget, name);
    ASSERT_TRUE(table.has_value());
    ASSERT_TRUE(server_.tables().Delete(*table).has_value());
  }

  int tables_ = 0;
  std::vector<std::string> whole_;
};

TEST_P(DamagedObjectsTest, AreErrorsThatAreCountedAndLocatedOrWhole) {
  const std::string text = Text(), bytes = Compressed(text);
  server_.PutObject(kBucket, "data/a", bytes);
  ImportRequest request = Request("data/a", "whole");
  request.input_format = GetParam().format;
  request.input_compression_type = GetParam().compression;
  ImportDescription done = WaitForEnd(StartArn(request));
  ExpectCounters(done, 3, 3, 0);
  whole_ = Items("whole");
  for (size_t at = 0; at < bytes.size(); ++at) {
    Check(bytes.substr(0, at), "cut", at);
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    Check(damaged, "changed", at);
    if (::testing::Test::HasFailure()) return;
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, DamagedObjectsTest,
                         ::testing::Values(Damage{"Json", "DYNAMODB_JSON", "NONE", false},
                                           Damage{"JsonGzip", "DYNAMODB_JSON", "GZIP", true},
                                           Damage{"JsonZstd", "DYNAMODB_JSON", "ZSTD", true},
                                           Damage{"Ion", "ION", "NONE", false},
                                           Damage{"IonGzip", "ION", "GZIP", true},
                                           Damage{"IonZstd", "ION", "ZSTD", true}),
                         [](const auto& damage) { return damage.param.name; });

}  // namespace
}  // namespace dray::import_table
