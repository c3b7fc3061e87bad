// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>

#include "model/expression/bound_key_condition.h"
#include "model/expression/value_text.h"

namespace dray::expression {

namespace {

using base::Status;

base::Error Invalid(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}
base::Error MissedKey(const item::KeyElement& element) {
  return Invalid("Query condition missed key schema element: " + element.name);
}
base::Error NotSupported() { return Invalid("Query key condition not supported"); }

Status CheckOperand(const item::ValueView& value, const item::KeyElement& element) {
  if (value.type() != element.type) {
    return Invalid(
        "One or more parameter values were invalid: Condition parameter type does not match schema "
        "type");
  }
  bool is_string = value.type() == item::Type::kString;
  bool is_empty = is_string ? value.string().empty()
                            : value.type() == item::Type::kBinary && value.binary().empty();
  if (!is_empty) return base::Ok();
  return Invalid(
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot "
      "contain an empty " +
      std::string(is_string ? "string" : "binary") + " value. Key: " + element.name);
}

Status CheckTerm(const KeyTerm& term, const item::KeyElement& element) {
  RETURN_IF_ERROR(CheckOperand(term.operand, element));
  std::string text;
  if (term.op == KeyOperator::kBeginsWith && element.type == item::Type::kNumber) {
    text =
        "Incorrect operand type for operator or function; operator or function: begins_with, "
        "operand type: N";
  } else if (term.op == KeyOperator::kBetween) {
    RETURN_IF_ERROR(CheckOperand(term.upper, element));
    Status bounds = CheckBetweenBounds(term.operand, term.upper);
    if (!bounds) text = bounds.error().message;
  }
  if (text.empty()) return base::Ok();
  return Invalid("Invalid KeyConditionExpression: " + text);
}

}  // namespace

base::Result<KeySelection> SelectKeys(const std::vector<KeyTerm>& terms,
                                      const item::KeySchema& schema) {
  bool is_simple = schema.hash.size() == 1 && schema.range.size() <= 1;
  if (terms.empty() || (is_simple && terms.size() > 2)) {
    return Invalid("Conditions can be of length 1 or 2 only");
  }
  auto find = [&](const item::KeyElement& element) {
    return std::find_if(terms.begin(), terms.end(),
                        [&](const KeyTerm& term) { return term.attribute == element.name; });
  };
  KeySelection selection;
  for (const item::KeyElement& element : schema.hash) {
    auto term = find(element);
    if (term == terms.end()) return MissedKey(element);
    if (term->op != KeyOperator::kEqual) return NotSupported();
    RETURN_IF_ERROR(CheckTerm(*term, element));
    selection.hash.push_back(term->operand);
  }
  size_t used = schema.hash.size();
  for (const item::KeyElement& element : schema.range) {
    auto term = find(element);
    if (used == terms.size()) break;
    // There are more terms, but none on this attribute: of another attribute, or one that may only
    // follow this one.
    if (term == terms.end()) return MissedKey(element);
    if (selection.range_last) return NotSupported();  // behind an operator that is not "="
    RETURN_IF_ERROR(CheckTerm(*term, element));
    ++used;
    if (term->op == KeyOperator::kEqual) {
      selection.range_equal.push_back(term->operand);
    } else {
      selection.range_last = *term;
    }
  }
  if (used != terms.size()) return NotSupported();
  return selection;
}

}  // namespace dray::expression
