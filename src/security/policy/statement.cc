// SPDX-License-Identifier: Apache-2.0
#include "security/policy/statement.h"

#include <algorithm>
#include <array>

#include "base/text_encoding.h"
#include "format/json/json.h"

namespace dray::policy {

namespace {

constexpr std::array<std::string_view, 9> kFields = {"Sid",          "Effect",      "Principal",
                                                     "NotPrincipal", "Action",      "NotAction",
                                                     "Resource",     "NotResource", "Condition"};

// An element and its negation; at most one of them may stand.
struct Element {
  const json::Value* value = nullptr;
  bool is_negated = false;
  std::string name;
};

base::Result<Element> FindElement(const json::Object& object, const std::string& name) {
  Element element;
  element.value = object.Find(name);
  element.name = name;
  const json::Value* negated = object.Find("Not" + name);
  if (element.value && negated)
    return InvalidPolicy("Statement/policy already has instance of " + name);
  if (negated) element = {negated, true, "Not" + name};
  return element;
}

base::Error MissingField(std::string_view name) {
  return InvalidPolicy("Missing required field " + std::string(name));
}

base::Status ParseSid(const json::Value& value, const Grammar& grammar, std::string& sid) {
  const auto* text = value.string();
  if (!text) return InvalidSyntax();
  sid = *text;
  if (grammar.is_resource_policy()) return base::Ok();
  bool is_alphanumeric = std::all_of(sid.begin(), sid.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  });
  if (!is_alphanumeric)
    return InvalidPolicy(
        "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular "
        "expression [0-9A-Za-z]*");
  return base::Ok();
}

base::Status ParsePrincipal(const json::Object& object, const Grammar& grammar,
                            Statement& statement) {
  ASSIGN_OR_RETURN(auto element, FindElement(object, "Principal"));
  if (!grammar.wants_principal()) {
    if (element.value) return InvalidPolicy("Policy document should not specify a principal.");
    return base::Ok();
  }
  if (!element.value) return MissingField("Principal");
  statement.is_not_principal = element.is_negated;
  if (element.is_negated && grammar.kind == DocumentKind::kResourceControl)
    return InvalidPolicy("Unknown field NotPrincipal");
  if (element.is_negated && !statement.is_deny)
    return InvalidPolicy("Allow with NotPrincipal is not supported.");
  ASSIGN_OR_RETURN(statement.principals,
                   PrincipalSet::Parse(*element.value, element.name, grammar));
  return base::Ok();
}

base::Status ParseResource(const json::Object& object, const Grammar& grammar,
                           Statement& statement) {
  ASSIGN_OR_RETURN(auto element, FindElement(object, "Resource"));
  if (!grammar.wants_resource()) {
    if (element.value) return InvalidPolicy("Has prohibited field Resource");
    return base::Ok();
  }
  if (!element.value) return MissingField("Resource");
  statement.is_not_resource = element.is_negated;
  ASSIGN_OR_RETURN(statement.resources, ResourceSet::Parse(*element.value, element.name, grammar));
  return base::Ok();
}

}  // namespace

RequestView::RequestView(const Request& of, bool principal_has_boundary)
    : request(of),
      action(base::ToLower(of.action)),
      resource(SplitArn(of.resource)),
      has_boundary(principal_has_boundary) {}

std::string_view MismatchName(Mismatch mismatch) {
  switch (mismatch) {
    case Mismatch::kNone:
      return "";
    case Mismatch::kPrincipal:
      return "principal";
    case Mismatch::kAction:
      return "action";
    case Mismatch::kResource:
      return "resource";
    case Mismatch::kCondition:
      return "condition";
  }
  return "";
}

base::Result<Statement> Statement::Parse(const json::Value& value, const Grammar& grammar) {
  const auto* object = value.object();
  if (!object) return InvalidSyntax();
  RETURN_IF_ERROR(RefuseDuplicates(*object));
  for (const auto& [name, member] : object->members)
    if (std::find(kFields.begin(), kFields.end(), name) == kFields.end())
      return InvalidPolicy("Unknown field " + name);

  Statement statement;
  if (const auto* sid = object->Find("Sid"))
    RETURN_IF_ERROR(ParseSid(*sid, grammar, statement.sid));

  const auto* effect = object->Find("Effect");
  if (!effect) return MissingField("Effect");
  const auto* effect_text = effect->string();
  if (!effect_text) return InvalidSyntax();
  if (*effect_text != "Allow" && *effect_text != "Deny")
    return InvalidPolicy("Invalid effect: " + *effect_text);
  statement.is_deny = *effect_text == "Deny";

  RETURN_IF_ERROR(ParsePrincipal(*object, grammar, statement));

  ASSIGN_OR_RETURN(auto action, FindElement(*object, "Action"));
  if (!action.value) return MissingField("Action");
  statement.is_not_action = action.is_negated;
  ASSIGN_OR_RETURN(statement.actions, ActionSet::Parse(*action.value, action.name, grammar));

  RETURN_IF_ERROR(ParseResource(*object, grammar, statement));

  if (const auto* condition = object->Find("Condition")) {
    ASSIGN_OR_RETURN(statement.condition, Condition::Parse(*condition, grammar));
  }
  return statement;
}

Mismatch Statement::Match(const RequestView& view, PrincipalMatch* principal) const {
  PrincipalMatch match = PrincipalMatch::kEveryone;
  if (principals) {
    const Principal& caller = view.request.principal;
    if (is_not_principal)
      match = principals->Excepts(caller, view.has_boundary) ? PrincipalMatch::kNone
                                                             : PrincipalMatch::kEveryone;
    else
      match = principals->Match(caller);
  }
  if (principal) *principal = match;
  if (match == PrincipalMatch::kNone) return Mismatch::kPrincipal;
  if (actions.Contains(view.action) == is_not_action) return Mismatch::kAction;
  if (resources && resources->Contains(view.resource, view.request.context) == is_not_resource)
    return Mismatch::kResource;
  if (!condition.Matches(view.request.context)) return Mismatch::kCondition;
  return Mismatch::kNone;
}

bool Statement::looks_at_request() const {
  const auto& lines = condition.lines();
  if (std::any_of(lines.begin(), lines.end(),
                  [](const ConditionLine& line) { return line.looks_at_request(); }))
    return true;
  return resources &&
         std::any_of(resources->patterns().begin(), resources->patterns().end(),
                     [](const ResourcePattern& pattern) { return pattern.looks_at_request(); });
}

}  // namespace dray::policy
