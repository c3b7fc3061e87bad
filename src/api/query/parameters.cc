// SPDX-License-Identifier: Apache-2.0
#include "api/query/parameters.h"

#include <algorithm>
#include <charconv>

#include "api/query/error_mapping.h"
#include "base/text_encoding.h"

namespace dray::query {

namespace {

constexpr size_t kMembersMax = 1'000;      // of a list; each list of the APIs is shorter
constexpr size_t kParametersMax = 10'000;  // a megabyte of the shortest would take a hundred
constexpr size_t kShownBytesMax = 1'000;   // of a value in an error

base::Error Malformed(std::string message) {
  return {base::ErrorKind::kInvalidArgument, std::move(message), reason::kMalformedInput};
}

std::optional<std::string> DecodeForm(std::string_view text) {
  std::string spaced(text);
  std::replace(spaced.begin(), spaced.end(), '+', ' ');
  auto decoded = base::PercentDecode(spaced);
  if (!decoded || !base::IsValidUtf8(*decoded)) return std::nullopt;
  return decoded;
}

// UserName -> userName, as AWS's validation errors call members.
std::string MemberName(std::string_view name) {
  std::string member(name);
  if (!member.empty() && member[0] >= 'A' && member[0] <= 'Z')
    member[0] = static_cast<char>(member[0] - 'A' + 'a');
  return member;
}

}  // namespace

std::string Shown(std::string_view text) {
  if (text.size() <= kShownBytesMax) return std::string(text);
  size_t end = kShownBytesMax;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xc0) == 0x80) --end;  // a whole character
  return std::string(text.substr(0, end)) + "... (" + std::to_string(text.size()) + " bytes)";
}

base::Result<Parameters> Parameters::Parse(std::string_view query, std::string_view body) {
  Parameters parameters;
  for (std::string_view rest : {query, body}) {
    while (!rest.empty()) {
      const size_t end = rest.find('&');
      const std::string_view pair = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
      if (pair.empty()) continue;
      const size_t equals = std::min(pair.find('='), pair.size());
      auto name = DecodeForm(pair.substr(0, equals));
      auto value = DecodeForm(pair.substr(std::min(equals + 1, pair.size())));
      if (!name || !value)
        return Malformed("The parameters of the request are no well-formed UTF-8 form.");
      if (base::ToLower(*name).starts_with("x-amz-")) continue;
      if (!parameters.values_.emplace(*name, *std::move(value)).second)
        return Malformed("The parameter " + Shown(*name) + " is given twice.");
      if (parameters.values_.size() > kParametersMax)
        return Malformed("The request has more than " + std::to_string(kParametersMax) +
                         " parameters.");
    }
  }
  return parameters;
}

const std::string* Parameters::Take(std::string_view name) {
  auto found = values_.find(name);
  if (found == values_.end()) return nullptr;
  taken_.emplace(name);
  return &found->second;
}

void Parameters::Fault(std::string_view name, std::string_view value, std::string_view constraint) {
  const std::string shown = value == "null" ? "null" : "'" + Shown(value) + "'";
  faults_.push_back("Value " + shown + " at '" + MemberName(name) +
                    "' failed to satisfy constraint: " + std::string(constraint));
}

std::optional<std::string> Parameters::Text(std::string_view name, const TextRule& rule) {
  const std::string* value = Take(name);
  if (value == nullptr) return std::nullopt;
  // The APIs count characters; continuation bytes begin none.
  const auto characters =
      static_cast<size_t>(std::count_if(value->begin(), value->end(), [](char c) {
        return (static_cast<uint8_t>(c) & 0xc0) != 0x80;
      }));
  if (characters < rule.min)
    Fault(name, *value,
          "Member must have length greater than or equal to " + std::to_string(rule.min));
  else if (characters > rule.max)
    Fault(name, *value,
          "Member must have length less than or equal to " + std::to_string(rule.max));
  else if (rule.matches != nullptr && !rule.matches(*value))
    Fault(name, *value,
          "Member must satisfy regular expression pattern: " + std::string(rule.pattern));
  return *value;
}

std::string Parameters::RequiredText(std::string_view name, const TextRule& rule) {
  auto value = Text(name, rule);
  if (!value) Fault(name, "null", "Member must not be null");
  return value.value_or("");
}

std::optional<int64_t> Parameters::Number(std::string_view name, int64_t min, int64_t max) {
  const std::string* value = Take(name);
  if (value == nullptr) return std::nullopt;
  int64_t number = 0;
  auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size()) {
    Fault(name, *value, "Member must be a number");
    return std::nullopt;
  }
  if (number < min)
    Fault(name, *value, "Member must have value greater than or equal to " + std::to_string(min));
  if (number > max)
    Fault(name, *value, "Member must have value less than or equal to " + std::to_string(max));
  return number;
}

std::optional<bool> Parameters::Flag(std::string_view name) {
  const std::string* value = Take(name);
  if (value == nullptr) return std::nullopt;
  if (*value != "true" && *value != "false") Fault(name, *value, "Member must be true or false");
  return *value == "true";
}

std::vector<std::string> Parameters::Texts(std::string_view name, const TextRule& rule,
                                           std::string_view suffix) {
  std::vector<std::string> texts;
  TakeEmptyList(name);
  for (size_t i = 1; i <= kMembersMax; ++i) {
    auto text =
        Text(std::string(name) + ".member." + std::to_string(i) + std::string(suffix), rule);
    if (!text) break;
    texts.push_back(*std::move(text));
  }
  return texts;
}

void Parameters::TakeEmptyList(std::string_view name) {
  if (auto whole = values_.find(name); whole != values_.end() && whole->second.empty()) Take(name);
}

std::vector<Tag> Parameters::Tags() {
  TakeEmptyList("Tags");
  constexpr TextRule kKey{.min = 1, .max = 128};
  constexpr TextRule kValue{.min = 0, .max = 256};
  std::vector<Tag> tags;
  for (size_t i = 1; i <= kMembersMax; ++i) {
    const std::string member = "Tags.member." + std::to_string(i);
    auto key = Text(member + ".Key", kKey);
    if (!key) break;
    tags.push_back({*std::move(key), RequiredText(member + ".Value", kValue)});
  }
  if (tags.size() > 50) Fault("Tags", "[...]", "Member must have length less than or equal to 50");
  for (const Tag& tag : tags) {
    const std::string lower = base::ToLower(tag.key);
    if (lower.starts_with("aws:")) Fault("Tags", tag.key, "Member must not begin with aws:");
    if (std::count_if(tags.begin(), tags.end(), [&](const Tag& other) {
          return base::EqualsIgnoreCase(other.key, lower);
        }) > 1)
      Fault("Tags", tag.key, "Member must not be given twice");
  }
  return tags;
}

base::Status Parameters::Check() const {
  if (!faults_.empty()) {
    std::string message = std::to_string(faults_.size()) + " validation error" +
                          (faults_.size() > 1 ? "s" : "") + " detected: ";
    for (const std::string& fault : faults_)
      message += (&fault == &faults_.front() ? "" : "; ") + fault;
    return base::Error{base::ErrorKind::kInvalidArgument, message, reason::kValidation};
  }
  for (const auto& [name, value] : values_) {
    if (taken_.contains(name) || name == "Action" || name == "Version") continue;
    return base::Error{base::ErrorKind::kInvalidArgument,
                       "The parameter " + Shown(name) +
                           " is not supported by this version of Dray for this operation: see "
                           "docs/compatibility.md",
                       reason::kValidation};
  }
  return base::Ok();
}

}  // namespace dray::query
