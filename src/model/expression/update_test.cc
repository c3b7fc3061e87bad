// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/expression/test_request.h"

namespace dray::expression {
namespace {

using test::Update;
using test::Updated;

constexpr std::string_view kInvalidPath =
    "The document path provided in the update expression is invalid for update";
constexpr std::string_view kWrongType =
    "An operand in the update expression has an incorrect data type";
constexpr std::string_view kMissing =
    "The provided expression refers to an attribute that does not exist in the item";

struct Row {
  std::string_view expression, item, values, after;
};
template <size_t kCount>
void Expect(const Row (&rows)[kCount]) {
  for (const Row& row : rows) {
    EXPECT_EQ(Updated(row.expression, row.item, row.values), row.after)
        << row.expression << " on " << row.item;
  }
}

TEST(UpdateSet, WritesWhatItIsTold) {
  const Row rows[] = {
      {"SET a = :v", "{pk: 'k'}", "{:v: 1}", "{pk: 'k', a: 1}"},
      {"SET a = :v", "{pk: 'k', a: 'x', b: 2}", "{:v: [1, {m: true}]}",
       "{pk: 'k', a: [1, {m: true}], b: 2}"},
      {"SET a = :v", "", "{:v: 1}", "{pk: 'k', a: 1}"},
      {"SET b = pk", "", "", "{pk: 'k', b: 'k'}"},
      {"SET a = b, b = a", "{a: 1, b: 2}", "", "{a: 2, b: 1}"},
      {"REMOVE a SET b = a", "{a: 'x'}", "", "{b: 'x'}"},
      {"SET a = a + :v", "{a: 1.5}", "{:v: 2}", "{a: 3.5}"},
      {"SET a = :v - a", "{a: 1.5}", "{:v: 1}", "{a: -0.5}"},
      {"SET a = b + b", "{b: 0.1}", "", "{b: 0.1, a: 0.2}"},
      {"SET a = a + :v", "{a: 99999999999999999999999999999999999998}", "{:v: 1}",
       "{a: 99999999999999999999999999999999999999}"},
      {"SET a = if_not_exists(a, :v)", "{a: 1}", "{:v: 2}", "{a: 1}"},
      {"SET a = if_not_exists(a, :v)", "{b: 1}", "{:v: 2}", "{b: 1, a: 2}"},
      {"SET a = if_not_exists(b, :v)", "{a: 1, b: 3}", "{:v: 2}", "{a: 3, b: 3}"},
      {"SET a = if_not_exists(b, c)", "{c: 4}", "", "{c: 4, a: 4}"},
      {"SET a = if_not_exists(a, :z) + :v", "{b: 1}", "{:z: 0, :v: 5}", "{b: 1, a: 5}"},
      {"SET a = list_append(a, :v)", "{a: [1]}", "{:v: ['x', 2]}", "{a: [1, 'x', 2]}"},
      {"SET a = list_append(:v, a)", "{a: [1]}", "{:v: ['x']}", "{a: ['x', 1]}"},
      {"SET a = list_append(if_not_exists(a, :e), :v)", "{b: 1}", "{:v: ['x'], :e: []}",
       "{b: 1, a: ['x']}"},
      {"SET a = list_append(:e, :e)", "{b: 1}", "{:e: []}", "{b: 1, a: []}"},
  };
  Expect(rows);
  EXPECT_EQ(Updated("SET #d = :v", "{pk: 'k'}", "{:v: 1}", "#d=a.b"), "{pk: 'k', a.b: 1}");
}

TEST(UpdateSet, ReachesIntoMapsAndLists) {
  const Row rows[] = {
      {"SET a.c = :v", "{a: {b: 3, c: 4}, d: 5}", "{:v: 7}", "{a: {b: 3, c: 7}, d: 5}"},
      {"SET a.x = :v", "{a: {b: 3}, d: 5}", "{:v: 7}", "{a: {b: 3, x: 7}, d: 5}"},
      {"SET a.x = :v", "{a: {}}", "{:v: 7}", "{a: {x: 7}}"},
      {"SET a.n = a.n + :v", "{a: {n: 10}}", "{:v: 5}", "{a: {n: 15}}"},
      {"SET a.c[1].x.y[1] = :v", "{a: {b: 3, c: ['hi', {x: {y: [3, 5, 7]}}]}}", "{:v: 9}",
       "{a: {b: 3, c: ['hi', {x: {y: [3, 9, 7]}}]}}"},
      {"SET z = a.c[0]", "{a: {c: ['hi']}}", "", "{a: {c: ['hi']}, z: 'hi'}"},
      {"SET l[1] = :v", "{l: [1, 2, 3]}", "{:v: 'x'}", "{l: [1, 'x', 3]}"},
      {"SET l[0] = l[2], l[2] = l[0]", "{l: [1, 2, 3]}", "", "{l: [3, 2, 1]}"},
      {"SET l[7] = :v", "{l: [1, 2, 3]}", "{:v: 'x'}", "{l: [1, 2, 3, 'x']}"},
      {"SET l[0] = :v", "{l: []}", "{:v: 'x'}", "{l: ['x']}"},
      {"SET l[84] = :a, l[37] = :b, l[17] = :c, l[50] = :d", "{l: [1]}",
       "{:a: 'a', :b: 'b', :c: 'c', :d: 'd'}", "{l: [1, 'c', 'b', 'd', 'a']}"},
      {"SET a.b = :x, a.c.d = :y, b.x = :z REMOVE a.x, b.y",
       "{a: {x: 3, y: 4, c: {y: 3}}, b: {x: 1, y: 2}}", "{:x: 10, :y: 'dog', :z: 17}",
       "{a: {y: 4, c: {y: 3, d: 'dog'}, b: 10}, b: {x: 17}}"},
  };
  Expect(rows);
}

TEST(UpdateRemove, RemovesByTheOldIndexes) {
  const Row rows[] = {
      {"REMOVE a", "{a: 1, b: 2}", "", "{b: 2}"},
      {"REMOVE q", "{a: 1}", "", "{a: 1}"},
      {"REMOVE a.b", "{a: {b: 1}}", "", "{a: {}}"},
      {"REMOVE a.q", "{a: {b: 1}}", "", "{a: {b: 1}}"},
      {"REMOVE l[0]", "{l: [1]}", "", "{l: []}"},
      {"REMOVE l[1]", "{l: ['a', 'b', 'c', 'd']}", "", "{l: ['a', 'c', 'd']}"},
      {"REMOVE l[0], l[2], l[17]", "{l: ['a', 'b', 'c', 'd']}", "", "{l: ['b', 'd']}"},
      {"REMOVE l[1] SET l[3] = :v", "{l: [2, 3, 4, 5, 6, 7]}", "{:v: 17}", "{l: [2, 4, 17, 6, 7]}"},
      {"SET l[9] = :v REMOVE l[0]", "{l: [1, 2]}", "{:v: 3}", "{l: [2, 3]}"},
      {"REMOVE a.c[1].x.y[1], a.c[1].q", "{a: {b: 3, c: ['hi', {x: {y: [3, 5, 7]}, q: 2}]}}", "",
       "{a: {b: 3, c: ['hi', {x: {y: [3, 7]}}]}}"},
  };
  Expect(rows);
}

TEST(UpdateAdd, AddsNumbersAndMembers) {
  const Row rows[] = {
      {"ADD a :v", "{a: 3}", "{:v: 4}", "{a: 7}"},
      {"ADD a :v", "{b: 3}", "{:v: 4}", "{b: 3, a: 4}"},
      {"ADD a :v", "", "{:v: 4}", "{pk: 'k', a: 4}"},
      {"ADD a :v", "{a: <'x', 'y'>}", "{:v: <'y', 'z'>}", "{a: <'x', 'y', 'z'>}"},
      {"ADD a :v", "{a: <1>}", "{:v: <1.0, 2>}", "{a: <1, 2>}"},
      {"ADD a :v", "{b: 1}", "{:v: <b'x'>}", "{b: 1, a: <b'x'>}"},
      {"ADD m.a :v", "{m: {a: 3}}", "{:v: -4}", "{m: {a: -1}}"},
      {"ADD m.a :v, m.b :v", "{m: {}}", "{:v: 1}", "{m: {a: 1, b: 1}}"},
      {"ADD l[1] :v, l[8] :v", "{l: [1, 2]}", "{:v: 1}", "{l: [1, 3, 1]}"},
  };
  Expect(rows);
}

TEST(UpdateDelete, TakesMembersAway) {
  const Row rows[] = {
      {"DELETE a :v", "{a: <'x', 'y', 'z'>}", "{:v: <'y', 'q'>}", "{a: <'x', 'z'>}"},
      {"DELETE a :v", "{a: <1, 2>}", "{:v: <2.0>}", "{a: <1>}"},
      {"DELETE a :v", "{a: <'x'>, b: 1}", "{:v: <'x', 'y'>}", "{b: 1}"},
      {"DELETE a :v", "{b: 1}", "{:v: <'x'>}", "{b: 1}"},
      {"DELETE m.a :v", "{m: {a: <'x'>}}", "{:v: <'x'>}", "{m: {}}"},
  };
  Expect(rows);
}

TEST(Update, LeavesAnAbsentItemAbsentWhenItOnlyRemoves) {
  EXPECT_EQ(Updated("REMOVE a", ""), "nothing");
  EXPECT_EQ(Updated("REMOVE x.y, x[0]"
                    "",
                    ""),
            "Invalid UpdateExpression: Two document paths conflict with each other; must remove or "
            "rewrite one of these paths; path one: [x, y], path two: [x, [0]]");
  EXPECT_EQ(Updated("REMOVE x.y", ""), "nothing");
  EXPECT_EQ(Updated("DELETE a :v", "", "{:v: <1>}"), "nothing");
  EXPECT_EQ(
      Updated("REMOVE b DELETE c :c ADD d :d SET f = :f", "", "{:c: <'a'>, :d: 5, :f: ['a', 1]}"),
      "{pk: 'k', d: 5, f: ['a', 1]}");
}

TEST(Update, RefusesTargetsThatCannotExist) {
  const std::string_view item = "{a: 'hello', b: ['hi'], m: {x: 1}}";
  for (std::string_view expression :
       {"SET a.c = :v", "SET b.c = :v", "SET c.c = :v", "SET a[0] = :v", "SET m[0] = :v",
        "SET c[0] = :v", "SET m.y.z = :v", "SET m.x.z = :v", "ADD c.c :v", "ADD a.b :v",
        "ADD m[0] :v", "SET z = :v REMOVE a.c", "SET z = :v REMOVE c[0]", "SET b[3].x = :v"}) {
    EXPECT_EQ(Updated(expression, item, "{:v: 1}"), kInvalidPath) << expression;
  }
  EXPECT_EQ(Updated("REMOVE a.c", item), kInvalidPath);
  EXPECT_EQ(Updated("REMOVE c.c", item), kInvalidPath);
  EXPECT_EQ(Updated("DELETE c.c :v", item, "{:v: <1>}"), kInvalidPath);
  EXPECT_EQ(Updated("SET c.c = :v", "", "{:v: 1}"), kInvalidPath);
  EXPECT_EQ(Updated("SET b[1] = pk", ""), kInvalidPath);
}

TEST(Update, RefusesOperandsOfTheWrongTypeOrMissing) {
  const std::string_view item = "{s: 'x', n: 1, l: [1], ns: <1>, m: {ss: <'a'>}}";
  const Row rows[] = {
      {"SET e = s + :v", item, "{:v: 1}", kWrongType},
      {"SET e = m - :v", item, "{:v: 1}", kWrongType},
      {"SET e = list_append(n, :v)", item, "{:v: []}", kWrongType},
      {"SET e = list_append(ns, if_not_exists(q, :v))", item, "{:v: []}", kWrongType},
      {"ADD s :v", item, "{:v: 1}", kWrongType},
      {"ADD ns :v", item, "{:v: 1}", kWrongType},
      {"ADD l :v", item, "{:v: <1>}", kWrongType},
      {"DELETE ns :v", item, "{:v: <'1'>}", kWrongType},
      {"DELETE m.ss :v", item, "{:v: <1>}", kWrongType},
      {"DELETE n :v", item, "{:v: <1>}", kWrongType},
      {"SET e = q", item, "", kMissing},
      {"SET e = q + :v", item, "{:v: 1}", kMissing},
      {"SET e = list_append(q, :v)", item, "{:v: []}", kMissing},
      {"SET e = if_not_exists(q, r)", item, "", kMissing},
      {"SET q = :v, e = q", item, "{:v: 1}", kMissing},
      {"SET e = pk, f = q", "", "", kMissing},
      // Types before what is missing, wherever they stand.
      {"SET e = q, f = s + :v", item, "{:v: 1}", kWrongType},
  };
  Expect(rows);
}

TEST(Update, ReportsNumbersOutOfRange) {
  EXPECT_THAT(Updated("SET a = a + :v", "{a: 9.9e125}", "{:v: 9.9e125}"),
              testing::StartsWith("Number overflow. "));
  EXPECT_THAT(Updated("ADD a :v", "{a: 1e38}", "{:v: 1e-5}"),
              testing::StartsWith("Number overflow. "));
  EXPECT_EQ(Updated("SET a = a + :v, b = q", "{a: 9.9e125}", "{:v: 9.9e125}"), kMissing);
}

TEST(Update, LimitsSizeAndLevels) {
  std::string half = "{pk: 'k', a: '" + std::string(200 * 1024, 'x') + "'}";
  EXPECT_EQ(Updated("SET b = a", half),
            "Item size to update has exceeded the maximum allowed size");
  std::string deep = "1";
  for (int i = 0; i < 30; ++i) deep = "[" + deep + "]";
  EXPECT_EQ(Updated("SET l[0] = :v", "{l: [1]}", "{:v: " + deep + "}"), "{l: [" + deep + "]}");
  EXPECT_EQ(Updated("SET m.l[0] = :v", "{m: {l: [1]}}", "{:v: " + deep + "}"),
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested "
            "levels beyond supported limit");
}

TEST(Update, ReturnsWhatItUpdated) {
  auto old_of = [](std::string_view expression, std::string_view item, std::string_view values) {
    return Update(expression, item, values).updated_old;
  };
  auto new_of = [](std::string_view expression, std::string_view item, std::string_view values) {
    return Update(expression, item, values).updated_new;
  };
  // All of these are Scylla's tests, which run on AWS too.
  EXPECT_EQ(old_of("SET b = :v, c = :w", "{a: 'hi', b: 'dog'}", "{:v: 'cat', :w: 1}"),
            "{b: 'dog'}");
  EXPECT_EQ(new_of("SET b = :v, c = :w", "{a: 'hi', b: 'dog'}", "{:v: 'cat', :w: 1}"),
            "{b: 'cat', c: 1}");
  EXPECT_EQ(old_of("REMOVE b", "{b: 'cat'}", ""), "{b: 'cat'}");
  EXPECT_EQ(new_of("REMOVE b", "{b: 'cat'}", ""), "{}");
  const std::string_view nested = "{a: {b: 'hi', c: [1, 2, 3]}, d: 'cat'}";
  EXPECT_EQ(old_of("SET a.b = :v", nested, "{:v: 'yo'}"), "{a: {b: 'hi'}}");
  EXPECT_EQ(old_of("SET a.c[1] = :v, a.b = :w", nested, "{:v: 8, :w: 'x'}"),
            "{a: {b: 'hi', c: [2]}}");
  EXPECT_EQ(new_of("SET a.c[1] = :v, a.b = :w", nested, "{:v: 8, :w: 'x'}"),
            "{a: {b: 'x', c: [8]}}");
  EXPECT_EQ(old_of("REMOVE a.c[1], a.c[3]", nested, ""), "{a: {c: [2]}}");
  EXPECT_EQ(old_of("SET a.x = :v", nested, "{:v: 8}"), "{}");
  EXPECT_EQ(new_of("SET a.x = :v", nested, "{:v: 8}"), "{a: {x: 8}}");
  EXPECT_EQ(new_of("SET a.c[100] = :v", nested, "{:v: 70}"), "{}");
  EXPECT_EQ(new_of("REMOVE a.c[1]", nested, ""), "{a: {c: [3]}}");
}

TEST(UpdateBind, ChecksPathsNamesAndTypesInOrder) {
  const std::string prefix = "Invalid UpdateExpression: ";
  auto clash = [&](std::string_view what, std::string_view one, std::string_view two) {
    return prefix + "Two document paths " + std::string(what) +
           " with each other; must remove or rewrite one of these paths; path one: " +
           std::string(one) + ", path two: " + std::string(two);
  };
  EXPECT_EQ(Updated("SET a = :v REMOVE a", "", "{:v: 1}"), clash("overlap", "[a]", "[a]"));
  EXPECT_EQ(Updated("set d[1] = a, d.b = a, c[1].a = a, #c = if_not_exists(a)", "", "", "#c=c"),
            clash("overlap", "[c, [1], a]", "[c]"));
  EXPECT_EQ(Updated("set #c[3].#d = a, #c[3] = a", "", "", "#c=c #d=[3]"),
            clash("overlap", "[c, [3], [3]]", "[c, [3]]"));
  EXPECT_EQ(Updated("set #c[3].#d = a, #c.#d[3] = if_not_exists(a)", "", "", "#c=c #d=[3]"),
            clash("conflict", "[c, [3], [3]]", "[c, [3], [3]]"));
  EXPECT_EQ(Updated("remove a.#c set a[1] = #d", "", "", "#c=c #d=d"),
            clash("conflict", "[a, c]", "[a, [1]]"));
  const std::string type = "Incorrect operand type for operator or function; operator";
  struct TypeRow {
    std::string_view expression, values;
    std::string error;
  };
  const TypeRow rows[] = {
      {"SET attr1 = :v", "",
       "An expression attribute value used in expression is not defined; attribute value: :v"},
      {"SET #c = if_not_exists(:c)", "",
       "An expression attribute name used in the document path is not defined; attribute name: #c"},
      {"set b = list_append(:a, a), c = if_not_exists(a) add a.b :a", "{:a: 'a'}",
       type + ": ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND"},
      {"delete a :a", "{:a: 1}",
       type + ": DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND"},
      {"add a :a", "{:a: [1]}",
       type + ": ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND"},
      {"set a = list_append(:a, a)", "{:a: <'a'>}",
       type + " or function: list_append, operand type: SS"},
      {"set a = :a + b", "{:a: true}", type + " or function: +, operand type: BOOL"},
      {"set a = b - :a", "{:a: {}}", type + " or function: -, operand type: M"},
      {"set a = if_not_exists(c)", "",
       "Incorrect number of operands for operator or function; operator or function: "
       "if_not_exists, number of operands: 1"},
      {"set a = list_append(:a, :a, :a)", "{:a: []}",
       "Incorrect number of operands for operator or function; operator or function: list_append, "
       "number of operands: 3"},
      {"set a = if_not_exists(:a, c)", "{:a: 1}",
       "Operator or function requires a document path; operator or function: if_not_exists"},
      {"set a = if_not_exists(if_not_exists(a, b), c)", "",
       "Operator or function requires a document path; operator or function: if_not_exists"},
  };
  for (const TypeRow& row : rows) {
    EXPECT_EQ(Updated(row.expression, "", row.values), prefix + row.error) << row.expression;
  }
}

TEST(UpdateUses, TellKeysAndTypes) {
  test::Request request("{:v: 1, :s: <'a'>}");
  auto tree =
      Parse(Kind::kUpdate,
            "SET a = :v, b.c = d, e = f + :v, g = if_not_exists(h.i, :v) REMOVE j ADD k :s");
  auto update = BoundUpdate::Bind(*tree, request.parameters);
  ASSERT_TRUE(update);
  std::string text;
  for (const AttributeUse& use : update->attribute_uses()) {
    text += use.attribute;
    if (use.is_nested) text += "+";
    if (use.is_written) text += "!";
    if (use.written_type) text += item::TypeName(*use.written_type);
    text += " ";
  }
  EXPECT_EQ(text, "a!N b+! e!N g!N j! k!SS d f h+ ");
  item::KeySchema schema;
  schema.hash = {{"d", item::Type::kString}};
  EXPECT_TRUE(CheckKeysNotWritten(update->attribute_uses(), schema));
  schema.range = {{"j", item::Type::kString}};
  EXPECT_EQ(CheckKeysNotWritten(update->attribute_uses(), schema).error().message,
            "One or more parameter values were invalid: Cannot update attribute j. This attribute "
            "is part of the key");
}

}  // namespace
}  // namespace dray::expression
