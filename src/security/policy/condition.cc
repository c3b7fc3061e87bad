// SPDX-License-Identifier: Apache-2.0
// A new operator is a row in operators.cc, and a case in AddValue and FitsOne when its way to
// compare is new.
#include "security/policy/condition.h"

#include <algorithm>
#include <set>

#include "base/text_encoding.h"
#include "format/json/json.h"
#include "security/policy/global_keys.h"

namespace dray::policy {

namespace {

bool IsBooleanText(std::string_view text) {
  return base::EqualsIgnoreCase(text, "true") || base::EqualsIgnoreCase(text, "false");
}

// The empty set: no value, or nothing but empty strings.
bool IsNullSet(const std::vector<std::string>& values) {
  return std::all_of(values.begin(), values.end(), [](const auto& value) { return value.empty(); });
}

// Whether the request's value stands in that order to one of the policy's. What could not be parsed
// stands in none.
template <class Value>
bool AnyInOrder(const std::optional<Value>& value, Order order,
                const std::vector<std::optional<Value>>& of_policy) {
  return value && std::any_of(of_policy.begin(), of_policy.end(), [&](const auto& other) {
           return other && IsInOrder(*value <=> *other, order);
         });
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

  for (const std::string& value : line.values_) RETURN_IF_ERROR(line.AddValue(value, grammar));
  return line;
}

base::Status ConditionLine::AddValue(const std::string& value, const Grammar& grammar) {
  switch (row_->comparison) {
    case Comparison::kString:
    case Comparison::kStringIgnoreCase:
    case Comparison::kPattern: {
      ASSIGN_OR_RETURN(auto text, Template::Parse(value, {.has_variables = grammar.has_variables,
                                                          .has_wildcards = has_wildcards()}));
      templates_.push_back(std::move(text));
      break;
    }
    case Comparison::kArn: {
      if (value == "*") any_arn_ = true;
      auto pieces = SplitAtColons(value, kArnFieldCount, grammar.has_variables);
      ASSIGN_OR_RETURN(auto arn, ArnPattern::Make(pieces, grammar.has_variables));
      arns_.emplace_back(std::nullopt);
      if (pieces.size() == kArnFieldCount) arns_.back() = std::move(arn);
      break;
    }
    case Comparison::kNumber:
      numbers_.push_back(Decimal::Parse(value));
      break;
    case Comparison::kDate:
      moments_.push_back(Moment::Parse(value));
      break;
    case Comparison::kIp:
      ranges_.push_back(IpRange::Parse(value));
      break;
    case Comparison::kBinary:
      bytes_.push_back(base::Base64Decode(value));
      break;
    case Comparison::kBool:
    case Comparison::kNull:
      if (!IsBooleanText(value))
        return InvalidPolicy("Invalid value for Condition type : " + operator_text_ + " (\"" +
                             value + "\" is neither true nor false)");
      break;
  }
  return base::Ok();
}

bool ConditionLine::is_negated() const { return row_->is_negated; }
bool ConditionLine::is_null_test() const { return row_->comparison == Comparison::kNull; }
bool ConditionLine::is_ip_test() const { return row_->comparison == Comparison::kIp; }
bool ConditionLine::has_wildcards() const {
  return row_->comparison == Comparison::kPattern || row_->comparison == Comparison::kArn;
}
std::string_view ConditionLine::base_operator() const { return row_->name; }

bool ConditionLine::looks_at_request() const {
  return IsRequestKey(lower_key_) ||
         std::any_of(templates_.begin(), templates_.end(),
                     [](const Template& text) { return text.looks_at_request(); }) ||
         std::any_of(arns_.begin(), arns_.end(),
                     [](const auto& arn) { return arn && arn->looks_at_request(); });
}

const std::string* ConditionLine::FirstIncomparable() const {
  auto first_absent = [&](const auto& parsed) -> const std::string* {
    for (size_t i = 0; i < parsed.size(); ++i)
      if (!parsed[i]) return &values_[i];
    return nullptr;
  };
  switch (row_->comparison) {
    case Comparison::kNumber:
      return first_absent(numbers_);
    case Comparison::kDate:
      return first_absent(moments_);
    case Comparison::kIp:
      return first_absent(ranges_);
    case Comparison::kBinary:
      return first_absent(bytes_);
    default:
      return nullptr;
  }
}

bool ConditionLine::FitsOne(std::string_view value, const Context& context) const {
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
    case Comparison::kNumber:
      return AnyInOrder(Decimal::Parse(value), row_->order, numbers_);
    case Comparison::kDate:
      return AnyInOrder(Moment::Parse(value), row_->order, moments_);
    case Comparison::kBinary:
      return AnyInOrder(base::Base64Decode(value), row_->order, bytes_);
    case Comparison::kIp: {
      auto address = IpRange::Parse(value);
      return address && address->is_one_address() &&
             std::any_of(ranges_.begin(), ranges_.end(),
                         [&](const auto& range) { return range && range->Contains(*address); });
    }
    case Comparison::kNull:
      break;
  }
  return false;
}

bool ConditionLine::Satisfies(std::string_view value, const Context& context) const {
  return FitsOne(value, context) != row_->is_negated;
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
  if (const std::string* value = FirstIncomparable())
    text += ", of which \"" + *value + "\" is not " + std::string(WantedForm(row_->comparison));
  if (!found) return text + ", the request has no such key";
  if (qualifier_ == SetQualifier::kNone && found->is_multivalued)
    return text +
           ", but the key holds a set of values and never matches without ForAnyValue: or "
           "ForAllValues:";
  if (found->values.empty()) return text + ", the request's set is empty";
  text += ", the request has " + Quoted(found->values);
  const auto& values = found->values;
  bool is_comparable = std::all_of(values.begin(), values.end(), [&](const std::string& value) {
    return IsComparable(row_->comparison, value);
  });
  if (!is_comparable) text += ", which is not " + std::string(WantedForm(row_->comparison));
  return text;
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
