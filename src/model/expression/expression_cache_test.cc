// SPDX-License-Identifier: Apache-2.0
#include "model/expression/expression_cache.h"

#include <gtest/gtest.h>

#include <thread>

#include "model/expression/tree.h"

namespace dray::expression {
namespace {

TEST(ExpressionCache, HandsOutOneTreePerKindAndText) {
  ExpressionCache cache;
  auto first = cache.Get(Kind::kCondition, "a = :v");
  auto again = cache.Get(Kind::kCondition, std::string("a = :v"));
  auto filter = cache.Get(Kind::kFilter, "a = :v");
  ASSERT_TRUE(first && again && filter);
  EXPECT_EQ(*first, *again);
  EXPECT_NE(*first, *filter);
  EXPECT_EQ(cache.counts().hits, 1u);
  EXPECT_EQ(cache.counts().misses, 2u);
  EXPECT_EQ(cache.counts().entries, 2u);
}

TEST(ExpressionCache, DoesNotKeepErrors) {
  ExpressionCache cache;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(cache.Get(Kind::kUpdate, "SET").error().message,
              "Invalid UpdateExpression: Syntax error; token: \"<EOF>\", near: \"SET\"");
  }
  EXPECT_EQ(cache.counts().entries, 0u);
}

TEST(ExpressionCache, ForgetsTheLeastRecentlyUsed) {
  ExpressionCache cache(16);  // one a shard
  auto kept = cache.Get(Kind::kProjection, "a0");
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(cache.Get(Kind::kProjection, "a" + std::to_string(i)));
  }
  EXPECT_EQ(cache.counts().entries, 16u);
  EXPECT_EQ(ToText(**kept), "a0");  // forgotten, but alive as long as somebody has it
}

TEST(ExpressionCache, IsSharedByThreads) {
  ExpressionCache cache(64);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        std::string text = "a" + std::to_string(i % 100);
        auto tree = cache.Get(Kind::kProjection, text);
        ASSERT_TRUE(tree);
        ASSERT_EQ((*tree)->text, text);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(cache.counts().hits + cache.counts().misses, 8000u);
}

}  // namespace
}  // namespace dray::expression
