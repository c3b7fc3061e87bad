// SPDX-License-Identifier: Apache-2.0
#include "api/dynamodb/shape.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "api/dynamodb/error_mapping.h"

namespace dray::dynamodb {

namespace {

using base::Status;
using Kind = JsonView::Kind;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool MatchesTableName(std::string_view value) {
  return !value.empty() && std::all_of(value.begin(), value.end(), [](char c) {
    return IsAlphanumeric(c) || c == '_' || c == '.' || c == '-';
  });
}

// ^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$
bool MatchesBucket(std::string_view value) {
  return value.size() >= 2 && IsAlphanumeric(value.front()) && IsAlphanumeric(value.back()) &&
         MatchesTableName(value);
}

bool MatchesAccount(std::string_view value) {
  return value.size() == 12 && std::all_of(value.begin(), value.end(), IsDigit);
}

bool MatchesClientToken(std::string_view value) {
  return !value.empty() && value.find('$') == std::string_view::npos;
}

bool MatchesPageToken(std::string_view value) {
  return !value.empty() && value.size() % 16 == 0 &&
         std::all_of(value.begin(), value.end(),
                     [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

bool MatchesDelimiter(std::string_view value) {
  return value.size() == 1 && std::string_view(",;:|\t ").find(value[0]) != std::string_view::npos;
}

bool MatchesCsvHeader(std::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](char c) { return c >= 0x20 && c <= 0x7E && c != '"' && c != ','; });
}

// AWS names members in its texts with the first letter in lower case.
std::string WireName(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] + 32);
  return out;
}

std::string_view KindName(const JsonView& value) {
  switch (value.kind()) {
    case Kind::kBool:
      return value.boolean() ? "TRUE_VALUE" : "FALSE_VALUE";
    case Kind::kNumber:
      return value.Int64() ? "NUMBER_VALUE" : "DECIMAL_VALUE";
    case Kind::kString:
      return "STRING_VALUE";
    case Kind::kArray:
      return "START_ARRAY";
    case Kind::kObject:
      return "START_OBJECT";
    case Kind::kNull:
      break;
  }
  return "NULL_VALUE";
}

// `[KeySchemaElement(attributeName=pk, keyType=HASH)]`: how AWS prints a value that broke a rule.
void AppendPrinted(const JsonView& value, const Shape* shape, std::string& out) {
  switch (value.kind()) {
    case Kind::kString:
      out += value.string();
      break;
    case Kind::kArray: {
      out += '[';
      bool is_first = true;
      (void)value.ForEachElement([&](JsonView element) {
        if (!is_first) out += ", ";
        is_first = false;
        AppendPrinted(element, shape, out);
        return base::Ok();
      });
      out += ']';
      break;
    }
    case Kind::kObject: {
      if (shape != nullptr) out += shape->name;
      out += shape != nullptr ? '(' : '{';
      bool is_first = true;
      (void)value.ForEachMember([&](std::string_view name, JsonView member) {
        if (!is_first) out += ", ";
        is_first = false;
        out += shape != nullptr ? WireName(name) : std::string(name);
        out += '=';
        AppendPrinted(member, nullptr, out);
        return base::Ok();
      });
      out += shape != nullptr ? ')' : '}';
      break;
    }
    default:
      value.AppendJson(out);
  }
}

class Checker {
 public:
  Status CheckStructure(const JsonView& body, const Shape& shape, const std::string& path) {
    if (!body.is_object()) return WrongType(body, "structure");
    for (const Member& member : shape.members) {
      RETURN_IF_ERROR(CheckMember(body.Find(member.name), member, path));
    }
    return base::Ok();
  }

  Status Conclude() const {
    if (violations_.empty()) {
      if (!refused_.empty()) return NotSupported(refused_);
      return base::Ok();
    }
    std::string text = std::to_string(violations_.size());
    text +=
        violations_.size() == 1 ? " validation error detected: " : " validation errors detected: ";
    for (size_t i = 0; i < violations_.size(); ++i) {
      if (i > 0) text += "; ";
      text += violations_[i];
    }
    return ValidationError(std::move(text));
  }

