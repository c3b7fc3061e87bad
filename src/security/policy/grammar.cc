// SPDX-License-Identifier: Apache-2.0
#include "security/policy/grammar.h"

#include <optional>
#include <set>

#include "format/json/json.h"

namespace dray::policy {

base::Error InvalidPolicy(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message)};
}

base::Error InvalidSyntax() { return InvalidPolicy("Invalid policy syntax."); }

base::Status RefuseDuplicates(const json::Object& object) {
  std::set<std::string_view> seen;
  for (const auto& [name, value] : object.members)
    if (!seen.insert(name).second)
      return InvalidPolicy("Statement/policy already has instance of " + name);
  return base::Ok();
}

namespace {

std::optional<std::string> ScalarText(const json::Value& value, bool strings_only) {
  if (const auto* text = value.string()) return *text;
  if (strings_only) return std::nullopt;
  if (const auto* number = value.number()) return number->text;
  if (const auto* boolean = value.boolean()) return *boolean ? "true" : "false";
  return std::nullopt;
}

base::Result<std::vector<std::string>> Collect(const json::Value& value, std::string_view field,
                                               bool strings_only) {
  std::vector<std::string> texts;
  if (const auto* array = value.array()) {
    for (const auto& element : *array) {
      auto text = ScalarText(element, strings_only);
      if (!text) return InvalidSyntax();
      texts.push_back(std::move(*text));
    }
  } else if (auto text = ScalarText(value, strings_only)) {
    texts.push_back(std::move(*text));
  } else {
    return InvalidSyntax();
  }
  if (texts.empty())
    return InvalidPolicy("Missing required field " + std::string(field) + " cannot be empty!");
  return texts;
}

}  // namespace

base::Result<std::vector<std::string>> StringOrList(const json::Value& value,
                                                    std::string_view field) {
  return Collect(value, field, true);
}

base::Result<std::vector<std::string>> ScalarOrList(const json::Value& value,
                                                    std::string_view field) {
  return Collect(value, field, false);
}

}  // namespace dray::policy
