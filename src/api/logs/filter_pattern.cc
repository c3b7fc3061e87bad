// SPDX-License-Identifier: Apache-2.0
#include "api/logs/filter_pattern.h"

#include <algorithm>

#include "api/logs/parameters.h"
#include "base/text_encoding.h"

namespace dray::logs {

namespace {

bool IsTermCharacter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Takes a quoted term; a backslash makes the next character one like others.
base::Result<std::string> TakeQuoted(std::string_view& rest) {
  std::string term;
  size_t at = 1;
  for (; at < rest.size() && rest[at] != '"'; ++at) {
    if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
    term += rest[at];
  }
  if (at >= rest.size()) return InvalidParameter("Invalid filter pattern: a quote is not closed");
  rest.remove_prefix(at + 1);
  return term;
}

base::Result<std::string> TakeTerm(std::string_view& rest) {
  if (rest.starts_with('"')) return TakeQuoted(rest);
  const size_t end =
      static_cast<size_t>(std::find_if(rest.begin(), rest.end(), IsSpace) - rest.begin());
  std::string term(rest.substr(0, end));
  rest.remove_prefix(end);
  if (term.empty() || !std::all_of(term.begin(), term.end(), IsTermCharacter)) {
    return InvalidParameter("Invalid character(s) in term '" + term + "'");
  }
  return term;
}

}  // namespace

base::Result<FilterPattern> FilterPattern::Parse(std::string_view text) {
  FilterPattern pattern;
  std::string_view rest = base::TrimSpace(text);
  if (rest.starts_with('{') || rest.starts_with('[') || rest.starts_with('%')) {
    return InvalidParameter(
        "Filter patterns over JSON members, over columns and of regular expressions are not "
        "supported by this version of Dray: see docs/compatibility.md");
  }
  while (!rest.empty()) {
    std::vector<std::string>* terms = &pattern.required_;
    if (rest.starts_with('-')) terms = &pattern.excluded_;
    if (rest.starts_with('?')) terms = &pattern.optional_;
    if (terms != &pattern.required_) rest.remove_prefix(1);
    ASSIGN_OR_RETURN(std::string term, TakeTerm(rest));
    terms->push_back(std::move(term));
    rest = base::TrimSpace(rest);
  }
  return pattern;
}

bool FilterPattern::Matches(std::string_view message) const {
  auto occurs = [message](const std::string& term) {
    return message.find(term) != std::string_view::npos;
  };
  if (required_.empty() && excluded_.empty()) {
    return optional_.empty() || std::any_of(optional_.begin(), optional_.end(), occurs);
  }
  return std::all_of(required_.begin(), required_.end(), occurs) &&
         std::none_of(excluded_.begin(), excluded_.end(), occurs);
}

}  // namespace dray::logs
