// SPDX-License-Identifier: Apache-2.0
// Whatever the sizes of parts and however many threads help: what is imported, counted and logged
// is what a reader of the whole object finds.
#include "transfer/import_table/object_import.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

#include "storage/kv/memory/memory_engine.h"
#include "transfer/import_table/item_transform.h"

namespace dray::import_table {
namespace {

using item_format::Format;

// Keeps what it gets.
class Collector final : public table::BulkLoader {
 public:
  base::Status Add(const item::PrimaryKey& key, std::string_view encoded, size_t size_bytes,
                   uint64_t sequence) override {
    items.push_back(key.partition + "=" + std::string(encoded) + "@" + std::to_string(size_bytes) +
                    "#" + std::to_string(sequence));
    return base::Ok();
  }
  base::Result<std::string> Checkpoint() override { return std::string(); }
  base::Result<table::TableMetrics> Finish(
      const std::function<base::Status(double)>& /*progress*/) override {
    return table::TableMetrics{};
  }
  std::vector<std::string> items;
};

// Gives pieces of random lengths, and perhaps fails in the end. `is_slow`: slowly enough that
// whoever helps can read ahead.
class Pieces final : public base::ByteSource {
 public:
  Pieces(std::string_view bytes, uint64_t seed, std::optional<base::Error> failure,
         bool is_slow = false)
      : rest_(bytes), random_(seed), failure_(std::move(failure)), is_slow_(is_slow) {}
  base::Result<size_t> Read(char* out, size_t capacity) override {
    if (is_slow_) std::this_thread::sleep_for(std::chrono::microseconds(50));
    if (rest_.empty() && failure_) return *failure_;
    const size_t count = std::min({capacity, rest_.size(), 1 + random_() % 2000});
    rest_.copy(out, count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view rest_;
  std::mt19937_64 random_;
  std::optional<base::Error> failure_;
  const bool is_slow_;
};

struct Found {
  std::vector<std::string> items, log;
  Counters counters;
};

table::TableDescriptor Descriptor() {
  table::TableDescriptor table;
  table.key_schema.hash = {{"pk", item::Type::kString}};
  return table;
}

std::vector<std::string> LogOf(ImportRecords& records) {
  ErrorLogQuery query;
  query.count_max = 1 << 20;
  query.bytes_max = 1 << 30;
  auto page = records.ReadErrors(query);
  EXPECT_TRUE(page && page->is_last);
  std::vector<std::string> lines;
  for (const LoggedError& line : page->lines) lines.push_back(line.json);
  return lines;
}

constexpr uint64_t kObject = 3;
const item_format::ReaderOptions kOptions;

// By a reader of the whole text, record after record.
Found ReadWhole(Format format, const std::string& text, const std::optional<base::Error>& failure,
                const transform::Transforms* transforms = nullptr) {
  Found found;
  auto engine = kv_memory::MakeMemoryEngine();
  ImportRecords records(*engine, "arn");
  base::SystemClock wall;
  auto clock = table::ServiceClock::Open(*engine, wall);
  ErrorLog log(records, **clock, "arn", "bucket");
  const ItemChecks checks(Descriptor());
  Collector collector;
  Pieces source(text, 1, failure);
  auto reader = item_format::MakeItemReader(format, source);
  ItemTransform transform(transforms);
  while (true) {
    auto record = reader->Next();
    if (record && record->outcome == codec::Record::Outcome::kEnd) break;
    const uint64_t index = found.counters.processed_items++;
    BadRecords bad;
    if (!record) {
      bad.Add({index, reader->consumed_bytes(), {}, record.error().message});
    } else if (!transform.Apply(*record)) {
      ++found.counters.filtered_items;
    } else if (auto key = checks.Check(*record)) {
      EXPECT_TRUE(
          collector.Add(*key, record->item, record->item_size_bytes, kObject << 40 | index));
      ++found.counters.imported_items;
    } else {
      bad.Add(BadRecordOf(*record, key.error().message));
    }
    if (!bad.empty()) {
      ++found.counters.errors;
      EXPECT_TRUE(log.Store(kObject, "key", bad, 0, 0));
    }
    if (!record) break;
  }
  found.counters.processed_bytes = reader->consumed_bytes();
  found.items = collector.items;
  found.log = LogOf(records);
  return found;
}

Found ReadInParts(Format format, const std::string& text, const std::optional<base::Error>& failure,
                  uint64_t seed, size_t part_bytes, size_t threads,
                  const transform::Transforms* transforms = nullptr) {
  Found found;
  auto engine = kv_memory::MakeMemoryEngine();
  ImportRecords records(*engine, "arn");
  base::SystemClock wall;
  auto clock = table::ServiceClock::Open(*engine, wall);
  ErrorLog log(records, **clock, "arn", "bucket");
  const ItemChecks checks(Descriptor());
  Collector collector;
  SharedWork shared_work(threads);
  std::vector<std::thread> others;
  for (size_t i = 1; i < threads; ++i) others.emplace_back([&] { shared_work.Help(); });
  while (shared_work.helpers() + 1 < threads) std::this_thread::yield();
  Counters told;
  Pieces source(text, seed, failure, /*is_slow=*/threads > 1 && seed % 2 == 0);
  const RecordRules rules{format, kOptions, transforms, checks};
  ObjectImport import{.object = {"key", "etag", text.size()},
                      .number = kObject,
                      .compression = compression::Compression::kNone,
                      .rules = rules,
                      .loader = collector,
                      .log = log,
                      .tick =
                          [&](const Counters& since, uint64_t) {
                            told.Add(since);
                            return base::Ok();
                          },
                      .shared_work = shared_work,
                      .part_bytes = part_bytes};
  auto status = ImportObject(import, source, found.counters);
  EXPECT_TRUE(status) << status.error().message;
  shared_work.Help();
  for (std::thread& other : others) other.join();
  EXPECT_EQ(told.processed_items, found.counters.processed_items);
  EXPECT_EQ(told.processed_bytes, found.counters.processed_bytes);
  EXPECT_EQ(told.filtered_items, found.counters.filtered_items);
  found.items = collector.items;
  found.log = LogOf(records);
  return found;
}

void ExpectSame(const Found& found, const Found& expected, const std::string& what) {
  EXPECT_EQ(found.counters.processed_items, expected.counters.processed_items) << what;
  EXPECT_EQ(found.counters.imported_items, expected.counters.imported_items) << what;
  EXPECT_EQ(found.counters.errors, expected.counters.errors) << what;
  EXPECT_EQ(found.counters.filtered_items, expected.counters.filtered_items) << what;
  EXPECT_EQ(found.counters.processed_bytes, expected.counters.processed_bytes) << what;
  EXPECT_EQ(found.items, expected.items) << what;
  EXPECT_EQ(found.log, expected.log) << what;
}

class Texts {
 public:
  explicit Texts(uint64_t seed) : random_(seed) {}
  bool OneIn(uint64_t n) { return random_() % n == 0; }
  uint64_t Below(uint64_t n) { return random_() % n; }

  // A few hundred records as people glue, break, print and damage them.
  std::string Make(Format format) {
    if (format == Format::kCsv) return Csv();
    std::string text;
    const bool is_json = format == Format::kDynamoDbJson;
    const bool has_lists = !is_json && OneIn(2);
    const bool is_damaged = OneIn(2);
    in_list_ = false;
    bool is_first = true;  // of a list
    for (uint64_t count = Below(500); count > 0; --count) {
      if (has_lists && OneIn(15)) {
        text += in_list_ ? "]\n" : OneIn(2) ? "[\n" : "$ion_1_0 [";
        in_list_ = !in_list_;
        is_first = true;
      }
      if (in_list_ && !std::exchange(is_first, false)) text += OneIn(3) ? "\n,\n" : ",\n";
      text += is_json ? Json(count) : Ion(count);
      if (is_damaged && OneIn(400)) text += Garbage();
      text += Between(is_json);
    }
    if (in_list_ && !OneIn(5)) text += "\n]\n";
    if (is_damaged && OneIn(5) && !text.empty()) text.resize(Below(text.size()));
    return text;
  }

 private:
  std::string Between(bool is_json) {
    switch (Below(8)) {
      case 0:
        return "";
      case 1:
        return "\n\n";
      case 2:
        return "\r\n";
      case 3:
        return "  \n\t";
      case 4:
        return is_json ? "\n"
                       : "// a comment }{ with \n{ braces\n"
                         "/* and \n{another} */\n";
      default:
        return "\n";
    }
  }
  std::string Garbage() {
    constexpr const char* kAll[] = {
        "x", "]", "}", "{}", "{\"Item\":", "\"", "null\n", "/", "{{", "5"};
    return kAll[Below(std::size(kAll))];
  }
  std::string Value() {
    std::string value(OneIn(30) ? Below(3000) : Below(60), 'v');
    for (char& c : value) {
      if (OneIn(6)) c = "}{[],: /"[Below(8)];
    }
    return value;
  }
  std::string Json(uint64_t i) {
    const std::string pk = std::to_string(i % 150);
    switch (Below(12)) {
      case 0:  // printed
        return "{\n  \"Item\": {\n    \"pk\": {\n      \"S\": \"" + pk +
               "\"\n    },\n    \"m\": {\"M\":\n{\"x\":\n{\"S\":\"" + Value() + "\"}}}\n  }\n}";
      case 1:
        return R"({"Item":{"nokey":{"S":")" + Value() + R"("}}})";
      case 2:
        return R"({"Item":{"pk":{"N":"1"},"v":{"S":")" + Value() + R"("}}})";
      case 3:
        return R"({"Item":{"pk":{"S":"x"},"v":{"N":"no number )" + Value() + R"("}}})";
      case 4:
        return R"({"other":[{},)"
               "\n{"
               R"(}],"Item":{"pk":{"S":")" +
               pk + R"("}}})";
      default:
        return R"({"Item":{"pk":{"S":")" + pk + R"("},"v":{"S":")" + Value() + R"(\n\"é"}}})";
    }
  }
  std::string Csv() {
    const bool is_damaged = OneIn(2);
    std::string text = OneIn(9) ? "pk,v\r\n" : OneIn(20) ? "pk,pk\n" : "\npk,v\n";
    for (uint64_t count = Below(500); count > 0; --count) {
      text += std::to_string(count % 150) + ",";
      switch (Below(8)) {
        case 0:
          text += "\"line\nand \"\"quote\"\", comma" + std::string(Below(40), '\n') + "\"";
          break;
        case 1:
          text += "one,too many";
          break;
        case 2:
          if (is_damaged && OneIn(40)) text += "stray\"quote";
          break;
        default:
          text += std::string(OneIn(30) ? Below(3000) : Below(60), 'v');
      }
      text += OneIn(4) ? "\r\n" : OneIn(9) ? "\n\n" : "\n";
    }
    if (is_damaged && OneIn(5)) text.resize(Below(text.size()));
    return text;
  }
  std::string Ion(uint64_t i) {
    const std::string pk = std::to_string(i % 150);
    const std::string marker = OneIn(2) ? "$ion_1_0 " : "";
    switch (Below(10)) {
      case 0:
        return "{\n  Item: {\n    pk: \"" + pk + "\",\n    v: '''long\n{text''' '''" + Value() +
               "'''\n  }\n}";
      case 1:
        return "{Item:{nokey:\"" + Value() + "\"}}";
      case 2:
        return "{Item:{pk:1.,v:\"" + Value() + "\"}}";
      default:
        return (in_list_ ? "" : marker) + "{Item:{pk:\"" + pk + "\",v:\"" + Value() + "\",n:1.}}";
    }
  }

  std::mt19937_64 random_;
  bool in_list_ = false;
};

