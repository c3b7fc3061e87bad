// SPDX-License-Identifier: Apache-2.0
#include "api/logs/parameters.h"

#include <algorithm>
#include <limits>

#include "api/logs/error_mapping.h"

namespace dray::logs {

namespace {

bool IsWordCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool IsGroupName(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsWordCharacter(c) || std::string_view(".-/#").find(c) != std::string_view::npos;
  });
}

bool IsGroupIdentifier(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsWordCharacter(c) || std::string_view("#+=/:,.@-").find(c) != std::string_view::npos;
  });
}

bool IsStreamName(std::string_view text) {
  return text.find_first_of(":*") == std::string_view::npos;
}

}  // namespace

const TextRule kGroupName{.pattern = R"([\.\-_/#A-Za-z0-9]+)", .matches = IsGroupName};
const TextRule kGroupIdentifier{
    .max = 2048, .pattern = R"([\w#+=/:,.@-]*)", .matches = IsGroupIdentifier};
const TextRule kStreamName{.pattern = "[^:*]*", .matches = IsStreamName};
const TextRule kToken{.max = std::numeric_limits<size_t>::max()};
const TextRule kFilterPattern{.min = 0, .max = 1024};

base::Error InvalidParameter(std::string message) {
  return base::Error{base::ErrorKind::kInvalidArgument, std::move(message),
                     reason::kInvalidParameter};
}

const json::Value* Parameters::Find(std::string_view name) const {
  const json::Value* value = body_.Find(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

void Parameters::Fault(std::string_view name, std::string_view value, std::string_view constraint) {
  std::string text = "Value ";
  if (value == "null") {
    text += value;
  } else {
    text.append("'").append(value).append("'");
  }
  faults_.push_back(text.append(" at '")
                        .append(name)
                        .append("' failed to satisfy constraint: ")
                        .append(constraint));
}

void Parameters::WrongType(std::string_view name) {
  if (wrong_type_.empty()) wrong_type_ = name;
}

std::optional<std::string> Parameters::Text(std::string_view name, const TextRule& rule) {
  const json::Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  const std::string* text = value->string();
  if (text == nullptr) {
    WrongType(name);
    return std::nullopt;
  }
  if (text->size() > rule.max) {
    Fault(name, *text, "Member must have length less than or equal to " + std::to_string(rule.max));
  }
  if (text->size() < rule.min) {
    Fault(name, *text,
          "Member must have length greater than or equal to " + std::to_string(rule.min));
  }
  if (rule.matches != nullptr && !rule.matches(*text)) {
    Fault(name, *text,
          "Member must satisfy regular expression pattern: " + std::string(rule.pattern));
  }
  return *text;
}

std::optional<std::vector<std::string>> Parameters::Texts(std::string_view name, size_t count_max,
                                                          const TextRule& rule) {
  const json::Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (value->array() == nullptr) {
    WrongType(name);
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const json::Value& element : *value->array()) {
    const std::string* text = element.string();
    if (text == nullptr) {
      WrongType(name);
      return std::nullopt;
    }
    if (text->size() < rule.min || text->size() > rule.max ||
        (rule.matches != nullptr && !rule.matches(*text))) {
      Fault(name, *text,
            "Member must satisfy constraint: [Member must have length between " +
                std::to_string(rule.min) + " and " + std::to_string(rule.max) +
                ", Member must satisfy regular expression pattern: " + std::string(rule.pattern) +
                "]");
    }
    texts.push_back(*text);
  }
  if (texts.empty() || texts.size() > count_max) {
    Fault(name, "[" + std::to_string(texts.size()) + " members]",
          texts.empty()
              ? "Member must have length greater than or equal to 1"
              : "Member must have length less than or equal to " + std::to_string(count_max));
  }
  return texts;
}

std::optional<int64_t> Parameters::Number(std::string_view name, int64_t min, int64_t max) {
  const json::Value* value = Find(name);
  if (value == nullptr) return std::nullopt;
  std::optional<int64_t> number = value->number() != nullptr ? value->Int64() : std::nullopt;
  if (!number) {
    WrongType(name);
    return std::nullopt;
  }
  if (*number > max) {
    Fault(name, std::to_string(*number),
          "Member must have value less than or equal to " + std::to_string(max));
  }
  if (*number < min) {
    Fault(name, std::to_string(*number),
          "Member must have value greater than or equal to " + std::to_string(min));
  }
  return number;
}

bool Parameters::Flag(std::string_view name) {
  const json::Value* value = Find(name);
  if (value == nullptr) return false;
  if (value->boolean() == nullptr) {
    WrongType(name);
    return false;
  }
  return *value->boolean();
}

std::optional<std::string> Parameters::OneOf(std::string_view name,
                                             std::span<const std::string_view> values) {
  std::optional<std::string> text = Text(name, {.min = 0});
  if (!text || std::find(values.begin(), values.end(), *text) != values.end()) return text;
  std::string known;
  for (std::string_view value : values) known.append(known.empty() ? "" : ", ").append(value);
  Fault(name, *text, "Member must satisfy enum value set: [" + known + "]");
  return text;
}

void Parameters::Require(std::string_view name) {
  if (Find(name) == nullptr) Fault(name, "null", "Member must not be null");
}

void Parameters::Refuse(std::string_view name) {
  if (Find(name) != nullptr && refused_.empty()) refused_ = name;
}

base::Status Parameters::Check() const {
  if (!wrong_type_.empty()) {
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "The member " + wrong_type_ + " has a wrong type", reason::kSerialization};
  }
  if (!faults_.empty()) {
    std::string text =
        std::to_string(faults_.size()) +
        (faults_.size() == 1 ? " validation error detected: " : " validation errors detected: ");
    for (size_t i = 0; i < faults_.size(); ++i) {
      if (i > 0) text += "; ";
      text += faults_[i];
    }
    return InvalidParameter(std::move(text));
  }
  if (!refused_.empty()) {
    return InvalidParameter(refused_ +
                            " is not supported by this version of Dray: see docs/compatibility.md");
  }
  return base::Ok();
}

}  // namespace dray::logs
