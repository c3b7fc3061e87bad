// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/file_system.h"
#include "format/json/json.h"
#include "transfer/import_table/checkpoint.h"
#include "transfer/import_table/import_fixture.h"
#include "transfer/import_table/source_budget.h"

namespace dray::import_table {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::Gzip;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kSource;
using testing::kTarget;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

TEST_F(ImportTest, BringsEveryItemIntoANewActiveTable) {
  MakeObjects(12);
  auto started = Start(Request());
  ASSERT_TRUE(started.has_value()) << started.error().message;
  EXPECT_EQ(started->request.s3_bucket_owner, kTarget);
  EXPECT_FALSE(started->processed_bytes.has_value());
  EXPECT_EQ(started->log_group_arn,
            "arn:aws:logs:us-east-1:444455556666:log-group:/aws-dynamodb/imports:*");
  ImportDescription done = WaitForEnd(started->record.arn);
  EXPECT_EQ(done.record.state, jobs::State::kCompleted) << done.record.failure_detail;
  ExpectCounters(done, 1200, 1200, 0);
  EXPECT_EQ(done.processed_bytes, text_bytes_);
  EXPECT_EQ(done.share_done, 1);
  EXPECT_EQ(Items(), expected_);
  auto table = server_.tables().Find(kTarget, "copy");
  EXPECT_EQ(server_.tables().Describe(*table).table_id, started->table_id);
}

TEST_F(ImportTest, ReadsIonOnLinesAndInListsGzippedAndPlain) {
  const std::string lines =
      "$ion_1_0 {Item:{pk:\"item 1\",v:\"v\"}}\n$ion_1_0 {Item:{pk:\"item 2\",v:'''v'''}}\n";
  const std::string list =
      "$ion_1_0 [\n  {Item:{pk:\"item 3\",v:'v'}}, // without its key:\n  {Item:{v:5.}},\n"
      "  {Item:{pk:\"item 4\",v:2007-02-23}},\n  {Item:{pk:\"item 5\",v:\"v\"}},\n]\n"
      "{Record:{}}\n{Item:{pk:\"item 6\"}}";
  for (bool is_gzip : {true, false}) {
    const std::string prefix = is_gzip ? "gzip/" : "plain/";
    const std::string name = is_gzip ? "copy" : "other";
    server_.PutObject(kBucket, prefix + "a", is_gzip ? Gzip(lines) : lines);
    server_.PutObject(kBucket, prefix + "b", is_gzip ? Gzip(list) : list);
    ImportRequest request = Request(prefix, name);
    request.input_format = "ION";
    request.input_compression_type = is_gzip ? "GZIP" : "NONE";
    ImportDescription done = WaitForEnd(StartArn(request));
    EXPECT_EQ(done.record.failure_code, "ItemValidationError");
    ExpectCounters(done, 7, 4, 3);
    EXPECT_EQ(Items(name), (std::vector<std::string>{Attributes(1), Attributes(2), Attributes(3),
                                                     Attributes(5)}));
    EXPECT_THAT(ErrorLines(done.record.arn),
                ElementsAre(HasSubstr("Missing the key pk in the item"),
                            HasSubstr("An Ion timestamp has no DynamoDB type"),
                            HasSubstr("the Ion struct has no member Item")));
  }
}

TEST_F(ImportTest, ReadsCsvWithTheOptionsOfTheRequestAndTypesOfAllKeys) {
  server_.PutObject(kBucket, "data/a", "item 1;v;1.50\nitem 2;v\nitem 3;v;one\n;v;4\n");
  server_.PutObject(kBucket, "data/b", "item 5;v;\r\nitem \"6\";v;\r\nitem 7;v;\r\n");
  ImportRequest request = Request();
  request.input_format = "CSV";
  request.input_compression_type = "NONE";
  request.input_format_options_json = R"({"Csv":{"Delimiter":";","HeaderList":["pk","v","rank"]}})";
  table::IndexDescriptor index;
  index.name = "by-rank";
  index.key_schema.hash = {{"rank", item::Type::kNumber}};
  request.table.indexes = {index};
  ImportDescription done = WaitForEnd(StartArn(request));
  EXPECT_EQ(done.record.failure_code, "ItemValidationError");
  ExpectCounters(done, 6, 2, 4);
  EXPECT_EQ(Items(),
            (std::vector<std::string>{R"({"pk":{"S":"item 1"},"v":{"S":"v"},"rank":{"N":"1.5"}})",
                                      Attributes(5)}));
  // The objects are read at the same time.
  EXPECT_THAT(ErrorLines(done.record.arn),
              UnorderedElementsAre(
                  HasSubstr("the row has 2 columns, HeaderList has 3, separated by ';' (line 2)"),
                  HasSubstr("The parameter cannot be converted to a numeric value: one "
                            R"((line 3, column \"rank\"))"),
                  HasSubstr("Missing the key pk in the item"),
                  AllOf(HasSubstr(R"("itemIndex":1)"), HasSubstr(R"((line 2, column \"pk\"))"))));

  request.client_token = "another";
  request.table.name = "other";
  request.input_format_options_json = R"({"Csv":{"HeaderList":["pk","v","pk"]}})";
  auto refused = Start(request);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, base::ErrorKind::kInvalidArgument);
}

