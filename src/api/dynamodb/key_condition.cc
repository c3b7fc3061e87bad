// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/key_condition.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/legacy_parameters.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;
using expression::KeyOperator;
using expression::KeyTerm;

struct LegacyOperator {
  std::string_view name;
  KeyOperator op;
};
constexpr LegacyOperator kLegacyOperators[] = {
    {"EQ", KeyOperator::kEqual},        {"LE", KeyOperator::kLessOrEqual},
    {"LT", KeyOperator::kLess},         {"GE", KeyOperator::kGreaterOrEqual},
    {"GT", KeyOperator::kGreater},      {"BEGINS_WITH", KeyOperator::kBeginsWith},
    {"BETWEEN", KeyOperator::kBetween},
};

Result<std::string> Ordered(const item::ValueView& value) {
  std::string ordered;
  RETURN_IF_ERROR(item::AppendOrderedKeyPart(value, ordered));
  return ordered;
}

Status SetBounds(const KeyTerm& term, table::SortRange& range) {
  ASSIGN_OR_RETURN(std::string first, Ordered(term.operand));
  switch (term.op) {
    case KeyOperator::kEqual:
      range.from = first;
      range.to = std::move(first);
      break;
    case KeyOperator::kLess:
    case KeyOperator::kLessOrEqual:
      range.to = std::move(first);
      range.to_inclusive = term.op == KeyOperator::kLessOrEqual;
      break;
    case KeyOperator::kGreater:
    case KeyOperator::kGreaterOrEqual:
      range.from = std::move(first);
      range.from_inclusive = term.op == KeyOperator::kGreaterOrEqual;
      break;
    case KeyOperator::kBeginsWith:
      range.prefix = std::move(first);
      break;
    case KeyOperator::kBetween: {
      ASSIGN_OR_RETURN(std::string second, Ordered(term.upper));
      range.from = std::move(first);
      range.to = std::move(second);
      break;
    }
  }
  return base::Ok();
}

// One member of KeyConditions.
Status ReadCondition(std::string_view attribute, const JsonView& json, KeyConditions& out) {
  ASSIGN_OR_RETURN(LegacyCondition condition,
                   ReadLegacyCondition("KeyConditions", attribute, json));
  const auto* row = std::find_if(
      std::begin(kLegacyOperators), std::end(kLegacyOperators),
      [&](const LegacyOperator& candidate) { return candidate.name == condition.comparison; });
  if (row == std::end(kLegacyOperators)) {
    return ValidationError("Attempted conditional constraint is not an indexable operation");
  }
  KeyTerm term;
  term.attribute = out.attributes.emplace_back(attribute);
  term.op = row->op;
  for (const JsonView& value : condition.values) {
    ASSIGN_OR_RETURN(EncodedItem operand, ReadValue(value));
    out.operands.push_back(std::move(operand));
    (&value == &condition.values.front() ? term.operand : term.upper) =
        *out.operands.back().view().Find("v");
  }
  out.terms.push_back(term);
  return base::Ok();
}

}  // namespace

Result<KeyConditions> ReadKeyConditions(const JsonView& conditions) {
  KeyConditions out;
  RETURN_IF_ERROR(conditions.ForEachMember([&](std::string_view name, JsonView condition) {
    return ReadCondition(name, condition, out);
  }));
  return out;
}

Result<KeyRange> ResolveKeyRange(const std::vector<KeyTerm>& terms, const item::KeySchema& schema) {
  ASSIGN_OR_RETURN(expression::KeySelection selection, expression::SelectKeys(terms, schema));
  KeyRange range;
  for (const item::ValueView& value : selection.hash) {
    ASSIGN_OR_RETURN(std::string ordered, Ordered(value));
    range.hash.push_back(std::move(ordered));
  }
  for (const item::ValueView& value : selection.range_equal) {
    ASSIGN_OR_RETURN(std::string ordered, Ordered(value));
    range.sort.equal.push_back(std::move(ordered));
  }
  if (selection.range_last) {
    RETURN_IF_ERROR(SetBounds(*selection.range_last, range.sort));
  } else if (range.sort.equal.size() == schema.range.size() && !range.sort.equal.empty()) {
    // All of the sort key is known: its last attribute by bounds, as a table without indexes has
    // it.
    range.sort.from = range.sort.equal.back();
    range.sort.to = std::move(range.sort.equal.back());
    range.sort.equal.pop_back();
  }
  return range;
}

}  // namespace dray::dynamodb