uint64_t Seed() {
  const char* given = std::getenv("DRAY_TEST_SEED");
  const uint64_t seed =
      given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::printf("DRAY_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

TEST(ObjectImport, ReadsInPartsWhatAReaderOfTheWholeReads) {
  const uint64_t seed = Seed();
  Texts texts(seed);
  auto transforms = transform::Transforms::Parse(
      R"json([{"Filter":{"Expression":"NOT contains(pk, :x)","ExpressionAttributeValues":)json"
      R"json({":x":{"S":"3"}}}},{"Mask":{"Attribute":"v","Method":"TEXT","Text":"masked"}}])json");
  ASSERT_TRUE(transforms) << transforms.error().message;
  uint64_t imported = 0, errors = 0, abandoned = 0, filtered = 0;
  constexpr Format kFormats[] = {Format::kDynamoDbJson, Format::kIon, Format::kCsv};
  for (int round = 0; round < 180; ++round) {
    const Format format = kFormats[round % 3];
    const std::string text = texts.Make(format);
    std::optional<base::Error> failure;
    if (texts.OneIn(6)) failure = {base::ErrorKind::kCorruption, "gzip data is cut off", {}};
    const transform::Transforms* some = texts.OneIn(3) ? transforms->get() : nullptr;
    const Found expected = ReadWhole(format, text, failure, some);
    filtered += expected.counters.filtered_items;
    imported += expected.counters.imported_items;
    errors += expected.counters.errors;
    abandoned += expected.counters.processed_bytes < text.size() ? 1 : 0;
    for (size_t part_bytes : {1, 7, 64, 1000, 20'000, 1 << 20}) {
      for (size_t threads : {1, 3}) {
        const std::string what = "round " + std::to_string(round) + ", parts of " +
                                 std::to_string(part_bytes) + ", " + std::to_string(threads) +
                                 " threads";
        ExpectSame(ReadInParts(format, text, failure, seed + round / 2, part_bytes, threads, some),
                   expected, what);
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_GT(filtered, 100u);
  EXPECT_GT(imported, 1000u);
  EXPECT_GT(errors, 100u);
  EXPECT_GT(abandoned, 10u);
}

TEST(ObjectImport, RecordsLargerThanPartsAreReadOnce) {
  for (const char* between : {"\n", ""}) {
    std::string text;
    for (int i = 0; i < 12; ++i) {
      text += R"({"Item":{"pk":{"S":")" + std::to_string(i) + R"("},"v":{"S":")" +
              std::string(390'000, 'x') + R"("}}})" + between;
    }
    const Found expected = ReadWhole(Format::kDynamoDbJson, text, {});
    EXPECT_EQ(expected.counters.imported_items, 12u);
    for (size_t part_bytes : {16'000, 256 << 10}) {
      for (size_t threads : {1, 4}) {
        ExpectSame(ReadInParts(Format::kDynamoDbJson, text, {}, 1, part_bytes, threads), expected,
                   std::to_string(part_bytes));
      }
    }
  }
}

TEST(ObjectImport, ARecordWithoutEndIsRefusedAtItsLimit) {
  const std::string text = R"({"Item":{"pk":{"S":"a"}}})"
                           "\n"
                           R"({"Item":{"pk":{"S":")" +
                           std::string(12 << 20, 'x');
  const Found expected = ReadWhole(Format::kDynamoDbJson, text, {});
  EXPECT_EQ(expected.counters.errors, 1u);
  ExpectSame(ReadInParts(Format::kDynamoDbJson, text, {}, 1, 256 << 10, 2), expected, "");
}

TEST(ObjectImport, TextThatCannotBeParsedIsNotQuotedWhenItMayHoldWhatIsToBeMasked) {
  const std::string text = R"({"Item":{"pk":{"S":"a"},"v":{"S":"secret)" + std::string(500, 's');
  auto transforms = transform::Transforms::Parse(
      R"([{"Mask":{"Attribute":"v","Method":"TEXT","Text":"masked"}}])");
  ASSERT_TRUE(transforms);
  for (size_t part_bytes : {16, 1 << 20}) {
    const Found found =
        ReadInParts(Format::kDynamoDbJson, text, {}, 1, part_bytes, 1, transforms->get());
    ASSERT_EQ(found.log.size(), 1u);
    EXPECT_EQ(found.log[0].find("secret"), std::string::npos) << found.log[0];
  }
  EXPECT_NE(ReadInParts(Format::kDynamoDbJson, text, {}, 1, 16, 1).log[0].find("secret"),
            std::string::npos);
}

TEST(ObjectImport, AnObjectThatChangesWhileItIsReadIsOneError) {
  const std::string text = R"({"Item":{"pk":{"S":"a"}}})"
                           "\n"
                           R"({"Item":{"pk")";
  const base::Error changed{base::ErrorKind::kInvalidArgument, "At least one of the preconditions",
                            objects::reason::kPreconditionFailed};
  const Found found = ReadInParts(Format::kDynamoDbJson, text, changed, 1, 256 << 10, 1);
  EXPECT_EQ(found.counters.imported_items, 1u);
  EXPECT_EQ(found.counters.errors, 1u);
  ASSERT_EQ(found.log.size(), 1u);
  EXPECT_NE(found.log[0].find("because it was overwritten"), std::string::npos) << found.log[0];
}

}  // namespace
}  // namespace dray::import_table