TEST_F(ImportTest, ReadsZstdOfSeveralFrames) {
  server_.PutObject(kBucket, "data/a",
                    testing::Zstd("{\"Item\":" + Attributes(1) + "}\n{\"It") +
                        testing::Zstd("em\":" + Attributes(2) + "}\n") + testing::Zstd(""));
  ImportRequest request = Request();
  request.input_compression_type = "ZSTD";
  ImportDescription done = WaitForEnd(StartArn(request));
  EXPECT_EQ(done.record.state, jobs::State::kCompleted) << done.record.failure_message;
  ExpectCounters(done, 2, 2, 0);
  EXPECT_EQ(Items(), (std::vector<std::string>{Attributes(1), Attributes(2)}));
}

TEST_F(ImportTest, EndsWhenTheIndexesOfItsTableCanBeRead) {
  MakeObjects(3);
  ImportRequest request = Request();
  table::IndexDescriptor index;
  index.name = "by-v";
  index.key_schema.hash = {{"v", item::Type::kString}};
  request.table.indexes = {index};
  ImportDescription import = WaitForEnd(StartArn(request));
  EXPECT_EQ(import.record.state, jobs::State::kCompleted);
  auto table = server_.tables().Find(kTarget, "copy");
  ASSERT_TRUE(table.has_value());
  EXPECT_EQ(server_.tables().Describe(*table).indexes.at(0).status, table::IndexStatus::kActive);
  auto metrics = server_.tables().IndexMetrics(*table, "by-v");
  ASSERT_TRUE(metrics.has_value());
  EXPECT_EQ(metrics->item_count, 300u);
}

TEST_F(ImportTest, AnEmptyPrefixGivesAnEmptyTable) {
  ImportDescription done = WaitForEnd(StartArn());
  EXPECT_EQ(done.record.state, jobs::State::kCompleted);
  ExpectCounters(done, 0, 0, 0);
  EXPECT_THAT(Items(), IsEmpty());
}

