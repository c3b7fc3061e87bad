// SPDX-License-Identifier: Apache-2.0
// Bytes of text a second, one core, and nanoseconds an item, items encoded; beside them the same
// items as DynamoDB JSON. `Order` has text, numbers and dates, about 300 bytes an item; the others
// have mostly one thing that could be slow: short fields, quotes, doubled quotes, text that is not
// ASCII, empty columns.
#include <benchmark/benchmark.h>

#include <random>

#include "format/csv/csv.h"
#include "format/csv/record_splitter.h"
#include "format/dynamodb_json/dynamodb_json.h"

namespace {

using dray::codec::Record;
using Random = std::mt19937_64;
using Fields = std::vector<std::string>;

std::string Number(Random& random, uint64_t below) { return std::to_string(random() % below); }

std::string Repeated(std::string_view piece, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

Fields Order(Random& random) {
  const char* words[] = {"green ", "chair ", "with ", "four ", "legs ", "and ", "a ", "cushion "};
  std::string description;
  for (int i = 0; i < 30; ++i) description += words[random() % 8];
  return {"SHIPPED",
          Number(random, 100'000) + ".95",
          "true",
          "2026-11-22T10:20:30.123Z",
          "17316756" + Number(random, 100),
          description,
          "Long Street " + Number(random, 200),
          "Springfield",
          Number(random, 99'999),
          "SKU-" + Number(random, 10'000)};
}
Fields Short(Random& random) {
  Fields fields;
  for (int i = 0; i < 40; ++i) fields.push_back(Number(random, 10'000));
  return fields;
}
Fields Quoted(Random& random) {
  Fields fields = Order(random);
  for (std::string& field : fields) field += ", and more";
  return fields;
}
Fields Doubled(Random&) { return {Repeated("{\"k\": \"value\"}, ", 20)}; }
Fields NotAscii(Random&) { return {Repeated("Größe 日本 ", 20)}; }
Fields Empty(Random& random) {
  Fields fields(40);
  fields[random() % 40] = "x";
  return fields;
}

struct Texts {
  std::string csv, json;
  std::vector<std::string> columns;
};

void AppendQuoted(std::string_view text, const char* escaped_quote, std::string& out) {
  out += '"';
  for (char c : text) {
    if (c == '"') {
      out += escaped_quote;
    } else {
      out += c;
    }
  }
  out += '"';
}

Texts MakeTexts(size_t count, Fields (*rest_of_item)(Random&)) {
  Random random(1);
  Texts texts;
  for (size_t i = 0; i < count; ++i) {
    std::string customer = "CUSTOMER#" + Number(random, 1'000'000);
    std::string order = Number(random, 1'000'000'000);
    Fields fields = rest_of_item(random);
    if (texts.columns.empty()) {
      texts.columns = {"customer_id", "order_number"};
      for (size_t j = 0; j < fields.size(); ++j) {
        texts.columns.push_back("column_" + std::to_string(j));
      }
    }
    texts.csv += customer + "," + order;
    texts.json += R"({"Item":{"customer_id":{"S":")" + customer + R"("},"order_number":{"N":")" +
                  order + "\"}";
    for (size_t j = 0; j < fields.size(); ++j) {
      texts.csv += ',';
      if (fields[j].empty()) continue;
      if (fields[j].find_first_of(",\"\n") == std::string::npos) {
        texts.csv += fields[j];
      } else {
        AppendQuoted(fields[j], "\"\"", texts.csv);
      }
      texts.json += ",\"" + texts.columns[j + 2] + R"(":{"S":)";
      AppendQuoted(fields[j], "\\\"", texts.json);
      texts.json += '}';
    }
    texts.csv += '\n';
    texts.json += "}}\n";
  }
  return texts;
}

constexpr size_t kItems = 50'000;

template <class MakeReader>
void Measure(benchmark::State& state, const std::string& text, MakeReader make_reader) {
  for (auto _ : state) {
    dray::base::StringSource source(text);
    auto reader = make_reader(source);
    size_t items = 0;
    while (true) {
      auto record = reader->Next();
      if (!record || record->outcome == Record::Outcome::kEnd) break;
      if (record->outcome == Record::Outcome::kItem) ++items;
      benchmark::DoNotOptimize(record->item.data());
    }
    if (items != kItems) state.SkipWithError("lost items");
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
  state.counters["text_bytes_per_item"] = static_cast<double>(text.size()) / kItems;
  state.counters["per_item"] = benchmark::Counter(
      kItems, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void BM_Csv(benchmark::State& state, Fields (*rest_of_item)(Random&)) {
  const Texts texts = MakeTexts(kItems, rest_of_item);
  dray::csv::ReaderOptions options;
  options.dialect.header_list = texts.columns;
  options.dialect.keys = {{"customer_id", dray::item::Type::kString},
                          {"order_number", dray::item::Type::kNumber}};
  Measure(state, texts.csv, [&](dray::base::ByteSource& source) {
    return dray::csv::MakeItemReader(source, options);
  });
}
void BM_Json(benchmark::State& state, Fields (*rest_of_item)(Random&)) {
  const Texts texts = MakeTexts(kItems, rest_of_item);
  Measure(state, texts.json, [](dray::base::ByteSource& source) {
    return dray::dynamodb_json::MakeItemReader(source);
  });
}

#define BOTH(name)                                                      \
  BENCHMARK_CAPTURE(BM_Csv, name, name)->Unit(benchmark::kMillisecond); \
  BENCHMARK_CAPTURE(BM_Json, name, name)->Unit(benchmark::kMillisecond)
BOTH(Order);
BOTH(Short);
BOTH(Quoted);
BOTH(Doubled);
BOTH(NotAscii);
BOTH(Empty);

void BM_Split(benchmark::State& state, Fields (*rest_of_item)(Random&)) {
  const Texts texts = MakeTexts(kItems, rest_of_item);
  for (auto _ : state) {
    dray::csv::RecordSplitter splitter;
    benchmark::DoNotOptimize(splitter.Advance(texts.csv));
  }
  state.SetBytesProcessed(static_cast<int64_t>(texts.csv.size()) * state.iterations());
}
BENCHMARK_CAPTURE(BM_Split, Order, Order)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Split, Quoted, Quoted)->Unit(benchmark::kMillisecond);

}  // namespace
