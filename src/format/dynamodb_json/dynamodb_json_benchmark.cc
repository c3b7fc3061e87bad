// SPDX-License-Identifier: Apache-2.0
// Bytes of JSON text a second, one core, items of about 700 bytes of text. The reader's figure
// includes building the encoding. `Order` has strings, numbers, a nested map, a list and a set; the
// others have mostly one thing that could be slow: numbers, binary values, text that is not ASCII,
// escapes.
#include <benchmark/benchmark.h>

#include <random>

#include "format/dynamodb_json/dynamodb_json.h"

namespace {

using dray::codec::Record;

const dray::item::KeySchema kKeys{.hash = {{"customer_id", dray::item::Type::kString}},
                                  .range = {{"order_number", dray::item::Type::kNumber}}};

using Random = std::mt19937_64;

std::string Number(Random& random, uint64_t below) { return std::to_string(random() % below); }

std::string Repeated(std::string_view piece, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += piece;
  return text;
}

std::string Order(Random& random) {
  const char* words[] = {"green ", "chair ", "with ", "four ", "legs ", "and ", "a ", "cushion "};
  std::string description;
  for (int i = 0; i < 38; ++i) description += words[random() % 8];
  return ",\"status\":{\"S\":\"SHIPPED\"},\"total\":{\"N\":\"" + Number(random, 100'000) +
         ".95\"},\"paid\":{\"BOOL\":true},\"created_at\":{\"S\":\"2026-11-22T10:20:30.123Z\"}" +
         ",\"updated_at\":{\"N\":\"17316756" + Number(random, 100) +
         "\"},\"description\":{\"S\":\"" + description +
         "\"},\"address\":{\"M\":{\"street\":{\"S\":\"Long Street " + Number(random, 200) +
         "\"},\"city\":{\"S\":\"Springfield\"},\"zip\":{\"S\":\"" + Number(random, 99'999) +
         "\"},\"lat\":{\"N\":\"47.37" + Number(random, 10'000) +
         "\"}}},\"tags\":{\"SS\":[\"alpha\",\"beta\",\"gamma\"]}" +
         ",\"lines\":{\"L\":[{\"M\":{\"sku\":{\"S\":\"SKU-" + Number(random, 10'000) +
         "\"},\"quantity\":{\"N\":\"" + Number(random, 20) + "\"}}}]},\"note\":{\"NULL\":true}";
}

std::string Numbers(Random& random) {
  std::string text;
  for (int i = 0; i < 22; ++i) {
    text += ",\"n" + std::to_string(i) + "\":{\"N\":\"" + Number(random, 1'000'000'000) + "." +
            Number(random, 1000) + "\"}";
  }
  return text;
}

std::string Binary(Random&) { return ",\"raw\":{\"B\":\"" + Repeated("AAH+/w9Q", 75) + "\"}"; }
std::string NotAscii(Random&) {
  return ",\"text\":{\"S\":\"" + Repeated("Größe 日本 ", 35) + "\"}";
}
std::string Escapes(Random&) {
  return ",\"text\":{\"S\":\"" + Repeated("{\\\"k\\\":\\\"value\\\"}\\n", 28) + "\"}";
}

std::string Lines(size_t count, std::string (*rest_of_item)(Random&)) {
  Random random(1);
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += "{\"Item\":{\"customer_id\":{\"S\":\"CUSTOMER#" + Number(random, 1'000'000) +
            "\"},\"order_number\":{\"N\":\"" + Number(random, 1'000'000'000) + "\"}" +
            rest_of_item(random) + "}}\n";
  }
  return text;
}

class NullSink final : public dray::base::ByteSink {
 public:
  dray::base::Status Write(std::string_view bytes) override {
    benchmark::DoNotOptimize(bytes.data());
    return dray::base::Ok();
  }
  dray::base::Status Close() override { return dray::base::Ok(); }
};

constexpr size_t kItems = 20'000;

void BM_Read(benchmark::State& state, std::string (*rest_of_item)(Random&)) {
  std::string text = Lines(kItems, rest_of_item);
  for (auto _ : state) {
    dray::base::StringSource source(text);
    auto reader = dray::dynamodb_json::MakeItemReader(source);
    size_t items = 0;
    while (true) {
      auto record = reader->Next();
      if (!record || record->outcome == Record::Outcome::kEnd) break;
      if (record->outcome == Record::Outcome::kItem) ++items;
    }
    if (items != kItems) state.SkipWithError("lost items");
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
  state.counters["text_bytes_per_item"] = static_cast<double>(text.size()) / kItems;
}
BENCHMARK_CAPTURE(BM_Read, Order, Order)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Read, Numbers, Numbers)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Read, Binary, Binary)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Read, NotAscii, NotAscii)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Read, Escapes, Escapes)->Unit(benchmark::kMillisecond);

void BM_Write(benchmark::State& state, std::string (*rest_of_item)(Random&)) {
  std::string text = Lines(kItems, rest_of_item);
  std::vector<std::string> items;
  dray::base::StringSource source(text);
  auto reader = dray::dynamodb_json::MakeItemReader(source);
  while (true) {
    auto record = reader->Next();
    if (!record || record->outcome != Record::Outcome::kItem) break;
    items.emplace_back(record->item);
  }
  if (items.size() != kItems) state.SkipWithError("lost items");
  NullSink null;
  for (auto _ : state) {
    auto writer = dray::dynamodb_json::MakeItemWriter(kKeys, null);
    for (const std::string& item : items) {
      if (!writer->Write(dray::item::ItemView(item))) state.SkipWithError("write");
    }
    if (!writer->Finish()) state.SkipWithError("finish");
  }
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) * state.iterations());
}
BENCHMARK_CAPTURE(BM_Write, Order, Order)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Write, Numbers, Numbers)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Write, Binary, Binary)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Write, NotAscii, NotAscii)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Write, Escapes, Escapes)->Unit(benchmark::kMillisecond);

}  // namespace