TEST_F(ImportTest, CountsTheCasesAsMeasuredOnAws) {
  const std::string folder = std::string(DRAY_SOURCE_DIR) + "/tests/golden/import_cases/";
  auto expected = json::Parse(*base::ReadFile(base::PosixFileSystem(), folder + "expected.json"));
  ASSERT_TRUE(expected.has_value());
  const json::Object& cases = *expected->object()->Find("cases")->object();
  EXPECT_THAT(cases.members, SizeIs(12));
  int number = 0;
  for (const auto& [file, counters] : cases.members) {
    SCOPED_TRACE(file);
    const std::string text = *base::ReadFile(base::PosixFileSystem(), folder + file);
    server_.PutObject(kBucket, "cases/" + file, text);
    ImportRequest request = Request("cases/" + file, "case-" + std::to_string(++number));
    request.input_compression_type = "NONE";
    request.table.key_schema.hash = {{"p", item::Type::kString}};
    request.table.key_schema.range = {{"c", item::Type::kNumber}};
    ImportDescription done = WaitForEnd(StartArn(request));
    auto count = [&](const char* name) {
      return static_cast<uint64_t>(*counters.object()->Find(name)->Int64());
    };
    ExpectCounters(done, count("processed"), count("imported"), count("errors"));
    EXPECT_THAT(ErrorLines(done.record.arn), SizeIs(count("errors")));
    if (count("errors") > 0) {
      EXPECT_EQ(done.record.failure_code, "ItemValidationError");
      EXPECT_EQ(done.record.failure_message, kSomeFailed);
    } else {
      EXPECT_EQ(done.record.state, jobs::State::kCompleted);
    }
  }
  // In one object the later of two items with one key is kept.
  auto duplicates = server_.tables().Find(kTarget, "case-12");
  EXPECT_THAT(server_.Items(*duplicates),
              AllOf(SizeIs(3), Not(::testing::Contains(HasSubstr("first")))));
}

TEST_F(ImportTest, AtAnExportsRootItFailsAsOnAwsAndNamesTheDataFolder) {
  const std::string root = "p/AWSDynamoDB/01731672000123-1a2b3c4d/";
  server_.PutObject(kBucket, root + "_started", "");
  for (const char* name : {"manifest-files.json", "manifest-files.md5", "manifest-summary.json",
                           "manifest-summary.md5"}) {
    server_.PutObject(kBucket, root + name, "{\"itemCount\":3}\n");
  }
  server_.PutObject(kBucket, root + "data/a.json.gz",
                    Gzip("{\"Item\":" + Attributes(1) + "}\n{\"Item\":" + Attributes(2) + "}\n"));
  server_.PutObject(kBucket, root + "data/b.json.gz", Gzip("{\"Item\":" + Attributes(3) + "}\n"));
  server_.PutObject(kBucket, root + "data/c.json.gz", Gzip(""));
  ImportDescription done = WaitForEnd(StartArn(Request(root)));
  ExpectCounters(done, 7, 3, 4);
  EXPECT_EQ(done.record.failure_code, "ItemValidationError");
  EXPECT_THAT(done.record.failure_message,
              AllOf(StartsWith(kSomeFailed), EndsWith("import the prefix " + root + "data/")));
  EXPECT_THAT(Items(), SizeIs(3));
  ImportDescription good = WaitForEnd(StartArn(Request(root + "data/", "second")));
  EXPECT_EQ(good.record.state, jobs::State::kCompleted);
  ImportRequest plain = Request(root + "data/", "third");
  plain.input_compression_type = "NONE";
  ExpectCounters(WaitForEnd(StartArn(plain)), 3, 0, 3);
}

TEST_F(ImportTest, ACutObjectGivesItsItemsAndOneError) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "{\"Item\":" + Attributes(i) + "}\n";
  std::string bytes = Gzip(text);
  server_.PutObject(kBucket, "data/cut", std::string_view(bytes).substr(0, bytes.size() / 2));
  ImportDescription done = WaitForEnd(StartArn());
  EXPECT_EQ(done.errors, 1u);
  EXPECT_GT(done.imported_items, 1000u);
  EXPECT_EQ(done.processed_items, done.imported_items + 1);
  EXPECT_THAT(Items(), SizeIs(done.imported_items));
}

