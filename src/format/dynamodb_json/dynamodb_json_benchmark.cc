// SPDX-License-Identifier: Apache-2.0
// Bytes of JSON text a second, one core, items of about 700 bytes of text: an order with strings,
// numbers, a nested map, a list and a set. The reader's figure includes building the encoding.
#include <benchmark/benchmark.h>

#include <random>

#include "format/dynamodb_json/dynamodb_json.h"

namespace {

using dray::codec::Record;

const dray::item::KeySchema kKeys{.hash = {{"customer_id", dray::item::Type::kString}},
                                  .range = {{"order_number", dray::item::Type::kNumber}}};

std::string Lines(size_t count) {
  std::mt19937_64 random(1);
  auto number = [&](uint64_t below) { return std::to_string(random() % below); };
  auto words = [&](size_t how_many) {
    const char* all[] = {"green", "chair", "with",    "four", "legs",
                         "and",   "a",     "cushion", "of",   "wool"};
    std::string text;
    for (size_t i = 0; i < how_many; ++i) text += std::string(all[random() % 10]) + " ";
    return text;
  };
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    text += "{\"Item\":{\"customer_id\":{\"S\":\"CUSTOMER#" + number(1'000'000) + "\"}" +
            ",\"order_number\":{\"N\":\"" + number(1'000'000'000) + "\"}" +
            ",\"status\":{\"S\":\"SHIPPED\"}" + ",\"total\":{\"N\":\"" + number(100'000) + "." +
            std::to_string(10 + random() % 90) + "\"}" + ",\"paid\":{\"BOOL\":true}" +
            ",\"created_at\":{\"S\":\"2026-11-22T10:20:30.123Z\"}" +
            ",\"updated_at\":{\"N\":\"17316756" + number(100) + "\"}" +
            ",\"description\":{\"S\":\"" + words(28) + "\"}" +
            ",\"address\":{\"M\":{\"street\":{\"S\":\"Long Street " + number(200) +
            "\"},\"city\":{\"S\":\"Springfield\"},\"zip\":{\"S\":\"" + number(99'999) +
            "\"},\"lat\":{\"N\":\"47.37" + number(10'000) + "\"}}}" +
            ",\"tags\":{\"SS\":[\"alpha\",\"beta\",\"gamma\"]}" +
            ",\"lines\":{\"L\":[{\"M\":{\"sku\":{\"S\":\"SKU-" + number(10'000) +
            "\"},\"quantity\":{\"N\":\"" + number(20) + "\"}}}]}" + ",\"note\":{\"NULL\":true}}}\n";
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

void BM_Read(benchmark::State& state) {
  std::string text = Lines(kItems);
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
BENCHMARK(BM_Read)->Unit(benchmark::kMillisecond);

void BM_Write(benchmark::State& state) {
  std::string text = Lines(kItems);
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
BENCHMARK(BM_Write)->Unit(benchmark::kMillisecond);

}  // namespace
