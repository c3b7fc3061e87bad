// SPDX-License-Identifier: Apache-2.0
#include "security/policy/variables.h"

#include <algorithm>

#include "base/text_encoding.h"
#include "security/policy/global_keys.h"
#include "security/policy/grammar.h"

namespace dray::policy {

namespace {

base::Error InvalidVariable(std::string_view text) {
  return InvalidPolicy("Invalid policy variable in: " + std::string(text));
}

void AppendText(std::string_view text, const TemplateOptions& options, PatternText& out) {
  if (options.has_wildcards)
    AppendWithWildcards(text, out);
  else
    AppendLiteral(text, out);
}

}  // namespace

base::Result<Template> Template::Parse(std::string_view text, TemplateOptions options) {
  Template result;
  std::string_view rest = text;
  while (options.has_variables) {
    size_t start = rest.find("${");
    if (start == std::string_view::npos) break;
    size_t end = rest.find('}', start);
    if (end == std::string_view::npos) return InvalidVariable(text);
    AppendText(rest.substr(0, start), options, result.text_);
    std::string_view inside = rest.substr(start + 2, end - start - 2);
    rest.remove_prefix(end + 1);
    if (inside == "*" || inside == "?" || inside == "$") {
      AppendLiteral(inside, result.text_);
      continue;
    }
    Variable variable;
    variable.at = result.text_.size();
    if (size_t comma = inside.find(','); comma != std::string_view::npos) {
      std::string_view quoted = base::TrimSpace(inside.substr(comma + 1));
      if (quoted.size() < 2 || quoted.front() != '\'' || quoted.back() != '\'')
        return InvalidVariable(text);
      variable.fallback = std::string(quoted.substr(1, quoted.size() - 2));
      if (variable.fallback->find('\'') != std::string::npos) return InvalidVariable(text);
      inside = inside.substr(0, comma);
    }
    if (inside.empty() || inside.find_first_of(" \t\r\n*?${'") != std::string_view::npos)
      return InvalidVariable(text);
    variable.key = base::ToLower(inside);
    result.variables_.push_back(std::move(variable));
  }
  AppendText(rest, options, result.text_);
  return result;
}

bool Template::Matches(std::string_view text, const Context& context, bool ignore_case) const {
  if (variables_.empty()) return MatchesPattern(text_, text, ignore_case);
  PatternText expanded;
  size_t done = 0;
  for (const Variable& variable : variables_) {
    expanded.append(text_, done, variable.at - done);
    done = variable.at;
    if (const std::string* value = context.FindSingleLower(variable.key))
      AppendLiteral(*value, expanded);
    else if (variable.fallback)
      AppendLiteral(*variable.fallback, expanded);
    else
      return false;
  }
  expanded.append(text_, done);
  return MatchesPattern(expanded, text, ignore_case);
}

bool Template::looks_at_request() const {
  return std::any_of(variables_.begin(), variables_.end(),
                     [](const Variable& variable) { return IsRequestKey(variable.key); });
}

std::string_view Template::FirstUnresolved(const Context& context) const {
  for (const Variable& variable : variables_)
    if (!variable.fallback && !context.FindSingleLower(variable.key)) return variable.key;
  return {};
}

std::vector<std::string_view> SplitAtColons(std::string_view text, size_t pieces_max,
                                            bool has_variables) {
  std::vector<std::string_view> pieces;
  size_t start = 0;
  size_t at = 0;
  while (at < text.size() && pieces.size() + 1 < pieces_max) {
    if (has_variables && text.substr(at, 2) == "${") {
      size_t end = text.find('}', at);
      if (end == std::string_view::npos) break;
      at = end + 1;
    } else if (text[at] == ':') {
      pieces.push_back(text.substr(start, at - start));
      start = ++at;
    } else {
      ++at;
    }
  }
  pieces.push_back(text.substr(start));
  return pieces;
}

}  // namespace dray::policy