 private:
  static base::Error WrongType(const JsonView& value, std::string_view wanted) {
    if (wanted == "structure" || wanted == "list") {
      if (value.kind() == Kind::kArray) {
        return SerializationError("Start of list found where not expected");
      }
      if (value.kind() == Kind::kObject) {
        return SerializationError("Start of structure or map found where not expected.");
      }
      return SerializationError("Unexpected field type");
    }
    if (value.kind() == Kind::kArray) {
      return SerializationError("Unrecognized collection type class java.util.ArrayList");
    }
    if (value.kind() == Kind::kObject) {
      return SerializationError("Start of structure or map found where not expected.");
    }
    return SerializationError(std::string(KindName(value)) + " cannot be converted to " +
                              std::string(wanted));
  }

  void Violate(const JsonView* value, const Member& member, const std::string& path,
               std::string_view constraint) {
    std::string text = "Value ";
    if (value == nullptr) {
      text += "null ";
    } else if (!member.is_value_hidden) {
      text += '\'';
      AppendPrinted(*value, member.shape, text);
      text += "' ";
    }
    text +=
        "at '" + path + "' failed to satisfy constraint: Member must " + std::string(constraint);
    violations_.push_back(std::move(text));
  }

  Status CheckMember(const std::optional<JsonView>& value, const Member& member,
                     const std::string& parent) {
    std::string path =
        parent + (member.is_value_hidden ? std::string(member.name) : WireName(member.name));
    if (!value) {
      if (!member.required) return base::Ok();
      if (!member.missing_text.empty()) return ValidationError(std::string(member.missing_text));
      Violate(nullptr, member, path, "not be null");
      return base::Ok();
    }
    if (member.refused) {
      if (refused_.empty()) refused_ = member.name;
      return base::Ok();
    }
    return CheckValue(*value, member, path);
  }

  Status CheckValue(const JsonView& value, const Member& member, const std::string& path) {
    Kind kind = value.kind();
    switch (member.type) {
      case MemberType::kString:
        if (kind != Kind::kString) return WrongType(value, "String");
        CheckText(value, value.string(), member, path);
        return base::Ok();
      case MemberType::kTable:
        if (kind != Kind::kString) return WrongType(value, "String");
        if (!value.string().starts_with("arn:")) CheckText(value, value.string(), member, path);
        return base::Ok();
      case MemberType::kBoolean:
        if (kind != Kind::kBool) return WrongType(value, "Boolean");
        return base::Ok();
      case MemberType::kInteger:
        if (kind != Kind::kNumber || !value.Int64()) return WrongType(value, "Integer");
        CheckRange(value, *value.Int64(), member, path, "value");
        return base::Ok();
      case MemberType::kTimestamp:
        if (kind != Kind::kNumber) return WrongType(value, "Date");
        return base::Ok();
      case MemberType::kStructure:
        return CheckStructure(value, *member.shape, path + ".");
      case MemberType::kStrings:
      case MemberType::kStructures:
        return CheckList(value, member, path);
      case MemberType::kList:
        if (kind != Kind::kArray) return WrongType(value, "list");
        CheckRange(value, static_cast<int64_t>(value.size()), member, path, "length");
        return base::Ok();
      case MemberType::kMap:
        if (kind != Kind::kObject) return WrongType(value, "structure");
        if (value.size() == 0 && !member.missing_text.empty()) {
          return ValidationError(std::string(member.missing_text));
        }
        CheckRange(value, static_cast<int64_t>(value.size()), member, path, "length");
        return base::Ok();
      case MemberType::kAny:
        return base::Ok();
    }
    return base::Ok();
  }

