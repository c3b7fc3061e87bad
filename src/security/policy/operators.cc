// SPDX-License-Identifier: Apache-2.0
#include "security/policy/operators.h"

#include <array>
#include <string>

#include "base/text_encoding.h"
#include "security/policy/decimal.h"
#include "security/policy/grammar.h"
#include "security/policy/ip_range.h"
#include "security/policy/moment.h"

namespace dray::policy {

namespace {

constexpr auto kOperators = std::to_array<OperatorRow>({
    {"StringEquals", Comparison::kString, false},
    {"StringNotEquals", Comparison::kString, true},
    {"StringEqualsIgnoreCase", Comparison::kStringIgnoreCase, false},
    {"StringNotEqualsIgnoreCase", Comparison::kStringIgnoreCase, true},
    {"StringLike", Comparison::kPattern, false},
    {"StringNotLike", Comparison::kPattern, true},
    {"Bool", Comparison::kBool, false},
    {"ArnEquals", Comparison::kArn, false},
    {"ArnLike", Comparison::kArn, false},
    {"ArnNotEquals", Comparison::kArn, true},
    {"ArnNotLike", Comparison::kArn, true},
    {"Null", Comparison::kNull, false},
    {"NumericEquals", Comparison::kNumber, false},
    {"NumericNotEquals", Comparison::kNumber, true},
    {"NumericLessThan", Comparison::kNumber, false, Order::kLess},
    {"NumericLessThanEquals", Comparison::kNumber, false, Order::kLessOrEqual},
    {"NumericGreaterThan", Comparison::kNumber, false, Order::kGreater},
    {"NumericGreaterThanEquals", Comparison::kNumber, false, Order::kGreaterOrEqual},
    {"DateEquals", Comparison::kDate, false},
    {"DateNotEquals", Comparison::kDate, true},
    {"DateLessThan", Comparison::kDate, false, Order::kLess},
    {"DateLessThanEquals", Comparison::kDate, false, Order::kLessOrEqual},
    {"DateGreaterThan", Comparison::kDate, false, Order::kGreater},
    {"DateGreaterThanEquals", Comparison::kDate, false, Order::kGreaterOrEqual},
    {"IpAddress", Comparison::kIp, false},
    {"NotIpAddress", Comparison::kIp, true},
    {"BinaryEquals", Comparison::kBinary, false},
});

const OperatorRow* FindOperator(std::string_view name) {
  for (const OperatorRow& row : kOperators)
    if (row.name == name) return &row;
  return nullptr;
}

bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool TakeSuffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

}  // namespace

base::Result<ParsedOperator> ParseOperator(std::string_view text) {
  ParsedOperator parsed;
  std::string_view name = text;
  if (TakePrefix(name, "ForAllValues:"))
    parsed.qualifier = SetQualifier::kForAllValues;
  else if (TakePrefix(name, "ForAnyValue:"))
    parsed.qualifier = SetQualifier::kForAnyValue;
  parsed.if_exists = TakeSuffix(name, "IfExists");
  parsed.row = FindOperator(name);
  if (!parsed.row || (parsed.row->comparison == Comparison::kNull && parsed.if_exists))
    return InvalidPolicy("Invalid Condition type : " + std::string(text));
  return parsed;
}

bool IsInOrder(std::strong_ordering found, Order wanted) {
  switch (wanted) {
    case Order::kEqual:
      return std::is_eq(found);
    case Order::kLess:
      return std::is_lt(found);
    case Order::kLessOrEqual:
      return std::is_lteq(found);
    case Order::kGreater:
      return std::is_gt(found);
    case Order::kGreaterOrEqual:
      return std::is_gteq(found);
  }
  return false;
}

// What a value should be, where texts may fail to be one.
std::string_view WantedForm(Comparison comparison) {
  switch (comparison) {
    case Comparison::kNumber:
      return "a number";
    case Comparison::kDate:
      return "a date";
    case Comparison::kIp:
      return "an IP address";
    case Comparison::kBinary:
      return "base64";
    default:
      return {};
  }
}

bool IsComparable(Comparison comparison, std::string_view value) {
  switch (comparison) {
    case Comparison::kNumber:
      return Decimal::Parse(value).has_value();
    case Comparison::kDate:
      return Moment::Parse(value).has_value();
    case Comparison::kIp:
      return IpRange::Parse(value).has_value();
    case Comparison::kBinary:
      return base::Base64Decode(value).has_value();
    default:
      return true;
  }
}

}  // namespace dray::policy
