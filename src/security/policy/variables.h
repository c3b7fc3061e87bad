// SPDX-License-Identifier: Apache-2.0
// Text of a policy that may hold variables: "home/${aws:username}/*", with defaults
// "${aws:PrincipalTag/team, 'none'}" and the escapes "${*}", "${?}", "${$}".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "security/policy/policy.h"
#include "security/policy/wildcard.h"

namespace dray::policy {

struct TemplateOptions {
  bool has_variables = false;  // otherwise "${" is plain text
  bool has_wildcards = false;  // otherwise "*" and "?" are plain text
};

class Template {
 public:
  // kInvalidArgument for "${}", a missing "}", a blank inside the name or a default without quotes.
  static base::Result<Template> Parse(std::string_view text, TemplateOptions options);

  // False when a variable has no value: absent or multivalued in `context`, and without default.
  // What a variable brings is literal text, never a wildcard.
  bool Matches(std::string_view text, const Context& context, bool ignore_case = false) const;

  bool has_variables() const { return !variables_.empty(); }
  bool looks_at_request() const;  // some variable: IsRequestKey
  // The first variable that has no value in `context`, as a key name; empty when all have one.
  std::string_view FirstUnresolved(const Context& context) const;
  // Of a template without variables.
  const PatternText& pattern() const { return text_; }

 private:
  struct Variable {
    size_t at = 0;    // position in text_ before which it stands
    std::string key;  // lower case
    std::optional<std::string> fallback;
  };
  PatternText text_;  // everything but the variables
  std::vector<Variable> variables_;
};

// `text` cut at the ':' outside of variables; at most `pieces_max` pieces, the last keeps the rest.
std::vector<std::string_view> SplitAtColons(std::string_view text, size_t pieces_max,
                                            bool has_variables);

}  // namespace dray::policy
