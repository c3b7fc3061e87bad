// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/key_condition.h"

#include <algorithm>
#include <utility>

#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/shape.h"
#include "format/dynamodb_json/dynamodb_json.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;

constexpr std::string_view kComparisonOperators[] = {
    "IN",       "NULL", "BETWEEN", "LT",          "NOT_CONTAINS", "EQ",      "GT",
    "NOT_NULL", "NE",   "LE",      "BEGINS_WITH", "GE",           "CONTAINS"};
constexpr Member kConditionMembers[] = {
    {.name = "AttributeValueList", .type = MemberType::kList},
    {.name = "ComparisonOperator",
     .type = MemberType::kString,
     .required = true,
     .values = kComparisonOperators},
};
constexpr Shape kCondition{"Condition", kConditionMembers};

struct LegacyOperator {
  std::string_view name;
  KeyOperator op;
  size_t operands;
};
constexpr LegacyOperator kLegacyOperators[] = {
    {"EQ", KeyOperator::kEqual, 1},        {"LE", KeyOperator::kLessOrEqual, 1},
    {"LT", KeyOperator::kLess, 1},         {"GE", KeyOperator::kGreaterOrEqual, 1},
    {"GT", KeyOperator::kGreater, 1},      {"BEGINS_WITH", KeyOperator::kBeginsWith, 1},
    {"BETWEEN", KeyOperator::kBetween, 2},
};

item::ValueView OperandOf(const KeyTerm& term, size_t index) {
  return *term.operands[index].view().Find("v");
}

// {S:x}, as AWS prints a value in its texts.
std::string Printed(const item::ValueView& value) {
  std::string json;
  dynamodb_json::AppendValue(value, json);
  std::erase(json, '"');
  return "AttributeValue: " + json;
}

// The ordered encoding of an operand that is compared with the key attribute `element`.
Result<std::string> Encode(const KeyTerm& term, size_t index, const item::KeyElement& element) {
  item::ValueView value = OperandOf(term, index);
  if (value.type() != element.type) {
    return InvalidParameter("Condition parameter type does not match schema type");
  }
  bool is_empty = (value.type() == item::Type::kString && value.string().empty()) ||
                  (value.type() == item::Type::kBinary && value.binary().empty());
  if (is_empty) {
    return ValidationError(
        "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
        "contain an empty " +
        std::string(value.type() == item::Type::kString ? "string" : "binary") +
        " value. Key: " + element.name);
  }
  std::string ordered;
  RETURN_IF_ERROR(item::AppendOrderedKeyPart(value, ordered));
  return ordered;
}

Result<table::SortRange> RangeOf(const KeyTerm& term, const item::KeyElement& element) {
  table::SortRange range;
  ASSIGN_OR_RETURN(std::string first, Encode(term, 0, element));
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
      if (element.type == item::Type::kNumber) {
        return ValidationError(
            "Invalid KeyConditionExpression: Incorrect operand type for operator or function; "
            "operator or function: begins_with, operand type: N");
      }
      range.prefix = std::move(first);
      break;
    case KeyOperator::kBetween: {
      ASSIGN_OR_RETURN(std::string second, Encode(term, 1, element));
      if (second < first) {
        return ValidationError(
            "Invalid KeyConditionExpression: The BETWEEN operator requires upper bound to be "
            "greater than or equal to lower bound; lower bound operand: " +
            Printed(OperandOf(term, 0)) + ", upper bound operand: " + Printed(OperandOf(term, 1)));
      }
      range.from = std::move(first);
      range.to = std::move(second);
      break;
    }
  }
  return range;
}

// One member of KeyConditions.
Result<KeyTerm> ReadCondition(std::string_view attribute, const JsonView& condition) {
  RETURN_IF_ERROR(CheckShape(condition, kCondition));
  KeyTerm term;
  term.attribute = attribute;
  if (std::optional<JsonView> list = condition.Find("AttributeValueList")) {
    Status read = list->ForEachElement([&](JsonView value) -> Status {
      ASSIGN_OR_RETURN(EncodedItem operand, ReadValue(value));
      term.operands.push_back(std::move(operand));
      return base::Ok();
    });
    RETURN_IF_ERROR(read);
  }
  std::string_view comparison = condition.Find("ComparisonOperator")->string();
  auto row =
      std::find_if(std::begin(kLegacyOperators), std::end(kLegacyOperators),
                   [&](const LegacyOperator& candidate) { return candidate.name == comparison; });
  if (row == std::end(kLegacyOperators)) {
    return ValidationError("Attempted conditional constraint is not an indexable operation");
  }
  if (term.operands.size() != row->operands) {
    return InvalidParameter("Invalid number of argument(s) for the " + std::string(comparison) +
                            " ComparisonOperator");
  }
  term.op = row->op;
  return term;
}

}  // namespace

Result<std::vector<KeyTerm>> ReadKeyConditions(const JsonView& conditions) {
  std::vector<KeyTerm> terms;
  Status read = conditions.ForEachMember([&](std::string_view name, JsonView condition) -> Status {
    ASSIGN_OR_RETURN(KeyTerm term, ReadCondition(name, condition));
    terms.push_back(std::move(term));
    return base::Ok();
  });
  RETURN_IF_ERROR(read);
  return terms;
}

Result<KeyRange> ResolveKeyRange(const std::vector<KeyTerm>& terms, const item::KeySchema& schema) {
  if (terms.empty() || terms.size() > 2) {
    return ValidationError("Conditions can be of length 1 or 2 only");
  }
  if (terms.size() == 2 && terms[0].attribute == terms[1].attribute) {
    return ValidationError("KeyConditionExpressions must only contain one condition per key");
  }
  auto find = [&](const std::string& name) {
    return std::find_if(terms.begin(), terms.end(),
                        [&](const KeyTerm& term) { return term.attribute == name; });
  };
  const item::KeyElement& hash = schema.hash.front();
  auto hash_term = find(hash.name);
  if (hash_term == terms.end()) {
    return ValidationError("Query condition missed key schema element: " + hash.name);
  }
  if (hash_term->op != KeyOperator::kEqual) {
    return ValidationError("Query key condition not supported");
  }
  KeyRange range;
  ASSIGN_OR_RETURN(range.partition_key, Encode(*hash_term, 0, hash));
  if (terms.size() == 1) return range;
  if (schema.range.empty()) return ValidationError("Query key condition not supported");
  const item::KeyElement& sort = schema.range.front();
  auto sort_term = find(sort.name);
  if (sort_term == terms.end()) {
    return ValidationError("Query condition missed key schema element: " + sort.name);
  }
  ASSIGN_OR_RETURN(range.sort, RangeOf(*sort_term, sort));
  return range;
}

}  // namespace dray::dynamodb
