// SPDX-License-Identifier: Apache-2.0
// The operators of conditions: what each is called and how it compares.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace dray::policy {

enum class Comparison {
  kString,
  kStringIgnoreCase,
  kPattern,
  kNumber,
  kDate,
  kBool,
  kBinary,
  kIp,
  kArn,
  kNull,
};

// How the request's number or date stands to the policy's.
enum class Order { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };

struct OperatorRow {
  std::string_view name;
  Comparison comparison;
  bool is_negated;
  Order order = Order::kEqual;
};

enum class SetQualifier { kNone, kForAllValues, kForAnyValue };

struct ParsedOperator {
  const OperatorRow* row = nullptr;
  SetQualifier qualifier = SetQualifier::kNone;
  bool if_exists = false;
};

// "ForAnyValue:StringEqualsIfExists". kInvalidArgument with S3's text for what is no operator.
base::Result<ParsedOperator> ParseOperator(std::string_view text);

bool IsInOrder(std::strong_ordering found, Order wanted);

// What a value should be, "a number", where texts may fail to be one; empty for text and ARNs.
std::string_view WantedForm(Comparison comparison);
// Whether it is.
bool IsComparable(Comparison comparison, std::string_view value);

}  // namespace dray::policy
