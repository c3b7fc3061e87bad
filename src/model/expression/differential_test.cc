// SPDX-License-Identifier: Apache-2.0
// Random expressions over random items: the module against the naive evaluation, and texts against
// their trees printed again. DRAY_TEST_SEED repeats a run.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "model/expression/bound_condition.h"
#include "model/expression/bound_projection.h"
#include "model/expression/bound_update.h"
#include "model/expression/naive_evaluation.h"
#include "model/expression/random_expressions.h"

namespace dray::expression {
namespace {

constexpr int kRounds = 20'000;

uint64_t Seed() {
  const char* given = std::getenv("DRAY_TEST_SEED");
  uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
  std::printf("DRAY_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

// One parsed and bound expression with what it borrows.
struct Given {
  explicit Given(const test::RandomExpressions& random) {
    if (!random.names.empty()) {
      std::vector<Parameters::Name> names;
      for (const auto& [placeholder, name] : random.names) names.push_back({placeholder, name});
      EXPECT_TRUE(parameters.SetNames(std::move(names)));
    }
    if (!random.values.empty()) {
      item::Item tree;
      for (const auto& [placeholder, value] : random.values) tree.emplace(placeholder, value);
      encoded_values = item::EncodeItem(tree);
      EXPECT_TRUE(parameters.SetValues(item::ItemView(encoded_values).attributes()));
    }
  }
  std::string encoded_values;
  Parameters parameters;
};

// The tree printed is an expression with the same tree.
std::shared_ptr<const Tree> ParseTwice(Kind kind, const std::string& text) {
  auto tree = Parse(kind, text);
  EXPECT_TRUE(tree) << text << ": " << tree.error().message;
  std::string printed = ToText(**tree);
  auto again = Parse(kind, printed);
  EXPECT_TRUE(again) << text << " printed as " << printed << ": " << again.error().message;
  EXPECT_EQ(ToText(**again), printed);
  return *again;
}

TEST(Differential, ConditionsHoldForTheSameItems) {
  test::RandomExpressions random(Seed());
  int held = 0;
  int bound_count = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::string text = random.Condition();
    std::shared_ptr<const Tree> tree = ParseTwice(Kind::kCondition, text);
    Given given(random);
    auto condition = BoundCondition::Bind(tree, given.parameters);
    if (!condition) continue;  // operand types: the naive evaluation has no opinion on them
    ++bound_count;
    EXPECT_TRUE(given.parameters.CheckAllUsed()) << text;
    test::Naive naive(*tree, random.names, random.values);
    for (int i = 0; i < 4; ++i) {
      item::Item item = random.Item();
      std::string encoded = item::EncodeItem(item);
      bool holds = condition->Matches(item::ItemView(encoded));
      held += holds ? 1 : 0;
      ASSERT_EQ(holds, naive.Holds(item)) << text << " in round " << round;
    }
  }
  EXPECT_GT(bound_count, kRounds / 5);
  EXPECT_GT(held, bound_count / 2);
  EXPECT_LT(held, bound_count * 7 / 2);
}

TEST(Differential, ProjectionsKeepTheSame) {
  test::RandomExpressions random(Seed());
  int found = 0;
  for (int round = 0; round < kRounds; ++round) {
    std::string text = random.Projection();
    std::shared_ptr<const Tree> tree = ParseTwice(Kind::kProjection, text);
    Given given(random);
    auto projection = BoundProjection::Bind(tree, given.parameters);
    if (!projection) continue;  // overlaps
    test::Naive naive(*tree, random.names, random.values);
    item::Item item = random.Item();
    std::string encoded = item::EncodeItem(item);
    item::ItemBuilder builder;
    ASSERT_TRUE(projection->Project(item::ItemView(encoded), builder));
    std::string projected(builder.Finish());
    ASSERT_TRUE(item::ItemView::Check(projected)) << text;
    EXPECT_EQ(item::ItemView(projected).SizeBytes(), builder.size_bytes());
    item::Item result = item::ItemView(projected).ToTree();
    found += result.empty() ? 0 : 1;
    ASSERT_EQ(result, naive.Project(item)) << text << " in round " << round;
  }
  EXPECT_GT(found, kRounds / 20);
}

TEST(Differential, UpdatesMakeTheSameItems) {
  test::RandomExpressions random(Seed());
  int applied = 0;
  item::ItemBuilder builder;
  for (int round = 0; round < 3 * kRounds; ++round) {
    std::string text = random.Update();
    std::shared_ptr<const Tree> tree = ParseTwice(Kind::kUpdate, text);
    Given given(random);
    auto update = BoundUpdate::Bind(tree, given.parameters);
    if (!update) continue;  // overlaps and types
    EXPECT_TRUE(given.parameters.CheckAllUsed()) << text;
    test::Naive naive(*tree, random.names, random.values);
    item::Item item = random.Item();
    std::string encoded = item::EncodeItem(item);
    item::ItemView view(encoded);
    auto outcome = update->Apply(view, view, builder);
    std::optional<item::Item> expected = naive.Update(item);
    ASSERT_EQ(outcome.has_value(), expected.has_value())
        << text << " in round " << round << ": " << (outcome ? "applied" : outcome.error().message);
    if (!expected) continue;
    ++applied;
    std::string after(builder.Finish());
    ASSERT_TRUE(item::ItemView::Check(after)) << text;
    EXPECT_EQ(item::ItemView(after).SizeBytes(), builder.size_bytes()) << text;
    ASSERT_EQ(item::ItemView(after).ToTree(), *expected) << text << " in round " << round;
  }
  EXPECT_GT(applied, kRounds / 10);
}

}  // namespace
}  // namespace dray::expression
