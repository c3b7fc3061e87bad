// SPDX-License-Identifier: Apache-2.0
// A new operator is a row in kOperators, and a case in EqualsOne when its way to compare is new.
#include "security/policy/condition.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/text_encoding.h"
#include "format/json/json.h"

namespace dray::policy {

namespace {

enum class Comparison { kString, kStringIgnoreCase, kPattern, kBool, kArn, kNull, kNotYet };

}  // namespace

struct OperatorRow {
  std::string_view name;
  Comparison comparison;
  bool is_negated;
};

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
    // Known to AWS, refused by Parse: a condition that cannot be evaluated must not be stored.
    {"NumericEquals", Comparison::kNotYet, false},
    {"NumericNotEquals", Comparison::kNotYet, true},
    {"NumericLessThan", Comparison::kNotYet, false},
    {"NumericLessThanEquals", Comparison::kNotYet, false},
    {"NumericGreaterThan", Comparison::kNotYet, false},
    {"NumericGreaterThanEquals", Comparison::kNotYet, false},
    {"DateEquals", Comparison::kNotYet, false},
    {"DateNotEquals", Comparison::kNotYet, true},
    {"DateLessThan", Comparison::kNotYet, false},
    {"DateLessThanEquals", Comparison::kNotYet, false},
    {"DateGreaterThan", Comparison::kNotYet, false},
    {"DateGreaterThanEquals", Comparison::kNotYet, false},
    {"IpAddress", Comparison::kNotYet, false},
    {"NotIpAddress", Comparison::kNotYet, true},
    {"BinaryEquals", Comparison::kNotYet, false},
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

struct ParsedOperator {
  const OperatorRow* row = nullptr;
  SetQualifier qualifier = SetQualifier::kNone;
  bool if_exists = false;
};

base::Result<ParsedOperator> ParseOperator(std::string_view text) {
  ParsedOperator parsed;
  std::string_view name = text;
  if (TakePrefix(name, "ForAllValues:"))
    parsed.qualifier = SetQualifier::kForAllValues;
  else if (TakePrefix(name, "ForAnyValue:"))
    parsed.qualifier = SetQualifier::kForAnyValue;
  parsed.if_exists = TakeSuffix(name, "IfExists");
  parsed.row = FindOperator(name);
  const std::string refusal = "Invalid Condition type : " + std::string(text);
  if (!parsed.row || (parsed.row->comparison == Comparison::kNull && parsed.if_exists))
    return InvalidPolicy(refusal);
  if (parsed.row->comparison == Comparison::kNotYet)
    return InvalidPolicy(refusal +
                         " (this version does not evaluate Numeric, Date, IpAddress and Binary "
                         "conditions)");
  return parsed;
}

bool IsBooleanText(std::string_view text) {
  return base::EqualsIgnoreCase(text, "true") || base::EqualsIgnoreCase(text, "false");
}

// The empty set: no value, or nothing but empty strings.
bool IsNullSet(const std::vector<std::string>& values) {
  return std::all_of(values.begin(), values.end(), [](const auto& value) { return value.empty(); });
}

std::string Quoted(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "\"" : ", \"") + value + '"';
  return text;
}

}  // namespace

base::Result<ConditionLine> ConditionLine::Parse(std::string_view operator_text,
                                                 std::string_view key, const json::Value& values,
                                                 const Grammar& grammar) {
  ConditionLine line;
  line.operator_text_ = operator_text;
  line.key_ = key;
  line.lower_key_ = base::ToLower(key);
  ASSIGN_OR_RETURN(auto parsed, ParseOperator(operator_text));
  line.row_ = parsed.row;
  line.qualifier_ = parsed.qualifier;
  line.if_exists_ = parsed.if_exists;
  if (key.empty() || key.find_first_of(" \t\r\n") == 0)
    return InvalidPolicy("Policy has an invalid condition key");
  ASSIGN_OR_RETURN(line.values_, ScalarOrList(values, key));

  for (const std::string& value : line.values_) {
    switch (line.row_->comparison) {
      case Comparison::kString:
      case Comparison::kStringIgnoreCase:
      case Comparison::kPattern: {
        ASSIGN_OR_RETURN(auto text,
                         Template::Parse(value, {.has_variables = grammar.has_variables,
                                                 .has_wildcards = line.has_wildcards()}));
        line.templates_.push_back(std::move(text));
        break;
      }
      case Comparison::kArn: {
        if (value == "*") line.any_arn_ = true;
        auto pieces = SplitAtColons(value, kArnFieldCount, grammar.has_variables);
        ASSIGN_OR_RETURN(auto arn, ArnPattern::Make(pieces, grammar.has_variables));
        line.arns_.emplace_back(std::nullopt);
        if (pieces.size() == kArnFieldCount) line.arns_.back() = std::move(arn);
        break;
      }
      case Comparison::kBool:
      case Comparison::kNull:
        if (!IsBooleanText(value))
          return InvalidPolicy("Invalid value for Condition type : " + line.operator_text_ +
                               " (\"" + value + "\" is neither true nor false)");
        break;
      case Comparison::kNotYet:
        break;
    }
  }
  return line;
}

