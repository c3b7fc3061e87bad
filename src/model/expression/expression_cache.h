// SPDX-License-Identifier: Apache-2.0
// Parsed expressions by kind and text, because applications send the same few texts for ever.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/expression/expression.h"

namespace dray::expression {

// Thread-safe. Shards, each with its own lock and least-recently-used order, so that request
// threads seldom meet. A hit allocates nothing. Errors are not kept.
class ExpressionCache {
 public:
  // `entries_max` over all shards; an entry costs its text (at most kExpressionBytesMax) about five
  // times.
  explicit ExpressionCache(size_t entries_max = 4096);
  ~ExpressionCache();

  // From the cache, else Parse.
  base::Result<std::shared_ptr<const Tree>> Get(Kind kind, std::string_view text);

  struct Counts {
    uint64_t hits = 0, misses = 0;
    size_t entries = 0;
  };
  Counts counts() const;

 private:
  class Shard;
  static constexpr size_t kShards = 16;
  std::vector<std::unique_ptr<Shard>> shards_;
};

}  // namespace dray::expression