TEST_F(ImportTest, MissingBucketsAndDenialsLeaveNoTable) {
  ImportRequest missing = Request();
  missing.s3_bucket = "absent";
  missing.s3_bucket_owner = kTarget;
  ImportDescription done = WaitForEnd(StartArn(missing));
  EXPECT_EQ(done.record.failure_code, "S3NoSuchBucket");
  EXPECT_THAT(done.record.failure_message, StartsWith("The specified bucket does not exist ("));
  ExpectCounters(done, 0, 0, 0);
  EXPECT_THAT(Items(), ElementsAre(Not(StartsWith("{"))));

  MakeObjects(1);
  ImportRequest owner = Request();
  owner.s3_bucket_owner = kSource;
  done = WaitForEnd(StartArn(owner));
  EXPECT_EQ(done.record.failure_code, "S3AccessDenied");
  // Listing is allowed, reading is not: found out before the table is made.
  server_.SetPolicy(kBucket,
                    R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",)"
                    R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::source-bucket/*"}]})");
  done = WaitForEnd(StartArn());
  EXPECT_EQ(done.record.failure_code, "S3AccessDenied");
  EXPECT_THAT(done.record.failure_detail, HasSubstr("s3:GetObject on arn:aws:s3:::source-bucket/"));
  EXPECT_FALSE(server_.tables().Find(kTarget, "copy").has_value());
}

TEST_F(ImportTest, ADenialInTheMiddleKeepsWhatWasImported) {
  MakeObjects(5);
  server_.PutObject(kBucket, "data/secret", "x");
  server_.SetPolicy(
      kBucket, R"({"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*",)"
               R"("Action":"s3:GetObject","Resource":"arn:aws:s3:::source-bucket/data/secret"}]})");
  options_.threads = 1;  // the smallest object is read last
  server_.Restart();
  ImportDescription done = WaitForEnd(StartArn());
  EXPECT_EQ(done.record.failure_code, "S3AccessDenied");
  ExpectCounters(done, 500, 500, 0);
  EXPECT_EQ(Items(), expected_);
}

TEST_F(ImportTest, RefusesANameThatExistsBeforeItLooksAtTheToken) {
  MakeObjects(1);
  ImportRequest request = Request();
  const std::string arn = StartArn(request);
  WaitForEnd(arn);
  auto again = Start(request);
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().reason, reason::kTableExists);
  EXPECT_EQ(again.error().message, "Table already exists: copy");
  ASSERT_TRUE(server_.tables().Delete(*server_.tables().Find(kTarget, "copy")).has_value());
  EXPECT_EQ(StartArn(request), arn);  // the old record; nothing is made
  EXPECT_FALSE(server_.tables().Find(kTarget, "copy").has_value());
}

TEST_F(ImportTest, OfATokenOnlyTheTableNameIsCompared) {
  MakeObjects(1);
  server_.jobs().Stop();
  ImportRequest request = Request();
  const std::string arn = StartArn(request);
  ImportRequest other = request;
  other.s3_bucket = "other";
  other.s3_key_prefix = "other";
  other.input_compression_type = "NONE";
  EXPECT_EQ(StartArn(other), arn);
  other.table.name = "other";
  auto conflict = Start(other);
  ASSERT_FALSE(conflict.has_value());
  EXPECT_EQ(conflict.error().reason, reason::kTokenConflict);
  EXPECT_EQ(conflict.error().message,
            "Import conflict: Duplicate request detected with conflicting parameters");
}

TEST_F(ImportTest, OfTwoImportsIntoOneNameOneFails) {
  MakeObjects(3);
  server_.jobs().Stop();
  const std::string first = StartArn(), second = StartArn();
  server_.Restart();
  ImportDescription a = WaitForEnd(first), b = WaitForEnd(second);
  ImportDescription& loser = a.record.state == jobs::State::kFailed ? a : b;
  ImportDescription& winner = a.record.state == jobs::State::kFailed ? b : a;
  EXPECT_EQ(winner.record.state, jobs::State::kCompleted);
  EXPECT_EQ(loser.record.failure_code, "TableAlreadyExists");
  EXPECT_EQ(Items(), expected_);
}

TEST_F(ImportTest, ObjectsThatChangeOrVanishAfterTheListingAreOneErrorEach) {
  MakeObjects(4);
  // Killed after the list was stored and before anything of it was: goes on with loading. Which
  // change that is depends on what else the server stores meanwhile.
  std::string arn;
  int tries = 0;
  for (uint64_t step = 1;; step = step % 12 + 1) {
    ASSERT_LT(++tries, 1000);
    server_.jobs().Stop();
    arn = StartArn(Request("data/", "copy" + std::to_string(tries)));
    server_.Restart();
    server_.engine().CrashAt(step);
    const bool has_crashed = server_.WaitForCrashOrEnd(arn);
    server_.jobs().Stop();
    server_.engine().Recover();
    auto stored = ParseCheckpoint((*server_.jobs().Find(arn))->progress_json);
    ASSERT_TRUE(stored.has_value());
    if (has_crashed && stored->phase == Phase::kLoading && stored->loader.empty()) break;
    server_.Restart();
    WaitForEnd(arn);
  }
  server_.PutObject(kBucket, "data/0.json.gz", Gzip("{\"Item\":" + Attributes(9) + "}\n"));
  ASSERT_TRUE(server_.store().Delete(kBucket, "data/1.json.gz").has_value());
  server_.Restart();
  ImportDescription done = WaitForEnd(arn);
  ExpectCounters(done, 202, 200, 2);
  EXPECT_THAT(ErrorLines(arn), UnorderedElementsAre(HasSubstr("because it was overwritten."),
                                                    HasSubstr("does not exist")));
}

TEST_F(ImportTest, IsResumedAfterAKillAtEveryStepWithoutCountingTwice) {
  server_.table_options().bulk_memory_bytes = 16 << 10;
  MakeObjects(6);
  server_.PutObject(kBucket, "data/bad", Gzip("{\"Item\":{}}\n"));
  int kills = 0;
  for (uint64_t step = 1;; ++step) {
    const std::string name = "copy" + std::to_string(step);
    server_.jobs().Stop();
    const std::string arn = StartArn(Request("data/", name));
    server_.Restart();
    server_.engine().CrashAt(step);
    const bool has_crashed = server_.WaitForCrashOrEnd(arn);
    server_.Restart();
    ImportDescription done = WaitForEnd(arn);
    EXPECT_EQ(done.record.failure_code, "ItemValidationError")
        << step << ": " << done.record.failure_detail;
    ExpectCounters(done, 601, 600, 1);
    EXPECT_EQ(done.processed_bytes, text_bytes_ + 12);
    EXPECT_THAT(ErrorLines(arn), SizeIs(1));
    ASSERT_EQ(Items(name), expected_) << step;
    if (!has_crashed) break;
    ++kills;
  }
  EXPECT_GT(kills, 10);
}

TEST_F(ImportTest, SkewedAndDuplicateKeysWithSpillsKeepOneItemAKey) {
  server_.table_options().bulk_memory_bytes = 64 << 10;
  server_.Restart();
  std::map<int, std::string> kept;
  for (int object = 0; object < 4; ++object) {
    std::string text;
    for (int i = 0; i < 3000; ++i) {
      const std::string item = R"({"pk":{"S":"hot"},"sk":{"N":")" + std::to_string(i % 1500) +
                               R"("},"v":{"S":")" + std::to_string(object * 10'000 + i) + R"("}})";
      text += "{\"Item\":" + item + "}";
      kept[i % 1500] = item;
    }
    server_.PutObject(kBucket, "data/" + std::to_string(object), Gzip(text));
  }
  ImportRequest request = Request();
  request.table.key_schema.range = {{"sk", item::Type::kNumber}};
  ImportDescription done = WaitForEnd(StartArn(request));
  ExpectCounters(done, 12'000, 12'000, 0);
  std::vector<std::string> expected;
  for (const auto& [key, item] : kept) expected.push_back(item);
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(Items(), expected);
}

TEST_F(ImportTest, QuotasAreToldBeforeATableIsMade) {
  MakeObjects(3);
  options_.concurrent_max = 2;
  options_.objects_max = 2;
  server_.Restart();
  ImportDescription done = WaitForEnd(StartArn());
  EXPECT_EQ(done.record.failure_code, "LimitExceededException");
  EXPECT_EQ(done.record.failure_message, "The import has more than 2 source objects");
  EXPECT_FALSE(server_.tables().Find(kTarget, "copy").has_value());

  options_.objects_max = 3;
  options_.source_bytes_max = 100;
  server_.Restart();
  done = WaitForEnd(StartArn());
  EXPECT_EQ(done.record.failure_code, "LimitExceededException");
  EXPECT_THAT(done.record.failure_message, HasSubstr("together they may have 100"));
  EXPECT_FALSE(server_.tables().Find(kTarget, "copy").has_value());

  options_.source_bytes_max = 1'000'000;
  server_.Restart();
  server_.jobs().Stop();
  const std::string first = StartArn(Request("data/", "one"));
  const std::string second = StartArn(Request("data/", "two"));
  auto third = Start(Request("data/", "three"));
  ASSERT_FALSE(third.has_value());
  EXPECT_EQ(third.error().reason, reason::kTooMany);
  server_.Restart();
  EXPECT_EQ(WaitForEnd(first).record.state, jobs::State::kCompleted);
  EXPECT_EQ(WaitForEnd(second).record.state, jobs::State::kCompleted);
  EXPECT_EQ(WaitForEnd(StartArn(Request("data/", "three"))).record.state, jobs::State::kCompleted);
}

TEST(SourceBudget, CountsTheOtherImportsOfTheAccount) {
  SourceBudget budget(100);
  EXPECT_TRUE(budget.Take("a", "1", 60).has_value());
  EXPECT_TRUE(budget.Take("a", "1", 90).has_value());  // the same again replaces it
  EXPECT_TRUE(budget.Take("b", "2", 100).has_value());
  auto refused = budget.Take("a", "3", 11);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, base::ErrorKind::kLimitExceeded);
  EXPECT_FALSE(budget.Take("a", "3", UINT64_MAX).has_value());
  EXPECT_TRUE(budget.Take("a", "3", 10).has_value());
  budget.Keep("a", "4", 1000);  // accepted by another start of the server
  EXPECT_FALSE(budget.Take("a", "5", 0).has_value());
  budget.Release("4");
  budget.Release("1");
  EXPECT_TRUE(budget.Take("a", "5", 90).has_value());
}

TEST(SourceBudget, IsAwssByRegion) {
  EXPECT_EQ(SourceBytesMaxOf("us-east-1"), 15'000'000'000'000u);
  EXPECT_EQ(SourceBytesMaxOf("eu-central-1"), 1'000'000'000'000u);
}

TEST_F(ImportTest, ListsImportsAlsoOfDeletedTables) {
  const std::string first = StartArn(Request("data/", "one"));
  WaitForEnd(first);
  const std::string second = StartArn(Request("data/", "two"));
  WaitForEnd(second);
  ASSERT_TRUE(server_.tables().Delete(*server_.tables().Find(kTarget, "one")).has_value());
  auto all = imports_->List(kTarget, "", "", 10);
  ASSERT_THAT(*all, SizeIs(2));
  EXPECT_EQ((*all)[0].record.arn, second);
  auto one = imports_->List(kTarget, "arn:aws:dynamodb:us-east-1:444455556666:table/one", "", 10);
  ASSERT_THAT(*one, SizeIs(1));
  EXPECT_EQ((*one)[0].record.arn, first);
}

}  // namespace
}  // namespace dray::import_table
