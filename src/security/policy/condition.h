// SPDX-License-Identifier: Apache-2.0
// The Condition element: operators over the keys of a request. All lines must hold.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/policy/arn_pattern.h"
#include "security/policy/decimal.h"
#include "security/policy/grammar.h"
#include "security/policy/ip_range.h"
#include "security/policy/moment.h"
#include "security/policy/operators.h"
#include "security/policy/policy.h"
#include "security/policy/variables.h"

namespace dray::policy {

// One key under one operator, for instance ForAnyValue:StringEquals / aws:CalledVia / [values].
class ConditionLine {
 public:
  static base::Result<ConditionLine> Parse(std::string_view operator_text, std::string_view key,
                                           const json::Value& values, const Grammar& grammar);
  bool Matches(const Context& context) const;
  // Why it does not match, as half a sentence: `... wants "x", the request has no such key`.
  std::string Explain(const Context& context) const;

  const std::string& operator_text() const { return operator_text_; }  // as written
  const std::string& key() const { return key_; }                      // as written
  const std::string& lower_key() const { return lower_key_; }
  const std::vector<std::string>& values() const { return values_; }
  SetQualifier qualifier() const { return qualifier_; }
  bool is_if_exists() const { return if_exists_; }
  bool is_negated() const;
  bool is_null_test() const;
  bool has_wildcards() const;  // the operator knows `*` and `?`
  std::string_view base_operator() const;
  bool is_ip_test() const;
  bool looks_at_request() const;  // its key, or a variable in its values: IsRequestKey
  // The first value that its operator cannot compare: text where a number, date, address or base64
  // is wanted. It is equal to nothing. nullptr when there is none.
  const std::string* FirstIncomparable() const;

 private:
  base::Status AddValue(const std::string& value, const Grammar& grammar);
  // Whether the one request value satisfies the operator against the list of values.
  bool Satisfies(std::string_view value, const Context& context) const;
  // As above, before the operator's negation.
  bool FitsOne(std::string_view value, const Context& context) const;

  std::string operator_text_;
  std::string key_;
  std::string lower_key_;
  std::vector<std::string> values_;
  const OperatorRow* row_ = nullptr;
  SetQualifier qualifier_ = SetQualifier::kNone;
  bool if_exists_ = false;
  std::vector<Template> templates_;              // String*
  std::vector<std::optional<ArnPattern>> arns_;  // Arn*; absent: not an ARN, matches nothing
  bool any_arn_ = false;                         // Arn*: one of the values is "*"
  // Of the other families; absent: incomparable.
  std::vector<std::optional<Decimal>> numbers_;
  std::vector<std::optional<Moment>> moments_;
  std::vector<std::optional<IpRange>> ranges_;
  std::vector<std::optional<std::string>> bytes_;
};

class Condition {
 public:
  static base::Result<Condition> Parse(const json::Value& value, const Grammar& grammar);
  bool Matches(const Context& context) const { return FirstMismatch(context) == nullptr; }
  const ConditionLine* FirstMismatch(const Context& context) const;
  const std::vector<ConditionLine>& lines() const { return lines_; }

 private:
  std::vector<ConditionLine> lines_;
};

}  // namespace dray::policy