  Status CheckList(const JsonView& value, const Member& member, const std::string& path) {
    if (value.kind() != Kind::kArray) return WrongType(value, "list");
    CheckRange(value, static_cast<int64_t>(value.size()), member, path, "length");
    size_t index = 0;
    return value.ForEachElement([&](JsonView element) -> Status {
      std::string element_path = path + "." + std::to_string(++index) + ".member";
      if (member.type == MemberType::kStructures) {
        return CheckStructure(element, *member.shape, element_path + ".");
      }
      if (element.kind() != Kind::kString) return WrongType(element, "String");
      Member rule{.name = member.name,
                  .type = MemberType::kString,
                  .min = member.element_min,
                  .max = member.element_max,
                  .pattern = member.element_pattern};
      CheckText(element, element.string(), rule, element_path);
      return base::Ok();
    });
  }

  void CheckText(const JsonView& value, std::string_view text, const Member& member,
                 const std::string& path) {
    if (!member.values.empty() &&
        std::find(member.values.begin(), member.values.end(), text) == member.values.end()) {
      std::string constraint = "satisfy enum value set: [";
      for (size_t i = 0; i < member.values.size(); ++i) {
        if (i > 0) constraint += ", ";
        constraint += member.values[i];
      }
      Violate(&value, member, path, constraint + "]");
    }
    auto length = static_cast<int64_t>(text.size());
    // Of an empty text AWS reports the length only.
    if (member.pattern != nullptr && !member.pattern->matches(text) &&
        (length > 0 || member.min < 1)) {
      Violate(&value, member, path,
              "satisfy regular expression pattern: " + std::string(member.pattern->text));
    }
    CheckRange(value, length, member, path, "length");
  }

  void CheckRange(const JsonView& value, int64_t amount, const Member& member,
                  const std::string& path, std::string_view what) {
    if (amount < member.min) {
      Violate(
          &value, member, path,
          "have " + std::string(what) + " greater than or equal to " + std::to_string(member.min));
    }
    if (amount > member.max) {
      Violate(&value, member, path,
              "have " + std::string(what) + " less than or equal to " + std::to_string(member.max));
    }
  }

  std::vector<std::string> violations_;
  std::string refused_;
};

}  // namespace

const Pattern kTableNamePattern{"[a-zA-Z0-9_.-]+", MatchesTableName};
const Pattern kBucketPattern{R"(^[a-z0-9A-Z]+[\.\-\w]*[a-z0-9A-Z]+$)", MatchesBucket};
const Pattern kAccountPattern{"[0-9]{12}", MatchesAccount};
const Pattern kClientTokenPattern{R"(^[^\$]+$)", MatchesClientToken};
const Pattern kPageTokenPattern{"([0-9a-f]{16})+", MatchesPageToken};
const Pattern kDelimiterPattern{"[,;:|\t ]", MatchesDelimiter};
const Pattern kCsvHeaderPattern{R"([\x20-\x21\x23-\x2B\x2D-\x7E]*)", MatchesCsvHeader};

Status CheckShape(const JsonView& body, const Shape& shape, const std::string& path) {
  Checker checker;
  RETURN_IF_ERROR(checker.CheckStructure(body, shape, path));
  return checker.Conclude();
}

std::string_view StringOr(const JsonView& body, std::string_view name, std::string_view fallback) {
  std::optional<JsonView> value = body.Find(name);
  return value ? value->string() : fallback;
}

std::optional<std::string> OptionalString(const JsonView& body, std::string_view name) {
  std::optional<JsonView> value = body.Find(name);
  if (!value) return std::nullopt;
  return std::string(value->string());
}

bool BoolOr(const JsonView& body, std::string_view name, bool fallback) {
  std::optional<JsonView> value = body.Find(name);
  return value ? value->boolean() : fallback;
}

std::optional<int64_t> OptionalInt(const JsonView& body, std::string_view name) {
  std::optional<JsonView> value = body.Find(name);
  return value ? value->Int64() : std::nullopt;
}

std::optional<int64_t> OptionalMicros(const JsonView& body, std::string_view name) {
  std::optional<JsonView> value = body.Find(name);
  if (!value) return std::nullopt;
  constexpr double kSecondsMax = 9e12;  // beyond, microseconds do not fit
  return std::llround(std::clamp(value->Double(), -kSecondsMax, kSecondsMax) * 1e6);
}

}  // namespace dray::dynamodb
