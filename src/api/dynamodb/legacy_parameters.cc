// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/legacy_parameters.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

#include "api/dynamodb/attributes.h"
#include "api/dynamodb/error_mapping.h"
#include "api/dynamodb/shape.h"
#include "format/json/json.h"

namespace dray::dynamodb {

namespace {

using base::Result;
using base::Status;
using item::Type;

constexpr std::string_view kComparisonOperators[] = {
    "IN",       "NULL", "BETWEEN", "LT",          "NOT_CONTAINS", "EQ",      "GT",
    "NOT_NULL", "NE",   "LE",      "BEGINS_WITH", "GE",           "CONTAINS"};
constexpr Member kFilterMembers[] = {
    {.name = "AttributeValueList", .type = MemberType::kList},
    {.name = "ComparisonOperator",
     .type = MemberType::kString,
     .required = true,
     .values = kComparisonOperators},
};
constexpr Shape kFilterShape{"Condition", kFilterMembers};
constexpr Member kExpectedMembers[] = {
    {.name = "Value", .type = MemberType::kMap},
    {.name = "Exists", .type = MemberType::kBoolean},
    {.name = "ComparisonOperator", .type = MemberType::kString, .values = kComparisonOperators},
    {.name = "AttributeValueList", .type = MemberType::kList},
};
constexpr Shape kExpectedShape{"ExpectedAttributeValue", kExpectedMembers};
constexpr std::string_view kActionValues[] = {"ADD", "DELETE", "PUT"};
constexpr Member kUpdateMembers[] = {
    {.name = "Value", .type = MemberType::kMap},
    {.name = "Action", .type = MemberType::kString, .values = kActionValues},
};
constexpr Shape kUpdateShape{"AttributeValueUpdate", kUpdateMembers};

// `text`: of the expression; # stands for the attribute, : for the next value, * for all of them.
struct OperatorRow {
  std::string_view name;
  size_t values_min, values_max;
  enum Values { kAny, kNoSets, kScalars } values;  // kScalars: S, N, B
  std::string_view text;
};
constexpr OperatorRow kOperators[] = {
    {"EQ", 1, 1, OperatorRow::kAny, "# = :"},
    {"NE", 1, 1, OperatorRow::kAny, "# <> :"},
    {"LE", 1, 1, OperatorRow::kScalars, "# <= :"},
    {"LT", 1, 1, OperatorRow::kScalars, "# < :"},
    {"GE", 1, 1, OperatorRow::kScalars, "# >= :"},
    {"GT", 1, 1, OperatorRow::kScalars, "# > :"},
    {"BETWEEN", 2, 2, OperatorRow::kScalars, "# BETWEEN : AND :"},
    {"IN", 1, 100, OperatorRow::kScalars, "# IN (*)"},
    {"NULL", 0, 0, OperatorRow::kScalars, "attribute_not_exists(#)"},
    {"NOT_NULL", 0, 0, OperatorRow::kScalars, "attribute_exists(#)"},
    {"BEGINS_WITH", 1, 1, OperatorRow::kScalars, "begins_with(#, :)"},
    {"CONTAINS", 1, 1, OperatorRow::kNoSets, "contains(#, :)"},
    // Of an absent attribute it does not hold, as on AWS.
    {"NOT_CONTAINS", 1, 1, OperatorRow::kNoSets, "(attribute_exists(#) AND NOT contains(#, :))"},
};

bool IsScalar(Type type) {
  return type == Type::kString || type == Type::kNumber || type == Type::kBinary;
}
bool IsSet(Type type) {
  return type == Type::kStringSet || type == Type::kNumberSet || type == Type::kBinarySet;
}

Status CheckCount(const OperatorRow& row, size_t values) {
  if (values >= row.values_min && values <= row.values_max) return base::Ok();
  return InvalidParameter("Invalid number of argument(s) for the " + std::string(row.name) +
                          " ComparisonOperator");
}

Status CheckBounds(const item::ValueView& lower, const item::ValueView& upper) {
  std::string first, second;
  RETURN_IF_ERROR(item::AppendOrderedKeyPart(lower, first));
  RETURN_IF_ERROR(item::AppendOrderedKeyPart(upper, second));
  if (first <= second) return base::Ok();
  return ValidationError(
      "The BETWEEN condition was provided a range where the lower bound is greater than the upper "
      "bound");
}

Status CheckValues(const OperatorRow& row, std::span<const JsonView> list) {
  std::vector<EncodedItem> values;
  std::optional<Type> type;
  for (const JsonView& json : list) {
    ASSIGN_OR_RETURN(EncodedItem value, ReadValue(json));
    Type its_type = value.view().Find("v")->type();
    if (type && its_type != *type) {
      return InvalidParameter("AttributeValues inside AttributeValueList must be of same type");
    }
    type = its_type;
    values.push_back(std::move(value));
  }
  if (!type) return base::Ok();
  bool fits = row.values == OperatorRow::kAny ||
              (row.values == OperatorRow::kNoSets ? !IsSet(*type) : IsScalar(*type));
  if (row.name == "BEGINS_WITH" && *type == Type::kNumber) fits = false;
  if (!fits) {
    return InvalidParameter("ComparisonOperator " + std::string(row.name) + " is not valid for " +
                            std::string(TypeName(*type)) + " AttributeValue type");
  }
  if (row.name != "BETWEEN") return base::Ok();
  return CheckBounds(*values[0].view().Find("v"), *values[1].view().Find("v"));
}

const OperatorRow& RowOf(std::string_view comparison) {
  return *std::find_if(std::begin(kOperators), std::end(kOperators),
                       [&](const OperatorRow& each) { return each.name == comparison; });
}

Status CheckCondition(const LegacyCondition& condition) {
  const OperatorRow& row = RowOf(condition.comparison);
  RETURN_IF_ERROR(CheckCount(row, condition.values.size()));
  return CheckValues(row, condition.values);
}

Result<std::vector<JsonView>> ElementsOf(const std::optional<JsonView>& list) {
  std::vector<JsonView> elements;
  if (!list) return elements;
  RETURN_IF_ERROR(list->ForEachElement([&](JsonView element) -> Status {
    if (!element.is_object()) return SerializationError("Unexpected value type in payload");
    elements.push_back(element);
    return base::Ok();
  }));
  return elements;
}

// An entry of one of these maps, by the map's name in AWS's texts.
Status CheckEntry(const JsonView& entry, const Shape& shape, std::string_view map,
                  std::string_view attribute) {
  std::string path(map);
  path[0] = static_cast<char>(path[0] + ('a' - 'A'));
  path += "." + std::string(attribute) + ".member.";
  RETURN_IF_ERROR(CheckShape(entry, shape, path));
  return attribute.empty() ? InvalidParameter("Empty attribute name") : Status(base::Ok());
}

bool IsEmpty(const JsonView& body, std::string_view member) {
  std::optional<JsonView> map = body.Find(member);
  return !map || map->size() == 0;
}

Result<Type> TypeOf(const JsonView& value) {
  ASSIGN_OR_RETURN(EncodedItem read, ReadValue(value));
  return read.view().Find("v")->type();
}

}  // namespace

Result<LegacyCondition> ReadLegacyCondition(std::string_view map, std::string_view attribute,
                                            const JsonView& condition) {
  RETURN_IF_ERROR(CheckEntry(condition, kFilterShape, map, attribute));
  LegacyCondition read{attribute, condition.Find("ComparisonOperator")->string(), {}};
  ASSIGN_OR_RETURN(read.values, ElementsOf(condition.Find("AttributeValueList")));
  RETURN_IF_ERROR(CheckCondition(read));
  return read;
}

std::string LegacyParameters::TextOf(const LegacyCondition& condition) {
  std::string name = Name(condition.attribute);
  std::string text;
  size_t next = 0;
  for (char c : RowOf(condition.comparison).text) {
    if (c == '#') {
      text += name;
    } else if (c == ':') {
      text += Value(condition.values[next++]);
    } else if (c == '*') {
      for (const JsonView& value : condition.values) {
        if (next++ > 0) text += ", ";
        text += Value(value);
      }
    } else {
      text += c;
    }
  }
  return text;
}

Result<std::string> LegacyParameters::Join(const std::vector<std::string>& parts,
                                           const JsonView& body) {
  std::optional<JsonView> conditional = body.Find("ConditionalOperator");
  if (conditional && parts.size() < 2) {
    return ValidationError(
        "ConditionalOperator can only be used when Filter or Expected has two or more elements");
  }
  std::string separator =
      " " + std::string(conditional ? conditional->string() : std::string_view("AND")) + " ";
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += separator;
    text += part;
  }
  return text;
}

