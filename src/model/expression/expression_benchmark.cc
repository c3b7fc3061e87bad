// SPDX-License-Identifier: Apache-2.0
// The steps of a request with expressions, on an item of about 700 bytes.
#include <benchmark/benchmark.h>

#include "model/expression/bound_condition.h"
#include "model/expression/bound_projection.h"
#include "model/expression/bound_update.h"
#include "model/expression/expression_cache.h"
#include "model/expression/test_notation.h"

namespace dray::expression {
namespace {

constexpr std::string_view kCondition = "attribute_exists(pk) AND #s = :active AND balance >= :min";
constexpr std::string_view kUpdate =
    "SET balance = balance - :amount, updated_at = :now, stats.visits = stats.visits + :one "
    "REMOVE note";

std::string Item() {
  std::string notation = "{pk: 'customer#0000123456789', sk: 1731675600123, status: 'active', ";
  for (int i = 0; i < 14; ++i) {
    notation += "attribute_" + std::to_string(i) + ": 'a value of some length, number " +
                std::to_string(i) + "', ";
  }
  notation += "balance: 1234567.89, updated_at: 1731675600, note: 'remove me', ";
  return test::Encode(notation + "tags: <'castle', 'forest'>, stats: {visits: 41, last: 'x'}}");
}

class Given {
 public:
  explicit Given(std::string_view values) : values_(test::Encode(values)) {}
  void Fill(Parameters& parameters, bool has_names) const {
    if (has_names) CHECK(parameters.SetNames({{"#s", "status"}}));
    CHECK(parameters.SetValues(item::ItemView(values_).attributes()));
  }

 private:
  std::string values_;
};

void BM_Parse(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Parse(Kind::kCondition, kCondition));
}
BENCHMARK(BM_Parse);

void BM_CachedLookup(benchmark::State& state) {
  static ExpressionCache cache;
  for (auto _ : state) benchmark::DoNotOptimize(cache.Get(Kind::kCondition, kCondition));
}
BENCHMARK(BM_CachedLookup)->Threads(1)->Threads(4);

void BM_Bind(benchmark::State& state) {
  auto tree = *Parse(Kind::kCondition, kCondition);
  Given given("{:active: 'active', :min: 100}");
  for (auto _ : state) {
    Parameters parameters;
    given.Fill(parameters, true);
    auto condition = BoundCondition::Bind(tree, parameters);
    CHECK(condition && parameters.CheckAllUsed());
  }
}
BENCHMARK(BM_Bind);

void BM_Matches(benchmark::State& state) {
  std::string item = Item();
  Given given("{:active: 'active', :min: 100}");
  Parameters parameters;
  given.Fill(parameters, true);
  auto condition = *BoundCondition::Bind(*Parse(Kind::kCondition, kCondition), parameters);
  for (auto _ : state) CHECK(condition.Matches(item::ItemView(item)));
  state.counters["item_bytes"] = static_cast<double>(item::ItemView(item).SizeBytes());
}
BENCHMARK(BM_Matches);

void BM_Project(benchmark::State& state) {
  std::string item = Item();
  Parameters parameters;
  auto projection =
      *BoundProjection::Bind(*Parse(Kind::kProjection, "pk, balance, stats.visits"), parameters);
  item::ItemBuilder out;
  for (auto _ : state) {
    out.StartItem();
    CHECK(projection.Project(item::ItemView(item), out));
    benchmark::DoNotOptimize(out.Finish());
  }
}
BENCHMARK(BM_Project);

void BM_Update(benchmark::State& state) {
  std::string item = Item();
  Given given("{:amount: 12.5, :now: 1731675601, :one: 1}");
  Parameters parameters;
  given.Fill(parameters, false);
  auto update = *BoundUpdate::Bind(*Parse(Kind::kUpdate, kUpdate), parameters);
  item::ItemBuilder out;
  item::ItemView view(item);
  for (auto _ : state) {
    CHECK(update.Apply(view, view, out));
    benchmark::DoNotOptimize(out.Finish());
  }
}
BENCHMARK(BM_Update);

}  // namespace
}  // namespace dray::expression
