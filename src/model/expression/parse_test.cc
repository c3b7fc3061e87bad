// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "model/expression/tree.h"

namespace dray::expression {
namespace {

using testing::StartsWith;

// The tree printed again, or the error without "Invalid ...Expression: ".
std::string Read(Kind kind, std::string_view text) {
  auto tree = Parse(kind, text);
  if (tree) return ToText(**tree);
  std::string prefix = "Invalid " + std::string(MemberName(kind)) + ": ";
  EXPECT_THAT(tree.error().message, StartsWith(prefix));
  return tree.error().message.substr(prefix.size());
}
std::string Condition(std::string_view text) { return Read(Kind::kCondition, text); }
std::string Update(std::string_view text) { return Read(Kind::kUpdate, text); }
std::string Projection(std::string_view text) { return Read(Kind::kProjection, text); }

std::string Times(std::string_view text, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += text;
  return out;
}

TEST(ParseCondition, AcceptsTheWholeGrammar) {
  for (std::string_view text : {
           "a = :v",
           "a <> b",
           "a < b OR a <= b OR a > b OR a >= b",
           "a BETWEEN :lo AND :hi AND b = :c",
           "a IN (:x)",
           "a IN (:x, b, size(c))",
           "NOT a = b",
           "NOT NOT (a = b OR c = d)",
           "a = b AND NOT c = d OR e = f",
           "(a = b OR c = d) AND e = f",
           "attribute_exists(a.b[0].#c) AND attribute_not_exists(#d)",
           "attribute_type(a, :t) OR begins_with(a, :p) OR contains(a, :e)",
           "size(a) > :n",
           ":v = a",
           "Alpha_9 = #_9",
       }) {
    EXPECT_EQ(Condition(text), text);
  }
}

TEST(ParseCondition, TakesKeywordsInAnyCaseAndFunctionsInTheirOwn) {
  EXPECT_EQ(Condition("a beTween b aNd c OR not d iN (e) and f=g"),
            "a BETWEEN b AND c OR NOT d IN (e) AND f = g");
  EXPECT_EQ(Condition("ATTRIBUTE_EXISTS(a)"), "Invalid function name; function: ATTRIBUTE_EXISTS");
  EXPECT_EQ(Condition("\ta\n=\r b "), "a = b");
}

TEST(ParseCondition, BindsNotTighterThanAndTighterThanOr) {
  EXPECT_EQ(Condition("(NOT (a=b)) AND ((c=d) OR (e=f))"), "NOT a = b AND (c = d OR e = f)");
  EXPECT_EQ(Condition("(a=b AND c=d) OR e=f"), "a = b AND c = d OR e = f");
  EXPECT_EQ(Condition("NOT (a=b AND c=d)"), "NOT (a = b AND c = d)");
}

TEST(ParseCondition, AcceptsOnePairOfParenthesesAndRefusesTwo) {
  EXPECT_EQ(Condition("(a = b)"), "a = b");
  EXPECT_EQ(Condition("((a = b) AND (c = d))"), "a = b AND c = d");
  EXPECT_EQ(Condition("(a) = (:b)"), "a = :b");
  EXPECT_EQ(Condition("((size(a)) = (:b))"), "size(a) = :b");
  EXPECT_EQ(Condition("(attribute_exists(a))"), "attribute_exists(a)");
  EXPECT_EQ(Condition("(a)between(b)and(c)"), "a BETWEEN b AND c");
  for (std::string_view text : {
           "((a = b))", "a=a and a > ((views))", "(a)between(((b.c)).d)and(c)",
           "a > whatever((:things), ((a)))", "a=a AND ((a=a AND a=a)) AND a=a",
           "a=a AND ((a=a AND (a=a AND a=a)))",
           "((a) = b AND ((c = d))",  // before the missing parenthesis
       }) {
    EXPECT_EQ(Condition(text), "The expression has redundant parentheses;") << text;
  }
}

TEST(ParseCondition, ShowsTheTokenAndItsNeighbours) {
  struct Row {
    std::string_view text, token, near;
  };
  const Row rows[] = {
      {"things are not gonna be ok", "are", "things are not"},
      {"a > 4", "4", "> 4"},
      {"a = ", "<EOF>", "= "},
      {"foo", "<EOF>", "foo"},
      {"attribute_not_exists(", "<EOF>", "("},
      {"contains (themes, :theme", "<EOF>", ":theme"},
      {"a == b", "=", "== b"},
      {"a = = b", "=", "= = b"},
      {"attribute_exists(Pictures-RearView)", "-", "Pictures-RearView"},
      {"attribute_exists(Pictures..RearView)", ".", "..RearView"},
      {"attribute_exists(Pi#ctures.RearView)", "#ctures", "Pi#ctures."},
      {"a in b", "b", "in b"},
      {"a in ()", ")", "()"},
      {"a in (b,c,)", ")", ",)"},
      {"a > between", "between", "> between"},
      {"a > set", "set", "> set"},
      {"#$.b > a", "#", "#$"},
      {"a > :things.stuff", ".", ":things.stuff"},
      {"b[:a] > a", ":a", "[:a]"},
      {"b[01] > a", "1", "01]"},
      {"\xc3\xbc > a", "\xc3\xbc", "\xc3\xbc >"},
      {"size(a).b > a", ".", ").b"},
      {"(size(a))[0] > a", "[", ")[0"},
      {"(a = b", "<EOF>", "b"},
      {"a = b)", ")", "b)"},
      {"a = b c", "c", "b c"},
      {"_a = b", "_", "_a"},
      {"!!! INVALID !!!", "!", "!!"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(Condition(row.text), "Syntax error; token: \"" + std::string(row.token) +
                                       "\", near: \"" + std::string(row.near) + "\"")
        << row.text;
  }
}

TEST(ParseCondition, ChecksFunctionsAndReservedWordsInTheOrderOfTheText) {
  struct Row {
    std::string_view text, error;
  };
  const std::string misused =
      "The function is not allowed to be used this way in an expression; function: ";
  const std::string reserved = "Attribute name is a reserved keyword; reserved keyword: ";
  const std::pair<std::string_view, std::string> rows[] = {
      {"a=a and whatever((:things)) > a", "Invalid function name; function: whatever"},
      {"attribute_exists(x) > b", misused + "attribute_exists"},
      {"contains(:things, c) > b", misused + "contains"},
      {"size(contains(a, b)) > a", misused + "contains"},
      {"size(things)", misused + "size"},
      {"a in (b, attribute_exists(things))", misused + "attribute_exists"},
      {"if_not_exists(a, b) = :v",
       "The function is not allowed in a condition expression; function: if_not_exists"},
      {"status = :v AND f(x)", reserved + "status"},
      {":a < abOrT", reserved + "abOrT"},
      {"a.b.name = :v", reserved + "name"},
      {"attribute_type(things)",
       "Incorrect number of operands for operator or function; operator or function: "
       "attribute_type, number of operands: 1"},
      {"size(things, a) > b",
       "Incorrect number of operands for operator or function; operator or function: size, number "
       "of operands: 2"},
      {"a[99999999999] = b", "List index is not within the allowable range; index: [99999999999]"},
      {"a[2147483648] = b", "List index is not within the allowable range; index: [2147483648]"},
  };
  for (const auto& [text, error] : rows) EXPECT_EQ(Condition(text), error) << text;
  EXPECT_EQ(Condition("a[2147483647] = b"), "a[2147483647] = b");
}

TEST(Parse, RefusesWhatIsEmptyOrTooLong) {
  EXPECT_EQ(Condition(""), "The expression can not be empty;");
  EXPECT_EQ(Projection("  "), "The expression can not be empty;");
  EXPECT_EQ(Condition("a = :v" + std::string(4090, ' ')), "a = :v");
  EXPECT_EQ(Condition("a = :v" + std::string(4091, ' ')),
            "Expression size has exceeded the maximum allowed size; expression size: 4097");
}

TEST(Parse, Allows300Operators) {
  // Both measured on AWS by Scylla's tests: 299 operators, and 909.
  std::string fits = "a<b " + Times("or (a<b ", 149) + Times(")", 149);
  EXPECT_THAT(Condition(fits), StartsWith("a < b OR (a < b OR"));
  const std::string error = "The expression contains too many operators; operator count: 301";
  EXPECT_EQ(Condition("a<b " + Times("or (a<b ", 454) + Times(")", 454)), error);
  EXPECT_EQ(Condition("a<b " + Times("or a<b ", 150)), error);
  EXPECT_EQ(Condition(Times("not ", 1000) + "a<b"), error);
  EXPECT_EQ(Condition(Times("NOT(", 299) + "a = :v" + Times(")", 299)),
            Times("NOT ", 299) + "a = :v");
}

TEST(Parse, SurvivesAnyDepth) {
  const std::string redundant = "The expression has redundant parentheses;";
  EXPECT_EQ(Condition(Times("(", 2046) + "a<b" + Times(")", 2046)), redundant);
  EXPECT_EQ(Condition(Times("(", 300) + "a = :v"), "Syntax error; token: \"<EOF>\", near: \":v\"");
  EXPECT_EQ(Condition("a < " + Times("f(", 1355) + "b" + Times(")", 1355)),
            "Invalid function name; function: f");
  EXPECT_EQ(Condition("a < " + Times("size(", 680) + "b" + Times(")", 680)),
            "The function is not allowed to be used this way in an expression; function: size");
  EXPECT_EQ(Condition(std::string(4096, '(')), redundant);
  EXPECT_EQ(Update("SET a = " + Times("(", 2000) + "b" + Times(")", 2000)), redundant);
}

TEST(ParseUpdate, AcceptsTheWholeGrammar) {
  for (std::string_view text : {
           "SET a = :v",
           "SET a = b + :v, c[0].d = e - f REMOVE g, #h[1] ADD i :i, j.k :k DELETE l :l",
           "REMOVE a SET b = :v",
           "SET a = list_append(if_not_exists(a, :x), :y)",
           "SET a = if_not_exists(a, if_not_exists(b, :x)) + :y",
       }) {
    EXPECT_EQ(Update(text), text);
  }
  EXPECT_EQ(Update("sEt a=:v reMove b"), "SET a = :v REMOVE b");
  EXPECT_EQ(Update("set a = (b + c)"), "SET a = b + c");
  EXPECT_EQ(Update("set a = ((b.c.d)+(e))"), "SET a = b.c.d + e");
  EXPECT_EQ(Update("set a = (b) - (:v), c = (d)"), "SET a = b - :v, c = d");
}

TEST(ParseUpdate, RefusesTheRest) {
  EXPECT_EQ(Update("INVALID SYNTAX HERE"),
            "Syntax error; token: \"INVALID\", near: \"INVALID SYNTAX\"");
  EXPECT_EQ(Update("SET _123 = :v"), "Syntax error; token: \"_\", near: \"SET _123\"");
  EXPECT_EQ(Update("ADD hits : incr"), "Syntax error; token: \":\", near: \"hits : incr\"");
  EXPECT_EQ(Update("SET a = b,"), "Syntax error; token: \"<EOF>\", near: \",\"");
  EXPECT_EQ(Update("SET a = :v, updated"), "Syntax error; token: \"<EOF>\", near: \"updated\"");
  for (std::string_view text : {
           "whatever",
           "set a",
           "add a",
           "delete a",
           "set a=set",
           "remove a = b",
           "add a = b",
           "delete a b",
           "delete a if_not_exist(b)",
           "add abort b",
           "remove a b",
           "set a b",
           "set :a = b",
           "add :a b",
           "remove :a",
           "set a = b / c",
           "set a[1] = \"eight\"",
           "set a[1] = 1",
           "SET a = if_not_exist(a, 100)",
           "SET if_not_exist(a, b) = a",
           "set (a = (b + c))",
           "set a = (b.c).d + e",
           "set a = (b.c)[0] + e",
           "set a = b + c + d",
           "set a = (b + c) + d",
           "set a = if_not_exists(a, b + c)",
           "set a[:x] = :v",
           "set a[#x] = :v",
           "SET a = _f(b)",
       }) {
    EXPECT_THAT(Update(text), StartsWith("Syntax error; ")) << text;
  }
  EXPECT_EQ(Update("set a = ((b))"), "The expression has redundant parentheses;");
  EXPECT_EQ(Update(" set #c = :c set abOrt = true "),
            "Attribute name is a reserved keyword; reserved keyword: abOrt");
  EXPECT_EQ(Update("set #c = if_not_exist(:c) set c = d"),
            "Invalid function name; function: if_not_exist");
  EXPECT_EQ(Update("set a = size(b)"),
            "The function is not allowed in an update expression; function: size");
  EXPECT_EQ(Update("set a = list_append(list_append(:a, :b), :c)"),
            "The function is not allowed to be used this way in an expression; function: "
            "list_append");
  const std::pair<std::string_view, std::string> repeated[] = {
      {"set a = #c set c = :d", "SET"},
      {"remove #d set a = b remove e", "REMOVE"},
      {"add #d :e set a = b add e :f", "ADD"},
      {"delete #d :e set a = b delete #e :f", "DELETE"},
  };
  for (const auto& [text, section] : repeated) {
    EXPECT_EQ(Update(text),
              "The \"" + section + "\" section can only be used once in an update expression;");
  }
}

TEST(ParseProjection, TakesPaths) {
  EXPECT_EQ(Projection(" a  ,  b.c[1][2].#d "), "a, b.c[1][2].#d");
  EXPECT_EQ(Projection("!!!"), "Syntax error; token: \"!\", near: \"!!\"");
  EXPECT_EQ(Projection("a,"), "Syntax error; token: \"<EOF>\", near: \",\"");
  EXPECT_EQ(Projection("a,,b"), "Syntax error; token: \",\", near: \",,b\"");
  EXPECT_EQ(Projection("(a)"), "Syntax error; token: \"(\", near: \"(a\"");
  EXPECT_EQ(Projection("pk, status"),
            "Attribute name is a reserved keyword; reserved keyword: status");
}

TEST(ReservedWords, AreFoundInAnyCase) {
  EXPECT_TRUE(IsReservedWord("name"));
  EXPECT_TRUE(IsReservedWord("Abort"));
  EXPECT_TRUE(IsReservedWord("ZONE"));
  EXPECT_FALSE(IsReservedWord("pk"));
  EXPECT_FALSE(IsReservedWord(""));
}

}  // namespace
}  // namespace dray::expression
