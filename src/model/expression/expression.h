// SPDX-License-Identifier: Apache-2.0
// DynamoDB's expressions: text -> Tree, once per text -> bound to the names and values of one
// request -> evaluated over encoded items. The way of one request:
//
//   ASSIGN_OR_RETURN(auto tree, cache.Get(Kind::kCondition, text));       // or Parse
//   Parameters parameters;                                               // of the request
//   RETURN_IF_ERROR(parameters.SetNames({{"#s", "status"}}));            // where given
//   RETURN_IF_ERROR(parameters.SetValues(values.view().attributes()));   // where given
//   ASSIGN_OR_RETURN(auto condition, BoundCondition::Bind(tree, parameters));
//   ... the request's other expressions, with the same parameters ...
//   RETURN_IF_ERROR(parameters.CheckAllUsed());
//   condition.Matches(item)
//
// Every error is kInvalidArgument and its message is AWS's whole text, "Invalid FilterExpression: "
// included where AWS has it. Where AWS's texts come from: README.md of this module.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/item/item_encoding.h"

namespace dray::expression {

inline constexpr size_t kExpressionBytesMax = 4096;
inline constexpr size_t kOperatorsMax = 300;    // operators and functions of one expression
inline constexpr size_t kInOperandsMax = 100;   // in the parentheses of IN
inline constexpr size_t kPathElementsMax = 32;  // a.b[1] has 3
inline constexpr size_t kPlaceholderBytesMax = 255;

enum class Kind { kCondition, kFilter, kKeyCondition, kProjection, kUpdate };
std::string_view MemberName(Kind kind);  // "ConditionExpression"

// A parsed expression with its placeholders still in it: depends on nothing but kind and text.
// Immutable, shared between requests and threads (hence the shared_ptr). Defined in tree.h.
struct Tree;

// Checks all that the text alone tells: size, syntax, parentheses, operators, reserved words,
// functions and their number of operands, sections.
base::Result<std::shared_ptr<const Tree>> Parse(Kind kind, std::string_view text);

// ExpressionAttributeNames and ExpressionAttributeValues of one request, and which of them its
// expressions use. Not thread-safe. Bound expressions point into it: it outlives them, and so do
// the bytes of the values. It must not move while they live.
class Parameters {
 public:
  struct Name {
    std::string placeholder;  // "#n"
    std::string attribute;
  };

  Parameters() = default;
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  // Each at most once, and only where the request has the member: an empty one is an error.
  // "ExpressionAttributeNames must not be empty", "... contains invalid key: Syntax error; key:
  // ..."
  base::Status SetNames(std::vector<Name> names);
  // The placeholders are the entries' names (":v"). That the values are valid is checked by whoever
  // encoded them ("ExpressionAttributeValues contains invalid value: ... for key :v").
  base::Status SetValues(const item::MapView& values);
  bool has_names() const { return !names_.empty(); }
  bool has_values() const { return !values_.empty(); }

  // After the request's last expression: "Value provided in ExpressionAttributeNames unused in
  // expressions: keys: {#n}".
  base::Status CheckAllUsed() const;

  // For binders. nullptr when it is not given; marks it as used.
  const std::string* UseName(std::string_view placeholder);
  const item::ValueView* UseValue(std::string_view placeholder);
  // The same without marking.
  const std::string* FindName(std::string_view placeholder) const;

 private:
  struct NameEntry {
    Name name;
    bool is_used = false;
  };
  struct ValueEntry {
    std::string_view placeholder;
    item::ValueView value;
    bool is_used = false;
  };
  std::vector<NameEntry> names_;    // by placeholder
  std::vector<ValueEntry> values_;  // by placeholder
};

// AWS's reserved words, in any case.
bool IsReservedWord(std::string_view word);

}  // namespace dray::expression
