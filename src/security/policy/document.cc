// SPDX-License-Identifier: Apache-2.0
#include "security/policy/document.h"

#include <algorithm>
#include <set>

#include "format/json/json.h"
#include "security/policy/grammar.h"
#include "security/policy/public_access.h"

namespace dray::policy {

namespace {

class CompiledDocument final : public Document {
 public:
  CompiledDocument(Grammar grammar, std::vector<Statement> statements)
      : grammar_(grammar), statements_(std::move(statements)) {
    looks_at_request_ = std::any_of(statements_.begin(), statements_.end(),
                                    [](const Statement& s) { return s.looks_at_request(); });
    if (!grammar_.is_resource_policy()) return;
    for (size_t i = 0; i < statements_.size() && !public_statement_; ++i)
      if (IsPublic(statements_[i], grammar_)) public_statement_ = i;
  }
  const std::vector<Statement>& statements() const override { return statements_; }
  DocumentKind kind() const override { return grammar_.kind; }
  bool has_variables() const override { return grammar_.has_variables; }
  bool looks_at_request() const override { return looks_at_request_; }
  std::optional<size_t> public_statement() const override { return public_statement_; }

 private:
  Grammar grammar_;
  std::vector<Statement> statements_;
  bool looks_at_request_ = false;
  std::optional<size_t> public_statement_;
};

base::Error NotJson(const Grammar& grammar, const std::string& detail) {
  if (grammar.is_resource_policy())
    return InvalidPolicy("Policies must be valid JSON and the first byte must be '{'");
  return InvalidPolicy("Syntax errors in policy." + (detail.empty() ? "" : " " + detail));
}

// IAM takes tab, line feed, carriage return and U+0020 to U+00FF. `text` is valid UTF-8.
bool HasOnlyIamCharacters(std::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte < 0x80) continue;
    if (byte == '\t' || byte == '\n' || byte == '\r') continue;
    if (byte != 0xc2 && byte != 0xc3) return false;
    ++i;  // the second byte of U+0080 to U+00FF
  }
  return true;
}

base::Status CheckTopLevel(const json::Object& policy, Grammar& grammar) {
  RETURN_IF_ERROR(RefuseDuplicates(policy));
  for (const auto& [name, value] : policy.members)
    if (name != "Version" && name != "Id" && name != "Statement")
      return InvalidPolicy("Unknown field " + name);
  if (const auto* version = policy.Find("Version")) {
    const auto* text = version->string();
    if (!text || (*text != "2012-10-17" && *text != "2008-10-17"))
      return InvalidPolicy("The policy must contain a valid version string");
    grammar.has_variables = *text == "2012-10-17";
  }
  if (const auto* id = policy.Find("Id")) {
    if (!id->string()) return InvalidSyntax();
    if (!grammar.wants_principal()) return InvalidPolicy("Has prohibited field Id");
  }
  return base::Ok();
}

base::Result<std::vector<Statement>> ParseStatements(const json::Value& value,
                                                     const Grammar& grammar) {
  std::vector<Statement> statements;
  if (value.object()) {
    ASSIGN_OR_RETURN(auto statement, Statement::Parse(value, grammar));
    statements.push_back(std::move(statement));
    return statements;
  }
  const auto* array = value.array();
  if (!array) return InvalidSyntax();
  if (array->empty()) return InvalidPolicy("Could not parse the policy: Statement is empty!");
  std::set<std::string> sids;
  for (const auto& element : *array) {
    ASSIGN_OR_RETURN(auto statement, Statement::Parse(element, grammar));
    if (!grammar.is_resource_policy() && !statement.sid.empty() &&
        !sids.insert(statement.sid).second)
      return InvalidPolicy("Statement IDs (SID) in a single policy must be unique.");
    statements.push_back(std::move(statement));
  }
  return statements;
}

}  // namespace

base::Result<std::shared_ptr<const Document>> Document::Parse(std::string_view json,
                                                              DocumentKind kind,
                                                              size_t size_bytes_max) {
  Grammar grammar{.kind = kind, .has_variables = false};
  if (size_bytes_max != 0 && json.size() > size_bytes_max)
    return InvalidPolicy("Policy exceeds the maximum allowed document size.");
  if (grammar.is_resource_policy() && !json.starts_with('{')) return NotJson(grammar, {});
  auto value = json::Parse(json);
  if (!value) return NotJson(grammar, value.error().message);
  const auto* policy = value->object();
  if (!policy) return NotJson(grammar, {});
  if (!grammar.is_resource_policy() && !HasOnlyIamCharacters(json))
    return InvalidPolicy("Policy document contains a character beyond U+00FF.");
  RETURN_IF_ERROR(CheckTopLevel(*policy, grammar));
  const auto* statement = policy->Find("Statement");
  if (!statement) return InvalidPolicy("Missing required field Statement");
  ASSIGN_OR_RETURN(auto statements, ParseStatements(*statement, grammar));
  return std::shared_ptr<const Document>(
      std::make_shared<CompiledDocument>(grammar, std::move(statements)));
}

}  // namespace dray::policy