bool ConditionLine::is_negated() const { return row_->is_negated; }
bool ConditionLine::is_null_test() const { return row_->comparison == Comparison::kNull; }
bool ConditionLine::has_wildcards() const {
  return row_->comparison == Comparison::kPattern || row_->comparison == Comparison::kArn;
}
std::string_view ConditionLine::base_operator() const { return row_->name; }

bool ConditionLine::EqualsOne(std::string_view value, const Context& context) const {
  switch (row_->comparison) {
    case Comparison::kString:
    case Comparison::kStringIgnoreCase:
    case Comparison::kPattern: {
      bool ignore_case = row_->comparison == Comparison::kStringIgnoreCase;
      return std::any_of(templates_.begin(), templates_.end(), [&](const Template& text) {
        return text.Matches(value, context, ignore_case);
      });
    }
    case Comparison::kBool:
      return std::any_of(values_.begin(), values_.end(), [&](const std::string& wanted) {
        return base::EqualsIgnoreCase(wanted, value);
      });
    case Comparison::kArn: {
      auto arn = SplitArn(value);
      if (!arn) return false;
      return any_arn_ || std::any_of(arns_.begin(), arns_.end(), [&](const auto& pattern) {
               return pattern && pattern->Matches(*arn, context);
             });
    }
    case Comparison::kNull:
    case Comparison::kNotYet:
      break;
  }
  return false;
}

bool ConditionLine::Satisfies(std::string_view value, const Context& context) const {
  return EqualsOne(value, context) != row_->is_negated;
}

bool ConditionLine::Matches(const Context& context) const {
  const Context::Values* found = context.FindLower(lower_key_);
  if (is_null_test()) {
    // As AWS's Access Analyzer says of Null under a qualifier: always, never.
    if (qualifier_ != SetQualifier::kNone) return qualifier_ == SetQualifier::kForAllValues;
    bool is_absent = !found || found->values.empty();
    return std::any_of(values_.begin(), values_.end(), [&](const std::string& wanted) {
      return base::EqualsIgnoreCase(wanted, is_absent ? "true" : "false");
    });
  }
  auto satisfies = [&](const std::string& value) { return Satisfies(value, context); };
  switch (qualifier_) {
    case SetQualifier::kForAllValues:
      return !found || IsNullSet(found->values) ||
             std::all_of(found->values.begin(), found->values.end(), satisfies);
    case SetQualifier::kForAnyValue:
      return found && std::any_of(found->values.begin(), found->values.end(), satisfies);
    case SetQualifier::kNone:
      break;
  }
  if (!found) return if_exists_ || row_->is_negated;
  // A multivalued key wants a qualifier; without one AWS matches nothing, not even one element.
  if (found->is_multivalued || found->values.size() != 1) return false;
  return satisfies(found->values.front());
}

std::string ConditionLine::Explain(const Context& context) const {
  const Context::Values* found = context.FindLower(lower_key_);
  std::string text = "its Condition " + operator_text_ + " " + key_;
  if (is_null_test()) {
    text += found ? " wants the key absent, the request has " + Quoted(found->values)
                  : " wants the key present, the request has no such key";
    return text;
  }
  text += is_negated() ? " refuses " : " wants ";
  text += (values_.size() > 1 ? "one of " : "") + Quoted(values_);
  for (const Template& value : templates_)
    if (std::string_view unresolved = value.FirstUnresolved(context); !unresolved.empty()) {
      text += ", the variable ${" + std::string(unresolved) + "} has no single value";
      break;
    }
  if (!found) return text + ", the request has no such key";
  if (qualifier_ == SetQualifier::kNone && found->is_multivalued)
    return text +
           ", but the key holds a set of values and never matches without ForAnyValue: or "
           "ForAllValues:";
  if (found->values.empty()) return text + ", the request's set is empty";
  return text + ", the request has " + Quoted(found->values);
}

base::Result<Condition> Condition::Parse(const json::Value& value, const Grammar& grammar) {
  const auto* operators = value.object();
  if (!operators) return InvalidSyntax();
  RETURN_IF_ERROR(RefuseDuplicates(*operators));
  Condition condition;
  for (const auto& [operator_text, keys] : operators->members) {
    const auto* object = keys.object();
    if (!object) return InvalidSyntax();
    RETURN_IF_ERROR(ParseOperator(operator_text));  // also when it has no keys
    std::set<std::string> seen;                     // names of keys have no case
    for (const auto& [key, values] : object->members) {
      if (!seen.insert(base::ToLower(key)).second)
        return InvalidPolicy("Statement/policy already has instance of " + key);
      ASSIGN_OR_RETURN(auto line, ConditionLine::Parse(operator_text, key, values, grammar));
      condition.lines_.push_back(std::move(line));
    }
  }
  return condition;
}

const ConditionLine* Condition::FirstMismatch(const Context& context) const {
  for (const ConditionLine& line : lines_)
    if (!line.Matches(context)) return &line;
  return nullptr;
}

}  // namespace dray::policy
