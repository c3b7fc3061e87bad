// SPDX-License-Identifier: Apache-2.0
// Building and reading an item of about 700 bytes: 20 attributes of all common types.
#include <benchmark/benchmark.h>

#include "base/check.h"
#include "model/item/item_encoding.h"
#include "model/item/key_schema.h"

namespace dray::item {
namespace {

void Build(ItemBuilder& builder) {
  builder.StartItem();
  auto name = [&](std::string_view text) { CHECK(builder.Name(text)); };
  auto number = [&](std::string_view text) { CHECK(builder.NumberText(text)); };
  name("pk");
  builder.String("customer#0000123456789");
  name("sk");
  number("1731675600123");
  name("city");
  builder.String("Saint-Germain-en-Laye");
  name("country");
  builder.String("FR");
  name("lat");
  number("48.89887");
  name("lng");
  number("2.09373");
  name("population");
  number("42009");
  name("balance");
  number("-1234567.89");
  name("is_active");
  builder.Bool(true);
  name("deleted_at");
  builder.Null();
  name("description");
  builder.String(std::string_view(
      "A commune in the Yvelines department in the Ile-de-France in north-central France. It is "
      "located in the western suburbs of Paris, 19.1 km from the centre of Paris, on a bend of "
      "the river; its chateau was a residence of kings before they moved on, and its terrace "
      "looks far over the valley towards the towers of the city."));
  name("thumbnail");
  builder.Binary("\x89PNG\r\n\x1a\n0123456789abcdef0123456789abcdef");
  name("tags");
  builder.StartSet(Type::kStringSet);
  for (std::string_view tag : {"castle", "forest", "terrace", "suburb"}) builder.String(tag);
  CHECK(builder.EndSet());
  name("scores");
  builder.StartSet(Type::kNumberSet);
  for (std::string_view score : {"12", "7", "99.5"}) number(score);
  CHECK(builder.EndSet());
  name("address");
  CHECK(builder.StartMap());
  name("street");
  builder.String("Place Charles de Gaulle");
  name("zip");
  builder.String("78100");
  name("floor");
  number("3");
  builder.EndMap();
  name("history");
  CHECK(builder.StartList());
  for (std::string_view year : {"1124", "1539", "1862"}) number(year);
  builder.EndList();
}

std::string Encoded() {
  ItemBuilder builder;
  Build(builder);
  return std::string(builder.Finish());
}

void ReportItem(benchmark::State& state) {
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(Encoded().size()));
  state.SetItemsProcessed(state.iterations());
}

void BuildItem(benchmark::State& state) {
  ItemBuilder builder;
  for (auto _ : state) {
    Build(builder);
    benchmark::DoNotOptimize(builder.Finish());
  }
  ReportItem(state);
}
BENCHMARK(BuildItem);

size_t Walk(const ValueView& value, std::string& text) {
  switch (value.type()) {
    case Type::kString:
    case Type::kBinary:
      return value.string().size();
    case Type::kNumber:
      text.clear();
      value.AppendNumberText(text);
      return text.size();
    case Type::kBool:
      return value.boolean() ? 1 : 0;
    case Type::kNull:
      return 1;
    case Type::kMap: {
      size_t sum = 0;
      for (auto it = value.map().begin(); it.valid(); it.Next()) {
        sum += it.name().size() + Walk(it.value(), text);
      }
      return sum;
    }
    default: {
      size_t sum = 0;
      for (auto it = value.list().begin(); it.valid(); it.Next()) sum += Walk(it.value(), text);
      return sum;
    }
  }
}

// As an export does: every name, every value, numbers as text.
void ReadItem(benchmark::State& state) {
  std::string encoded = Encoded(), text;
  for (auto _ : state) {
    size_t sum = 0;
    for (auto it = ItemView(encoded).attributes().begin(); it.valid(); it.Next()) {
      sum += it.name().size() + Walk(it.value(), text);
    }
    benchmark::DoNotOptimize(sum);
  }
  ReportItem(state);
}
BENCHMARK(ReadItem);

void CheckItem(benchmark::State& state) {
  std::string encoded = Encoded();
  for (auto _ : state) CHECK(ItemView::Check(encoded));
  ReportItem(state);
}
BENCHMARK(CheckItem);

void SizeOfItem(benchmark::State& state) {
  std::string encoded = Encoded();
  for (auto _ : state) benchmark::DoNotOptimize(ItemView(encoded).SizeBytes());
  ReportItem(state);
}
BENCHMARK(SizeOfItem);

void KeyOfAnItem(benchmark::State& state) {
  std::string encoded = Encoded();
  KeySchema schema{.hash = {{"pk", Type::kString}}, .range = {{"sk", Type::kNumber}}};
  for (auto _ : state) {
    auto key = KeyOfItem(schema, ItemView(encoded));
    CHECK(key);
    benchmark::DoNotOptimize(key->sort.data());
  }
  ReportItem(state);
}
BENCHMARK(KeyOfAnItem);

void ParseNumber(benchmark::State& state, std::string_view text) {
  for (auto _ : state) {
    auto number = Number::Parse(text);
    benchmark::DoNotOptimize(number);
  }
}
BENCHMARK_CAPTURE(ParseNumber, short, "48.89887");
BENCHMARK_CAPTURE(ParseNumber, long, "3.1415926535897932384626433832795028841");

void WriteNumber(benchmark::State& state, std::string_view text) {
  Number number = *Number::Parse(text);
  std::string out;
  for (auto _ : state) {
    out.clear();
    number.AppendText(out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK_CAPTURE(WriteNumber, short, "48.89887");
BENCHMARK_CAPTURE(WriteNumber, long, "3.1415926535897932384626433832795028841");

}  // namespace
}  // namespace dray::item
