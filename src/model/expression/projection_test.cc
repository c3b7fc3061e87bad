// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "model/expression/test_request.h"

namespace dray::expression {
namespace {

using test::Projected;

constexpr std::string_view kItem =
    "{pk: 'k', a: {b: [2, 4, {x: 'hi', y: 'yo'}], c: 5}, b: 'hello', a.b: 'dot', l: [1, 2, 3]}";

TEST(Projection, KeepsTheStructureAroundWhatItFinds) {
  struct Row {
    std::string_view expression, result;
  };
  const Row rows[] = {
      {"b", "{b: 'hello'}"},
      {"b, pk", "{pk: 'k', b: 'hello'}"},
      {"a", "{a: {b: [2, 4, {x: 'hi', y: 'yo'}], c: 5}}"},
      {"a.c", "{a: {c: 5}}"},
      {"a.b[0]", "{a: {b: [2]}}"},
      {"a.b[2].y", "{a: {b: [{y: 'yo'}]}}"},
      {"a.b[2], a.b[0]", "{a: {b: [2, {x: 'hi', y: 'yo'}]}}"},
      {"a.b[2].y, a.c, b", "{a: {b: [{y: 'yo'}], c: 5}, b: 'hello'}"},
      {"l[2], l[0], l[7]", "{l: [1, 3]}"},
      {"x", "{}"},
      {"a.x", "{}"},
      {"a.b[3]", "{}"},
      {"a.b[3].x", "{}"},
      {"a.x.y", "{}"},
      {"a.b.x", "{}"},
      {"a[0]", "{}"},
      {"a.b[0].x", "{}"},
      {"a.b[0][0]", "{}"},
      {"a.x, a.b[0], x, a.b[3].x", "{a: {b: [2]}}"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Projected(row.expression, kItem), row.result) << row.expression;
  }
  EXPECT_EQ(Projected("#d", kItem, "#d=a.b"), "{a.b: 'dot'}");
  EXPECT_EQ(Projected("#a.#c", kItem, "#a=a #c=c"), "{a: {c: 5}}");
}

TEST(Projection, RefusesOverlapsAndConflicts) {
  auto clash = [](std::string_view what, std::string_view one, std::string_view two) {
    return "Invalid ProjectionExpression: Two document paths " + std::string(what) +
           " with each other; must remove or rewrite one of these paths; path one: " +
           std::string(one) + ", path two: " + std::string(two);
  };
  EXPECT_EQ(Projected("a, a", kItem), clash("overlap", "[a]", "[a]"));
  EXPECT_EQ(Projected("a, b, #a", kItem, "#a=a"), clash("overlap", "[a]", "[a]"));
  EXPECT_EQ(Projected("a.b[0], a.b[0]", kItem), clash("overlap", "[a, b, [0]]", "[a, b, [0]]"));
  EXPECT_EQ(Projected("a, a.b[2].c", kItem), clash("overlap", "[a]", "[a, b, [2], c]"));
  EXPECT_EQ(Projected("a.b.d.e, a.b", kItem), clash("overlap", "[a, b, d, e]", "[a, b]"));
  EXPECT_EQ(Projected("a.b, a[1]", kItem), clash("conflict", "[a, b]", "[a, [1]]"));
  EXPECT_EQ(Projected("#a", kItem),
            "Invalid ProjectionExpression: An expression attribute name used in the document path "
            "is not defined; attribute name: #a");
  for (std::string_view expression : {"a, b", "a.b, a.c", "a.b.d, a.b.e", "l[1], l[2]"}) {
    EXPECT_EQ(Projected(expression, kItem)[0], '{') << expression;
  }
}

}  // namespace
}  // namespace dray::expression
