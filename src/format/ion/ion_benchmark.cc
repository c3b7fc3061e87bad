// SPDX-License-Identifier: Apache-2.0
// Bytes of Ion text a second, one core, items of about 700 bytes, beside the same items as DynamoDB
// JSON. The readers' figures include building the encoding. Compare items a second: the texts have
// different lengths.
#include <benchmark/benchmark.h>

#include <random>

#include "format/dynamodb_json/dynamodb_json.h"
#include "format/ion/ion.h"

namespace {

using dray::codec::Record;
using Random = std::mt19937_64;

const dray::item::KeySchema kKeys{.hash = {{"customer_id", dray::item::Type::kString}},
                                  .range = {{"order_number", dray::item::Type::kNumber}}};
constexpr size_t kItems = 20'000;

void Name(dray::item::ItemBuilder& builder, std::string_view name) {
  if (!builder.Name(name)) abort();
}
void String(dray::item::ItemBuilder& builder, std::string_view name, std::string_view text) {
  Name(builder, name);
  builder.String(text);
}
void Number(dray::item::ItemBuilder& builder, std::string_view name, const std::string& text) {
  Name(builder, name);
  if (!builder.NumberText(text)) abort();
}

void Order(dray::item::ItemBuilder& builder, Random& random) {
  auto below = [&](uint64_t bound) { return std::to_string(random() % bound); };
  const char* words[] = {"green ", "chair ", "with ", "four ", "legs ", "and ", "a ", "cushion "};
  std::string description;
  for (int i = 0; i < 38; ++i) description += words[random() % 8];
  String(builder, "status", "SHIPPED");
  Number(builder, "total", below(100'000) + ".95");
  Name(builder, "paid");
  builder.Bool(true);
  String(builder, "created_at", "2026-11-22T10:20:30.123Z");
  Number(builder, "updated_at", "17316756" + below(100));
  String(builder, "description", description);
  Name(builder, "address");
  if (!builder.StartMap()) abort();
  String(builder, "street", "Long Street " + below(200));
  String(builder, "city", "Springfield");
  String(builder, "zip", below(99'999));
  Number(builder, "lat", "47.37" + below(10'000));
  builder.EndMap();
  Name(builder, "tags");
  builder.StartSet(dray::item::Type::kStringSet);
  for (const char* tag : {"alpha", "beta", "gamma"}) builder.String(tag);
  if (!builder.EndSet()) abort();
  Name(builder, "lines");
  if (!builder.StartList() || !builder.StartMap()) abort();
  String(builder, "sku", "SKU-" + below(10'000));
  Number(builder, "quantity", below(20));
  builder.EndMap();
  builder.EndList();
  Name(builder, "note");
  builder.Null();
}

void Numbers(dray::item::ItemBuilder& builder, Random& random) {
  for (int i = 0; i < 22; ++i) {
    Number(builder, "n" + std::to_string(i),
           std::to_string(random() % 1'000'000'000) + "." + std::to_string(random() % 1000));
  }
}

void Binary(dray::item::ItemBuilder& builder, Random& random) {
  std::string bytes(450, 0);
  for (char& c : bytes) c = static_cast<char>(random());
  Name(builder, "raw");
  builder.Binary(bytes);
}

void Escapes(dray::item::ItemBuilder& builder, Random&) {
  std::string text;
  for (int i = 0; i < 28; ++i) text += "{\"k\":\"value\"}\n";
  String(builder, "text", text);
}

using RestOfItem = void (*)(dray::item::ItemBuilder&, Random&);

std::vector<std::string> Items(RestOfItem rest_of_item) {
  Random random(1);
  dray::item::ItemBuilder builder;
  std::vector<std::string> items;
  for (size_t i = 0; i < kItems; ++i) {
    builder.StartItem();
    String(builder, "customer_id", "CUSTOMER#" + std::to_string(random() % 1'000'000));
    Number(builder, "order_number", std::to_string(random() % 1'000'000'000));
    rest_of_item(builder, random);
    items.emplace_back(builder.Finish());
  }
  return items;
}

using MakeWriter = std::unique_ptr<dray::codec::ItemWriter> (*)(const dray::item::KeySchema&,
                                                                dray::base::ByteSink&);
using MakeReader = std::unique_ptr<dray::codec::ItemReader> (*)(dray::base::ByteSource&);

std::unique_ptr<dray::codec::ItemReader> IonReader(dray::base::ByteSource& source) {
  return dray::ion::MakeItemReader(source);
}
std::unique_ptr<dray::codec::ItemReader> JsonReader(dray::base::ByteSource& source) {
  return dray::dynamodb_json::MakeItemReader(source);
}

std::string Text(const std::vector<std::string>& items, MakeWriter make_writer) {
  std::string text;
  dray::base::StringSink sink(text);
  auto writer = make_writer(kKeys, sink);
  for (const std::string& item : items) {
    if (!writer->Write(dray::item::ItemView(item))) abort();
  }
  if (!writer->Finish()) abort();
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

void Count(benchmark::State& state, size_t text_bytes) {
  state.SetBytesProcessed(static_cast<int64_t>(text_bytes) * state.iterations());
  state.SetItemsProcessed(static_cast<int64_t>(kItems) * state.iterations());
  state.counters["text_bytes_per_item"] = static_cast<double>(text_bytes) / kItems;
}

void BM_Write(benchmark::State& state, RestOfItem rest_of_item, MakeWriter make_writer) {
  auto items = Items(rest_of_item);
  size_t text_bytes = Text(items, make_writer).size();
  NullSink null;
  for (auto _ : state) {
    auto writer = make_writer(kKeys, null);
    for (const std::string& item : items) {
      if (!writer->Write(dray::item::ItemView(item))) state.SkipWithError("write");
    }
    if (!writer->Finish()) state.SkipWithError("finish");
  }
  Count(state, text_bytes);
}

void BM_Read(benchmark::State& state, RestOfItem rest_of_item, MakeWriter make_writer,
             MakeReader make_reader) {
  std::string text = Text(Items(rest_of_item), make_writer);
  for (auto _ : state) {
    dray::base::StringSource source(text);
    auto reader = make_reader(source);
    size_t items = 0;
    while (true) {
      auto record = reader->Next();
      if (!record || record->outcome == Record::Outcome::kEnd) break;
      if (record->outcome == Record::Outcome::kItem) ++items;
    }
    if (items != kItems) state.SkipWithError("lost items");
  }
  Count(state, text.size());
}

#define BOTH_FORMATS(rest)                                                                      \
  BENCHMARK_CAPTURE(BM_Write, Ion##rest, rest, dray::ion::MakeItemWriter)                       \
      ->Unit(benchmark::kMillisecond);                                                          \
  BENCHMARK_CAPTURE(BM_Write, Json##rest, rest, dray::dynamodb_json::MakeItemWriter)            \
      ->Unit(benchmark::kMillisecond);                                                          \
  BENCHMARK_CAPTURE(BM_Read, Ion##rest, rest, dray::ion::MakeItemWriter, IonReader)             \
      ->Unit(benchmark::kMillisecond);                                                          \
  BENCHMARK_CAPTURE(BM_Read, Json##rest, rest, dray::dynamodb_json::MakeItemWriter, JsonReader) \
      ->Unit(benchmark::kMillisecond)

BOTH_FORMATS(Order);
BOTH_FORMATS(Numbers);
BOTH_FORMATS(Binary);
BOTH_FORMATS(Escapes);

}  // namespace