Result<std::string> LegacyParameters::ReadExpected(const JsonView& body) {
  if (IsEmpty(body, "Expected")) {
    if (!body.Find("ConditionalOperator")) return std::string();
    return ValidationError("ConditionalOperator cannot be used without Filter or Expected");
  }
  std::vector<std::string> parts;
  auto read = [&](std::string_view attribute, JsonView expected) -> Status {
    RETURN_IF_ERROR(CheckEntry(expected, kExpectedShape, "Expected", attribute));
    std::string of_attribute = " for Attribute: " + std::string(attribute);
    std::optional<JsonView> value = expected.Find("Value");
    std::optional<JsonView> list = expected.Find("AttributeValueList");
    std::optional<JsonView> exists = expected.Find("Exists");
    std::optional<JsonView> comparison = expected.Find("ComparisonOperator");
    LegacyCondition condition{attribute, "EQ", {}};
    if (value && list) {
      return InvalidParameter("Value and AttributeValueList cannot be used together" +
                              of_attribute);
    }
    if (comparison) {
      condition.comparison = comparison->string();
      bool takes_none = condition.comparison == "NULL" || condition.comparison == "NOT_NULL";
      if (exists) {
        return InvalidParameter("Exists and ComparisonOperator cannot be used together" +
                                of_attribute);
      }
      if (!takes_none && !value && !list) {
        return InvalidParameter(
            "Value or AttributeValueList must be used with ComparisonOperator: " +
            std::string(condition.comparison) + of_attribute);
      }
      ASSIGN_OR_RETURN(condition.values, ElementsOf(list));
      if (value) condition.values.push_back(*value);
    } else if (list) {
      return InvalidParameter("AttributeValueList can only be used with a ComparisonOperator" +
                              of_attribute);
    } else if (exists && !exists->boolean()) {
      if (value) {
        return InvalidParameter("Value cannot be used when Exists is false" + of_attribute);
      }
      condition.comparison = "NULL";
    } else if (value) {
      condition.values.push_back(*value);
    } else {
      return InvalidParameter(std::string("Value must be provided when Exists is ") +
                              (exists ? "true" : "null") + of_attribute);
    }
    RETURN_IF_ERROR(CheckCondition(condition));
    parts.push_back(TextOf(condition));
    return base::Ok();
  };
  RETURN_IF_ERROR(body.Find("Expected")->ForEachMember(read));
  return Join(parts, body);
}

