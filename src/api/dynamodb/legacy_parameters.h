// SPDX-License-Identifier: Apache-2.0
// The parameters from before expressions (Expected, QueryFilter, ScanFilter, AttributeUpdates),
// rewritten as expressions that mean the same. Their texts depend on the shape of the parameters
// only, so the cache of expressions serves them too.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "api/dynamodb/json_view.h"
#include "api/dynamodb/request_parameters.h"
#include "api/dynamodb/shape.h"
#include "base/result.h"

namespace dray::dynamodb {

inline constexpr std::string_view kConditionalOperatorValues[] = {"OR", "AND"};
inline constexpr Member kConditionalOperatorMember{.name = "ConditionalOperator",
                                                   .type = MemberType::kString,
                                                   .values = kConditionalOperatorValues};

// One entry of KeyConditions, QueryFilter or ScanFilter (`map`).
struct LegacyCondition {
  std::string_view attribute, comparison;
  std::vector<JsonView> values;
};
// Checks its shape, and number, types and order of the values as the comparison wants them.
base::Result<LegacyCondition> ReadLegacyCondition(std::string_view map, std::string_view attribute,
                                                  const JsonView& condition);

// The older parameters of one request: read them all, then make the expressions' parameters.
class LegacyParameters {
 public:
  // A condition; empty when the member is absent or empty. ConditionalOperator joins its parts.
  // Errors are AWS's, in the words of these parameters.
  base::Result<std::string> ReadExpected(const JsonView& body);
  // `member`: QueryFilter or ScanFilter.
  base::Result<std::string> ReadFilter(const JsonView& body, std::string_view member);
  // AttributeUpdates as an update expression; empty likewise.
  base::Result<std::string> ReadUpdates(const JsonView& body);

  // What the placeholders of all the texts stand for. Once, after the last of them.
  base::Result<std::unique_ptr<RequestParameters>> MakeParameters();

 private:
  std::string TextOf(const LegacyCondition& condition);
  base::Result<std::string> Join(const std::vector<std::string>& parts, const JsonView& body);
  std::string Name(std::string_view attribute);  // "#0"
  std::string Value(const JsonView& value);      // ":0"
  std::string EmptyList();

  std::vector<expression::Parameters::Name> names_;
  size_t values_ = 0;
  std::string values_json_;  // members, without the braces
};

}  // namespace dray::dynamodb