Result<std::string> LegacyParameters::ReadFilter(const JsonView& body, std::string_view member) {
  if (IsEmpty(body, member)) {
    if (!body.Find("ConditionalOperator")) return std::string();
    return ValidationError("ConditionalOperator cannot be used without Filter or Expected");
  }
  std::vector<std::string> parts;
  auto read = [&](std::string_view attribute, JsonView filter) -> Status {
    ASSIGN_OR_RETURN(LegacyCondition condition, ReadLegacyCondition(member, attribute, filter));
    parts.push_back(TextOf(condition));
    return base::Ok();
  };
  RETURN_IF_ERROR(body.Find(member)->ForEachMember(read));
  return Join(parts, body);
}

Result<std::string> LegacyParameters::ReadUpdates(const JsonView& body) {
  if (IsEmpty(body, "AttributeUpdates")) return std::string();
  std::string set, remove, add, take;  // the clauses
  auto append = [](std::string_view keyword, const std::string& action, std::string& clause) {
    clause += clause.empty() ? std::string(keyword) + " " : ", ";
    clause += action;
  };
  auto read = [&](std::string_view attribute, JsonView update) -> Status {
    RETURN_IF_ERROR(CheckEntry(update, kUpdateShape, "AttributeUpdates", attribute));
    std::string_view action = StringOr(update, "Action", "PUT");
    std::optional<JsonView> value = update.Find("Value");
    std::string name = Name(attribute);
    if (!value) {
      if (action != "DELETE") {
        return InvalidParameter(
            "Only DELETE action is allowed when no attribute value is specified");
      }
      append("REMOVE", name, remove);
      return base::Ok();
    }
    ASSIGN_OR_RETURN(Type type, TypeOf(*value));
    std::string operand = Value(*value);
    if (action == "PUT") {
      append("SET", name + " = " + operand, set);
    } else if (action == "ADD" && type == Type::kList) {
      append("SET",
             name + " = list_append(if_not_exists(" + name + ", " + EmptyList() + "), " + operand +
                 ")",
             set);
    } else if (action == "ADD" && (type == Type::kNumber || IsSet(type))) {
      append("ADD", name + " " + operand, add);
    } else if (action == "DELETE" && IsSet(type)) {
      append("DELETE", name + " " + operand, take);
    } else {
      return InvalidParameter((action == "ADD"
                                   ? "ADD action is not supported for the type "
                                   : "DELETE action with value is not supported for the type ") +
                              std::string(TypeName(type)));
    }
    return base::Ok();
  };
  RETURN_IF_ERROR(body.Find("AttributeUpdates")->ForEachMember(read));
  std::string text;
  for (const std::string* clause : {&set, &remove, &add, &take}) {
    if (!text.empty() && !clause->empty()) text += ' ';
    text += *clause;
  }
  return text;
}

Result<std::unique_ptr<RequestParameters>> LegacyParameters::MakeParameters() {
  auto parameters = std::make_unique<RequestParameters>();
  if (!names_.empty()) {
    RETURN_IF_ERROR(parameters->parameters.SetNames(std::move(names_)));
  }
  if (values_ > 0) {
    ASSIGN_OR_RETURN(parameters->values, ParseAttributes("{" + values_json_ + "}"));
    RETURN_IF_ERROR(parameters->parameters.SetValues(parameters->values.view().attributes()));
  }
  return parameters;
}

std::string LegacyParameters::Name(std::string_view attribute) {
  std::string placeholder = "#" + std::to_string(names_.size());
  names_.push_back({placeholder, std::string(attribute)});
  return placeholder;
}

std::string LegacyParameters::Value(const JsonView& value) {
  std::string placeholder = ":" + std::to_string(values_++);
  StartMember(placeholder, values_json_);
  value.AppendJson(values_json_);
  return placeholder;
}

std::string LegacyParameters::EmptyList() {
  std::string placeholder = ":" + std::to_string(values_++);
  StartMember(placeholder, values_json_);
  values_json_ += R"({"L":[]})";
  return placeholder;
}

}  // namespace dray::dynamodb
